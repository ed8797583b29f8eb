"""Datasets: frozen, versioned, split by item, and only of what may be trained on."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from lib import augment, collect
from lib.errors import UserError
from lib.project import Consent, labels
from lib.project.dataset_folder import DatasetFolder
from lib.project.datasets import Draft, draw_sheet, split_by_item

MINE = Consent(state="given", purposes=["train"])
RECIPE = augment.Recipe([augment.Resize(32), augment.Mirror()])


def draw_digits(folder, count):
    """Real handwritten digits, tinted by number so that no two are the same file."""
    folder.mkdir(exist_ok=True)
    for number, image in enumerate(load_digits().images[:count]):
        grey = (image * 15).astype(np.uint8)
        tint = np.stack([grey, grey, np.full_like(grey, number % 256)], -1)
        Image.fromarray(tint).save(folder / f"digit{number}.png")
    return folder


@pytest.fixture
def digits(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 60), consent=MINE)
    return project


def test_a_dataset_is_a_folder_that_says_how_it_was_made(digits):
    dataset = augment.build(digits, RECIPE, name="Digits 32")
    assert dataset.path == digits.path / "datasets" / "digits-32-v1"
    assert (dataset.name, dataset.version) == ("digits-32", 1)
    assert dataset.counts == {"train": 80, "test": 20}  # 40 items and their mirrors; 20 held back as they are
    assert len(dataset.items) == 60
    assert dataset.manifest["recipe"] == RECIPE.as_plain()
    assert (dataset.path / "sheet.png").exists()
    assert dataset.pictures("train").shape == (80, 32, 32, 3)


def test_twins_never_cross_the_split(digits):
    dataset = augment.build(digits, RECIPE, name="digits")
    sides = {split: {row["item"] for row in dataset.rows(split)} for split in ("train", "test")}
    assert not sides["train"] & sides["test"]


def test_the_split_is_the_same_in_every_version(digits):
    first, second = (augment.build(digits, RECIPE, name="digits") for _ in range(2))
    assert second.version == first.version + 1
    assert first.rows("test") == second.rows("test")
    assert first.hash == second.hash


def test_few_items_are_all_for_training():
    assert set(split_by_item([str(n) for n in range(49)]).values()) == {"train"}
    assert list(split_by_item([str(n) for n in range(400)]).values()).count("test") == 40


def test_who_does_not_allow_training_stays_out_and_is_listed(digits):
    items = digits.items()
    digits.set_consent([items[0].id], Consent(state="withdrawn"))
    digits.set_consent([items[1].id], Consent(state="given", purposes=["show"], person="R."))
    digits.set_consent([items[2].id], Consent(state="refused", purposes=["train"], person="R."))
    dataset = augment.build(digits, RECIPE, name="digits")
    assert {item.id for item in items[:3]}.isdisjoint(dataset.items)
    assert [(one["number"], one["reason"]) for one in dataset.left_out] == [
        (1, "consent was withdrawn"),
        (2, "consent is given, but not for training"),
        (3, "consent was refused"),
    ]


def test_nobody_allowing_training_is_an_error_with_the_reasons(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 3))
    with pytest.raises(UserError, match="nobody has been asked"):
        augment.build(project, RECIPE, name="digits")
    assert list((project.path / "datasets").iterdir()) == []


def test_files_carry_a_persons_id_and_chosen_credit_but_not_the_name(project, tmp_path):
    person = project.add_person("Ruth Meyer", credit="initials")
    collect.add_files(
        project,
        draw_digits(tmp_path / "digits", 5),
        consent=Consent(state="given", purposes=["train"], person=person.id),
    )
    dataset = augment.build(project, RECIPE, name="digits")
    written = (dataset.path / "train" / "metadata.jsonl").read_text()
    assert person.id in written
    assert '"R.M."' in written
    assert "Ruth" not in written


def test_changing_one_byte_is_noticed_and_the_file_is_named(digits):
    dataset = augment.build(digits, RECIPE, name="digits")
    assert dataset.verify() == []
    name = dataset.rows("train")[3]["file_name"]
    path = dataset.path / "train" / name
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    assert DatasetFolder(dataset.path).verify() == [f"train/{name}"]


def test_stopping_leaves_nothing_behind(digits):
    told = []
    stopped = augment.build(
        digits,
        RECIPE,
        name="digits",
        progress=lambda done, total: told.append(done),
        should_stop=lambda: len(told) == 10,
    )
    assert stopped is None
    assert told == list(range(1, 11))
    assert list((digits.path / "datasets").iterdir()) == []


def test_a_dataset_is_found_by_name_version_folder_or_itself(digits):
    first, second = (augment.build(digits, RECIPE, name="digits") for _ in range(2))
    assert digits.dataset("digits").path == second.path
    assert digits.dataset("digits-v1").path == first.path
    assert digits.dataset(first.path).path == first.path
    assert digits.dataset(first).path == first.path
    assert [dataset.version for dataset in digits.datasets()] == [1, 2]
    with pytest.raises(UserError, match="digits-v2"):
        digits.dataset("tulips")


def test_pictures_of_several_sizes_say_which_step_is_missing(project, tmp_path):
    for name, size in (("a", (40, 20)), ("b", (20, 40))):
        Image.new("RGB", size, "red" if name == "a" else "blue").save(tmp_path / f"{name}.png")
    collect.add_files(project, [tmp_path / "a.png", tmp_path / "b.png"], consent=MINE)
    dataset = augment.build(project, augment.Recipe(), name="raw")
    assert dataset.size is None
    with pytest.raises(UserError, match="Resize"):
        dataset.pictures("train")


def test_a_dataset_opens_with_load_dataset(digits, tmp_path, monkeypatch):
    from datasets import load_dataset

    frozen = augment.build(digits, RECIPE, name="digits")
    loaded = load_dataset("imagefolder", data_dir=str(frozen.path), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 80, "test": 20}
    assert loaded["train"][0]["image"].size == (32, 32)
    assert {"item", "caption", "number"} <= set(loaded["train"].column_names)


def test_a_withdrawal_leaves_a_tombstone_and_the_dataset_still_verifies(digits):
    from lib.project import datasets

    frozen = augment.build(digits, RECIPE, name="digits")
    gone = digits.items()[0]
    files = [
        frozen.path / split / row["file_name"]
        for split in ("train", "test")
        for row in frozen.rows(split)
        if row["item"] == gone.id
    ]
    datasets.forget(digits, [gone])
    after = digits.dataset("digits")
    assert files and not any(path.exists() for path in files)
    assert gone.id not in after.items
    assert after.verify() == []
    stones = [json.loads(line) for line in (after.path / "withdrawn.jsonl").read_text().splitlines()]
    assert len(stones) == len(files)
    assert all(set(stone) == {"sha256", "withdrawn"} for stone in stones)


def test_a_caption_with_a_line_end_from_a_word_processor_keeps_its_place(digits):
    from lib import label

    item = digits.items()[0]
    label.set_caption(digits, item.id, "two\u2028lines\x85here")
    dataset = augment.build(digits, RECIPE, name="digits")
    assert item.id in dataset.items
    assert dataset.verify() == []


def test_a_withdrawal_that_was_interrupted_ends_in_the_same_place(digits, monkeypatch):
    from lib.project import datasets

    augment.build(digits, RECIPE, name="digits")
    gone = digits.items()[:3]
    write, calls = datasets.write_json_lines, []

    def fail_once(path, rows):
        calls.append(path.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(path, rows)

    monkeypatch.setattr(datasets, "write_json_lines", fail_once)
    with pytest.raises(KeyboardInterrupt):
        datasets.forget(digits, gone)
    datasets.forget(digits, gone)
    after = digits.dataset("digits")
    assert after.verify() == []
    assert not {item.id for item in gone}.intersection(after.items)
    left = {path.name for split in ("train", "test") for path in (after.path / split).glob("*.png")}
    assert left == {row["file_name"] for split in ("train", "test") for row in after.rows(split)}


def test_when_everybody_has_withdrawn_no_picture_is_left_on_the_sheet(project, tmp_path):
    from lib.project import derived_data

    collect.add_files(project, draw_digits(tmp_path / "digits", 3), consent=MINE)
    dataset = augment.build(project, RECIPE, name="digits")
    (project.path / "outputs" / "Thumbs.db").write_bytes(b"left by a system")
    derived_data.forget(project, project.items())
    assert not (dataset.path / "sheet.png").exists()
    assert list(dataset.path.rglob("*.png")) == []


def test_a_dataset_of_another_project_is_not_used_here(digits, home):
    from lib.project import Project

    dataset = augment.build(digits, RECIPE, name="digits")
    other = Project.create("Other", home=home)
    for which in (dataset, dataset.path):
        with pytest.raises(UserError, match="another project"):
            other.dataset(which)
    for nothing in (None, 5, [], ""):
        with pytest.raises(UserError, match="names no dataset"):
            digits.dataset(nothing)


# ---- while it is being frozen ----------------------------------------------------------------------------------------


def at_the_end(do):
    """Calls it once, when the last item was prepared and nothing has its name yet."""
    return lambda done, total: do() if done == total else None


def test_who_withdraws_while_it_is_being_frozen_is_nowhere_in_it(digits):
    otto, mila, torn, aside, back, *_, last = digits.items()
    late = [otto, mila, torn, aside, last]
    digits.set_consent([otto.id], Consent(state="given", purposes=["train"], person="Otto"))

    def change_their_minds():
        digits.set_consent([otto.id], Consent(state="withdrawn", person="Otto"))
        collect.remove(digits, [otto.id, aside.id, back.id])
        collect.bring_back(digits, [back.id])
        assert collect.delete_removed(digits, [otto.id], confirm=True).datasets == []
        digits.set_consent([mila.id, last.id], Consent(state="refused", purposes=["train"], person="Mila"))
        collect.remove(digits, [last.id])
        labels.change(digits, torn.id, "excluded", "torn")

    dataset = augment.build(digits, RECIPE, name="digits", progress=at_the_end(change_their_minds))
    assert {item.id for item in late}.isdisjoint(dataset.items) and back.id in dataset.items
    assert {one["item"]: one["reason"] for one in dataset.left_out} == {
        otto.id: "removed while it was being frozen", mila.id: "consent was refused", torn.id: "excluded by hand: torn",
        aside.id: "removed while it was being frozen", last.id: "consent was refused",
    }  # fmt: skip
    assert [one["number"] for one in dataset.left_out] == [1, 2, 3, 4, 60]
    written = [path for path in dataset.path.rglob("*") if path.is_file()]
    assert not [path for item in late for path in written if path.name.startswith(f"{item.number:06d}")]
    tables = "".join(path.read_text() for path in dataset.path.rglob("metadata.jsonl"))
    assert not [item for item in late if item.id in tables]
    files = {split: len(list((dataset.path / split).glob("*.png"))) for split in ("train", "test")}
    assert dataset.counts == files == dataset.manifest["counts"] and dataset.verify() == []
    anew = digits.path / "anew"
    anew.mkdir()
    draw_sheet(anew, dataset.files("train"))
    assert (anew / "sheet.png").read_bytes() == (dataset.path / "sheet.png").read_bytes()


def test_a_withdrawal_takes_both_halves_of_a_pair_out_of_what_is_being_frozen(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 6), consent=MINE)
    first, second = project.items()[:2]
    withdraw = lambda: project.set_consent([first.id], Consent(state="withdrawn"))
    made = augment.build_pairs(project, augment.Matched(by="number"), augment.Resize(16), "two", progress=at_the_end(withdraw))
    assert {first.id, second.id}.isdisjoint(made.items) and made.counts["train"] == 2
    assert [(one["number"], one["reason"]) for one in made.left_out] == [(1, "consent was withdrawn"), (2, "its other half stays out")]
    assert not list(made.path.rglob("00000[12].png")) and made.verify() == []


def test_a_word_at_the_very_last_moment_is_heard(digits, monkeypatch):
    first, second = digits.items()[:2]
    finish, asked = Draft.finish, []

    def finish_and_withdraw(draft, **manifest):
        asked.append(len(manifest["left_out"]))
        written = finish(draft, **manifest)
        if len(asked) < 3:
            digits.set_consent([(first, second)[len(asked) - 1].id], Consent(state="withdrawn"))
        return written

    monkeypatch.setattr(Draft, "finish", finish_and_withdraw)
    dataset = augment.build(digits, RECIPE, name="digits")
    assert asked == [0, 1, 2] and {first.id, second.id}.isdisjoint(dataset.items)
    assert dataset.path.name == "digits-v1" and dataset.verify() == []


def test_if_all_withdraw_while_it_is_being_frozen_nothing_is_left(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 3), consent=MINE)
    everybody = [item.id for item in project.items()]
    with pytest.raises(UserError, match="Nothing is left to freeze.*consent was withdrawn"):
        augment.build(
            project, RECIPE, "digits", progress=at_the_end(lambda: project.set_consent(everybody, Consent(state="withdrawn")))
        )
    assert list((project.path / "datasets").iterdir()) == []


def test_a_record_that_is_busy_for_a_while_is_waited_for(project, tmp_path, monkeypatch):
    collect.add_files(project, draw_digits(tmp_path / "digits", 3), consent=MINE)
    write, tries = project.database.write, []

    def busy_at_first():
        tries.append(1)
        if len(tries) < 3:
            raise UserError("The project is busy.") from RuntimeError("database is locked")
        return write()

    monkeypatch.setattr(project.database, "write", busy_at_first)
    assert augment.build(project, RECIPE, name="digits").counts["train"] == 6 and len(tries) == 3
