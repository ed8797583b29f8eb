"""What goes wrong when things happen side by side: a machine and a person, two tabs, several readers, a worker and a deletion."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from lib import collect, label
from lib.errors import UserError
from lib.label import reading
from lib.media import ollama_server
from lib.project import Consent, Project, items, labels, survey_cache, vectors
from lib.ui.label import exchange


@pytest.fixture
def five(project, tmp_path):
    for number in range(5):
        Image.new("RGB", (8, 8), (number * 40, 0, 0)).save(tmp_path / f"{number}.png")
    return collect.add_files(project, sorted(tmp_path.glob("*.png")), Consent("given", ["train"])).added


def as_actor(project, name: str) -> Project:
    return Project.open(project.path, actor=name)


def test_a_suggestion_never_goes_over_what_a_person_wrote_meanwhile(project, five):
    label.keep_suggestions(project, [(item.id, "caption", "a machine's words", 0.9) for item in five[:3]], "a model")
    waiting = label.suggestions(project, "caption")
    label.set_caption(project, five[0], "a person's words")
    collect.remove(project, five[1])
    assert label.accept(project, waiting[::2]) == 1, "the one that is still open"
    assert [project.item(five[at].id).caption for at in (0, 2)] == ["a person's words", "a machine's words"]
    assert label.suggestions(project) == [] and label.count_suggestions(project) == {}


def test_what_was_deleted_while_a_machine_or_a_person_looked_at_it_is_passed_over(project, five):
    rows = vectors.vectors(project)
    found = {"map": {}, "twins": [], "odd": []}
    survey_cache.keep(project, "image", found, rows.ids)
    collect.remove(project, five[0])
    collect.delete_removed(project, five[0], confirm=True)
    assert label.keep_suggestions(project, [(one.id, "caption", "red", 0.9) for one in five[:2]], "a model") == 1
    label.answer(project, five[:2], "dark", "style")
    assert label.answers(project) == {(five[1].id, "dark"): "style"}
    known = {item: (np.ones(3, np.float32), 0, [0.0] * 7) for item in rows.ids}
    vectors._write(project, "image", known)
    survey_cache.keep(project, "image", found, rows.ids)
    assert vectors.touched(project, five[:1]) == [] and survey_cache.kept(project, "image") is None


@pytest.mark.parametrize("left", [b"", b"PK\x03\x04 half of it"])
def test_vectors_that_a_power_cut_left_half_are_made_anew_and_do_not_hold_up_a_deletion(project, five, left):
    vectors.vectors(project)
    [file] = (project.path / "cache" / "likeness").glob("*.npz")
    file.write_bytes(left)
    assert len(vectors.vectors(project)) == 5
    file.write_bytes(left)
    collect.remove(project, five[0])
    assert collect.delete_removed(project, confirm=True).count == 1 and not file.exists()


def test_what_people_settle_or_rename_is_nobodys_own_answer(project, five):
    ben, cleo = as_actor(project, "ben"), as_actor(project, "cleo")
    for item, one, other in zip(five, "aabba", "abbaa", strict=True):
        label.read(ben, item, "class_name", one)
        label.read(cleo, item, "class_name", other)
    before = label.agreement(project)
    for one in label.disagreements(project):
        label.settle(ben, one["item"], "class_name", one["answers"]["cleo"])
        label.settle(project, one["item"], "class_name", one["answers"]["cleo"])
    label.set_class(cleo, five[4], "b")
    label.rename_class(project, "b", "c")
    assert label.agreement(project) == before and set(before.readers) == {"ben", "cleo"}
    assert label.undo(project) and label.agreement(project) == before


def test_who_read_before_a_class_was_renamed_and_who_read_after_mean_the_same(project, five):
    ben, cleo = as_actor(project, "ben"), as_actor(project, "cleo")
    label.set_class(project, five[0], "tulp")
    label.read(ben, five[0], "class_name", "tulp")
    label.rename_class(project, "tulp", "tulip")
    label.rename_class(project, "tulip", "flower")
    label.read(cleo, five[0], "class_name", "flower")
    found = label.agreement(project)
    assert (found.items, found.agreed) == (1, 1) and not label.disagreements(project)
    assert label.own_readings(ben, "class_name") == {five[0].id: "flower"}
    assert reading.blind(ben, [{"id": five[0].id}])[0]["class_name"] == "flower"
    label.set_class(project, five[1], "tulp")      # a word that is in use again means what it says
    assert label.own_readings(ben, "class_name") == {five[0].id: "tulp"}


def test_leaving_out_is_compared_by_whether_and_not_by_why(project, five):
    ben, cleo = as_actor(project, "ben"), as_actor(project, "cleo")
    for reader in (ben, cleo):
        for item in five[:4]:
            label.read(reader, item, "class_name", "a")
    label.read(ben, five[0], "excluded", "blurred")
    label.read(cleo, five[0], "excluded", "a mistake")
    label.read(ben, five[1], "excluded", True)
    found = label.agreement(project, "excluded")
    assert (found.items, found.agreed) == (4, 3) and found.kappa == pytest.approx(0.5)
    assert [one["number"] for one in label.disagreements(project, "excluded")] == [2]


def test_a_bulk_edit_is_undone_by_its_name_whatever_was_done_since(project, five):
    batch = labels.new_batch()
    assert label.change_many(project, five[:2], class_name="flower", batch=batch) == 2
    label.set_caption(project, five[4], "written in another tab")
    assert label.undo(project, batch=batch) and label.undo(project, batch=batch) is None
    assert project.item(five[0].id).class_name == "" and project.item(five[4].id).caption == "written in another tab"


def test_what_a_browser_sends_in_a_wrong_shape_is_an_answer_and_no_crash(project, five):
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    parts = [struct.pack(">I", len(one)) + name + one + struct.pack(">I", zlib.crc32(name + one)) for name, one in ((b"IHDR", head), (b"IDAT", b""))]
    bomb = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()
    wrong = [
        {"field": "mask", "value": bomb}, {"field": "pair", "value": five[0].id}, {"field": "pair", "value": "nobody"},
        {"item": ["x"], "seconds": 3}, {"item": {"a": 1}, "seconds": 3},
    ]  # fmt: skip
    entries = [{"token": str(at), "item": five[0].id} | one for at, one in enumerate(wrong)]
    assert all("error" in said for said in exchange.take_in(project, entries)["answers"])
    assert labels.marks(project, [five[0].id]) == {}


def test_two_who_use_a_new_class_at_once_both_find_it_on_the_list(project, five):
    seen = labels.setting(project, "classes", [])
    label.set_class(as_actor(project, "ben"), five[0], "tulip")
    assert labels.rewrite_setting(project, "classes", seen, lambda now: [*now, "rose"]) == ["tulip", "rose"]
    labels.keep_settings(project, {})


def test_of_many_that_are_all_alike_only_some_are_named(project):
    same = np.tile(np.eye(1, 4, dtype=np.float32), (1200, 1))
    rows = vectors.Vectors(tuple(map(str, range(1200))), same, np.zeros(1200, np.uint64), np.zeros((1200, 7), np.float32))
    found, count = label.survey._twins(rows, "image")
    assert len(found) == 200 and found[0] == ["0", "1", 0.0] and count == 1200 * 1199 // 2
    found, count = label.survey._twins(rows, "image", {str(number) for number in range(1197)})
    assert found[:3] == [["1197", "1198", 0.0], ["1197", "1199", 0.0], ["1198", "1199", 0.0]] and count == 3
    assert len(found) == 203, "those that are answered for come behind"


def test_pictures_of_the_web_drawings_and_takes_are_counted_by_where_they_are_from(project, five):
    told = ['{"web": {"address": "https://example.org/a.png"}}', '{"web": {"address": "https://example.org"}}', '{"made": "camera"}']
    with project.database.write() as connection:
        for item, facts in zip(five, told, strict=False):
            connection.exec_driver_sql("UPDATE items SET facts = ? WHERE id = ?", (facts, item.id))
    assert label.overview(project)["sources"] == {"example.org": 2, "": 2, "camera": 1}


@pytest.mark.parametrize("model, size", [("qwen3-vl:235b-cloud", None), ("vision:cloud", 5_000_000_000), ("mine", 384)])
def test_a_model_of_the_cloud_is_none_of_this_computer(project, five, monkeypatch, model, size):
    from types import SimpleNamespace as Said

    client = Said(list=lambda: Said(models=[Said(model=model, size=size)]), show=lambda _: Said(capabilities=["vision"]))
    monkeypatch.setattr(ollama_server, "client", lambda seconds: client)
    assert label.vision_models() == []
    with pytest.raises(UserError, match="does not run on this computer"):
        label.suggest_with_ollama(project, model)


def test_excluding_by_hand_is_for_datasets_to_come_and_stops_no_run(project, five):
    from lib.project import consent, datasets

    label.exclude(project, five[0])
    consent.require(project, [item.id for item in five], "train", "It is not played.")
    before = datasets.eligible_ids(project)[0]
    label.include(project, five[0])
    label.exclude(project, five[1], "1 hand")
    assert datasets.eligible_ids(project)[0] != before


def test_where_every_picture_has_a_decision_of_its_own_only_those_asked_for_are_summed_up(project, five, monkeypatch):
    for item in five:
        project.set_consent([item.id], Consent("given", ["show"]))
    asked = []
    from lib.project.consent import record

    really = record._rows_by_decision
    monkeypatch.setattr(record, "_rows_by_decision", lambda *given: asked.append(found := really(*given)) or found)
    [one] = items.find(project, limit=1)
    assert one.consent.allows("show") and not one.consent.allows("train") and len(asked[0]) == 2
    assert items.count(project, consent="train") == 0
