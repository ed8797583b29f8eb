"""A look at the whole: counts, near duplicates, odd ones with an answer remembered, the map; and neighbours' suggestions."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter
from skimage import data
from sklearn.datasets import load_digits, load_sample_image

from lib import collect, label
from lib.errors import UserError
from lib.project import Consent, items, vectors

YES = Consent("given", ["train"])


@pytest.fixture
def digits(project, tmp_path):
    """Forty handwritten digits, zeros and ones, in the order of their numbers; their classes are in `classes`."""
    folder = tmp_path / "digits"
    folder.mkdir()
    found = load_digits()
    chosen = [at for at in range(len(found.target)) if found.target[at] in (0, 1)][:40]
    for at in chosen:
        pixels = (255 - 16 * found.images[at]).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).resize((96, 96)).save(folder / f"{at:04d}.png")
    added = collect.add_files(project, sorted(folder.glob("*.png")), YES).added
    return list(zip(added, ["zero" if found.target[at] == 0 else "one" for at in chosen], strict=True))


def test_neighbours_suggest_from_what_a_person_labelled_and_are_mostly_right(project, digits):
    with pytest.raises(UserError, match="no class to learn from"):
        label.suggest_from_neighbours(project, "class_name")
    for item, name in digits[:10]:
        label.set_class(project, item, name)
    label.exclude(project, digits[39][0])
    done = label.suggest_from_neighbours(project, "class_name")
    assert done == {"suggested": 29, "learned_from": 10, "open": 29, "not_allowed": 0}
    names = {item.id: name for item, name in digits}
    found = label.suggestions(project, "class_name")
    assert sum(names[one.item] == one.value for one in found) >= 27
    assert all(0.5 <= one.score <= 1 and one.made_by == "nearest neighbours" for one in found)
    assert items.count(project, labelled=True) == 10, "nothing is labelled before a person accepts"
    label.set_caption(project, digits[0][0], "drawn in one go")
    label.set_tags(project, digits[0][0], ["thin"])
    assert label.suggest_from_neighbours(project, "caption", least=0)["suggested"] == 38
    assert {tuple(one.value) for one in label.suggestions(project, "tags")} <= {("thin",)}


def test_who_says_no_to_labelling_teaches_nothing_and_is_shown_to_no_machine(project, digits, ollama_here):
    for item, name in digits[:10]:
        label.set_class(project, item, name)
    no = Consent("refused", ["label", "train"], person="Mila")
    project.set_consent([digits[0][0].id, digits[39][0].id], no)
    done = label.suggest_from_neighbours(project, "class_name", least=0)
    assert done == {"suggested": 29, "learned_from": 9, "open": 29, "not_allowed": 2}
    assert digits[39][0].id not in {one.item for one in label.suggestions(project)}
    assert label.suggest_with_ollama(project, "moondream", only=[digits[39][0], digits[38][0]])["asked"] == 1
    assert len(ollama_here) == 1
    project.set_consent([item.id for item, _ in digits[:10]], no)
    with pytest.raises(UserError, match="consent allows"):
        label.suggest_from_neighbours(project, "class_name")


def test_only_new_items_are_worked_out_again_and_the_deleted_are_forgotten(project, digits, tmp_path):
    steps = []
    assert len(vectors.vectors(project, progress=lambda *at: steps.append(at))) == 40 and len(steps) == 40
    Image.new("RGB", (50, 50), "navy").save(tmp_path / "new.png")
    [new] = collect.add_files(project, tmp_path / "new.png", YES).added
    steps.clear()
    assert vectors.vectors(project, progress=lambda *at: steps.append(at)).ids[-1] == new.id and len(steps) == 1
    assert vectors.touched(project, [new])
    collect.remove(project, new)
    collect.delete_removed(project, confirm=True)
    assert not vectors.touched(project, [new]) and len(vectors.vectors(project)) == 40
    assert vectors.vectors(project, should_stop=lambda: True) is not None, "all are known"


def test_a_look_at_all_finds_twins_and_odd_ones_and_remembers_what_was_said(project, digits, tmp_path):
    first = Image.open(digits[0][0].path)
    first.resize((200, 200)).save(tmp_path / "again.jpg")
    Image.new("RGB", (96, 96), (6, 4, 5)).save(tmp_path / "dark.png")
    Image.fromarray(np.tile(np.linspace(90, 160, 96).astype(np.uint8), (96, 1))).filter(ImageFilter.BLUR).save(tmp_path / "soft.png")
    paths = [tmp_path / name for name in ("again.jpg", "dark.png", "soft.png")]
    again, dark, soft = collect.add_files(project, paths, YES).added
    assert label.seen(project) is None
    assert label.look_at_all(project)["count"] == 43
    found = label.seen(project)
    assert found["is_current"] and len(found["map"]) == 43
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in found["map"].values())
    assert [digits[0][0].id, again.id] in [pair[:2] for pair in found["twins"]]
    odd = {one["item"]: one["question"] for one in found["odd"]}
    assert odd[dark.id] == "dark" and odd[soft.id] == "blurred"
    label.answer(project, [dark.id], "dark", "style")
    label.answer(project, [again.id], "twin", "mistake")
    collect.remove(project, soft)
    left = label.seen(project)
    assert not {dark.id, soft.id} & {one["item"] for one in left["odd"]} and not left["is_current"]
    assert again.id not in {one for pair in left["twins"] for one in pair[:2]}
    label.look_at_all(project)
    assert dark.id not in {one["item"] for one in label.seen(project)["odd"]}, "nobody is asked twice"
    label.take_back_answer(project, [dark.id], "dark")
    assert dark.id in {one["item"] for one in label.seen(project)["odd"]}
    label.exclude(project, dark)
    assert dark.id not in {one["item"] for one in label.seen(project)["odd"]}, "what is left out is asked about no more"
    label.undo(project)
    with pytest.raises(UserError, match="no answer"):
        label.answer(project, [dark.id], "dark", "perhaps")


def test_one_that_was_cut_lightened_or_packed_is_nearly_the_same_and_other_pictures_are_not(project, tmp_path):
    pictures = {"cat": data.chelsea(), "coffee": data.coffee(), "rocket": data.rocket(), "china": load_sample_image("china.jpg")}
    for name, pixels in pictures.items():
        picture = Image.fromarray(pixels)
        wide, high = picture.size
        picture.save(tmp_path / f"{name}.png")
        picture.crop((wide // 12, high // 12, wide, high)).save(tmp_path / f"{name}-cut.png")
        ImageEnhance.Brightness(picture).enhance(1.3).save(tmp_path / f"{name}-light.png")
        picture.resize((wide // 2, high // 2)).save(tmp_path / f"{name}-packed.jpg", quality=40)
    collect.add_files(project, sorted(tmp_path.glob("*.*g")), YES)
    label.look_at_all(project)
    names = {item.id: item.source_name.partition(".")[0] for item in project.items()}
    pairs = [[names[one] for one in pair[:2]] for pair in label.seen(project)["twins"]]
    assert {tuple(sorted(pair)) for pair in pairs} >= {(name, f"{name}-{how}") for name in pictures for how in ("cut", "light", "packed")}
    assert all(one.partition("-")[0] == other.partition("-")[0] for one, other in pairs)


def test_what_is_answered_for_makes_room_for_what_nobody_was_asked(project, tmp_path, monkeypatch):
    monkeypatch.setattr(label.survey, "_MOST_ODD", 2)
    for number in range(5):
        noise = np.random.default_rng(number).integers(0, 12, (32, 32, 3))
        Image.fromarray(noise.astype(np.uint8)).save(tmp_path / f"dark{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("dark*.png")), YES)
    asked = set()
    for shown, more in ((2, 3), (2, 1), (1, 0), (0, 0)):
        assert label.look_at_all(project)["odd"] == shown + more
        found = label.seen(project)
        assert (len(found["odd"]), found["more"]["odd"]) == (shown, more)
        new = {one["item"] for one in found["odd"]}
        assert not new & asked, "nobody is asked twice"
        asked |= new
        label.answer(project, new, "dark", "style")
    assert len(asked) == 5 and label.seen(project)["odd"] == []


def test_texts_have_a_map_and_twins_too(project, tmp_path):
    for number, words in enumerate(["rain on the red tulip", "rain on the red tulip!", "a receipt for coffee", "my diary"]):
        (tmp_path / f"{number}.txt").write_text(words)
    collect.add_files(project, sorted(tmp_path.glob("*.txt")), YES)
    assert label.look_at_all(project, "text") == {"count": 4, "twins": 1, "odd": 0}


def test_the_overview_counts_classes_people_sources_and_sizes(project, digits):
    label.change_many(project, [item for item, _ in digits[:3]], class_name="zero")
    project.set_consent([digits[0][0].id], Consent("given", ["train"], person="Mila"))
    found = label.overview(project)
    assert (found["total"], found["labelled"], found["excluded"]) == (40, 3, 0)
    assert found["classes"] == {"": 37, "zero": 3} and found["people"] == {"": 39, "Mila": 1}
    assert found["sources"] == {"": 40} and found["sizes"] == {"up to 128 px": 40}
    assert label.overview(project, "sound")["total"] == 0


# ---- a local vision model ------------------------------------------------------------------------------------------


@pytest.fixture
def ollama_here(monkeypatch):
    """A stand-in for Ollama's own interface, which remembers what it was asked."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            self._say({"models": [{"model": "moondream:latest"}, {"model": "llama3.2:latest"}]})

        def do_POST(self):
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/show":
                sees = ["vision"] if "moondream" in said["model"] else ["completion"]
                self._say({"capabilities": sees, "model_info": {}})
                return
            asked.append(said)
            words = "red, round" if "comma" in said["messages"][0]["content"] else " A  round\nshape. "
            self._say({"model": said["model"], "message": {"role": "assistant", "content": words}, "done": True})

        def _say(self, said):
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.server_port}")
    yield asked
    server.shutdown()


def test_a_local_vision_model_is_asked_for_what_nobody_has_said_yet(project, digits, ollama_here):
    assert label.vision_models() == ["moondream:latest"]
    label.set_caption(project, digits[0][0], "my own words")
    three = [item for item, _ in digits[:3]]
    assert label.suggest_with_ollama(project, "moondream", only=three) == {"suggested": 2, "asked": 2}
    assert [one.value for one in label.suggestions(project, "caption")] == ["A round shape."] * 2
    assert label.suggest_with_ollama(project, "moondream", "tags", only=three[:1])["suggested"] == 1
    assert label.suggestions(project, "tags")[0].value == ["red", "round"]
    assert len(ollama_here[0]["messages"][0]["images"]) == 1


def test_pictures_never_go_to_another_computer(project, digits, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "http://192.0.2.7:11434")
    assert label.vision_models() == []
    with pytest.raises(UserError, match="another computer"):
        label.suggest_with_ollama(project, "moondream")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    with pytest.raises(UserError, match="did not answer"):
        label.suggest_with_ollama(project, "moondream")
