"""Every model goes the whole way in a real project: trained, stopped, resumed, played by the player's worker, kept, asked where it came
from, and withdrawn. In one process, so that the tiny models that only the tests know can go it too."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, generate, jobs, ledger, models, player
from lib import train as training
from lib.errors import UserError
from lib.jobs import worker
from lib.media import story_inside
from lib.media.sound import Sound
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker
from lib.project import Consent, outputs
from lib.project.runs import Run
from lib.ui.generate import story as story_page
from tests.models.conftest import disc
from tests.models.test_contract import LONG, QUICK, model, tiny  # noqa: F401 - a fixture
from tests.models.tiny_models import TINY_MODELS, spoken
from tests.project.test_datasets import draw_digits


@pytest.fixture
def place(project, model, tmp_path, monkeypatch):  # noqa: F811
    """(the project with a dataset that this model learns from, the dataset). Nothing starts a process."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    person = project.add_person("Ruth Meyer", credit="initials")
    consent = Consent(state="given", purposes=["train", "show"], person=person.id)
    kind = models.card(model).learns
    collect.add_files(project, bring(kind, tmp_path), consent=consent)
    if kind == "pairs":
        return project, augment.build_pairs(project, source=augment.Posterise(), recipe=augment.Recipe([augment.Resize(64)]), name="pairs")
    steps = [augment.Resize(32)] if kind == "image" else []
    return project, augment.build(project, augment.Recipe(steps), name="things", kind=kind)


def bring(kind: str, folder):
    """Files of that kind, as somebody might bring them."""
    luck = np.random.default_rng(1)
    if kind == "image":
        return draw_digits(folder / "digits", 12)
    folder = folder / "brought"
    folder.mkdir()
    for number in range(12):
        if kind == "text":
            (folder / f"{number}.txt").write_text(f"On day {number} it rained, and I wrote it down.\n")
        elif kind == "sound":
            tone = 0.4 * np.sin(np.arange(4000) * (0.1 + 0.01 * number))[:, None].astype(np.float32)
            (folder / f"{number}.wav").write_bytes(Sound(tone, 8000).as_file())
        else:
            Image.fromarray(disc(luck, 40)).save(folder / f"{number}.png")
    return sorted(folder.iterdir())


def go_on(run: Run) -> str:
    """The worker's part, in this process."""
    run.set_status(state="running", lane="cpu", started="", error=None)
    worker._work(run, "cpu")
    return run.state


def trained(project, dataset, name: str) -> Run:
    """Stopped in the middle, and resumed."""
    run = training.start(project, name, dataset, steps=6, **tiny(name))
    training.stop(run)
    assert go_on(run) == "stopped" and run.checkpoints()
    training.resume(run)
    assert go_on(run) == "finished"
    return run


def given_for(name: str, project) -> dict:
    """What the model works on: a text, or a datapoint of the project, where that is one; none that plays along."""
    first = project.items()[0]
    fitting = ("words", "lines", "sound") if first.kind == "sound" else ("words", "lines", "picture", "mask")
    return {
        field: "On day" if shape in ("words", "lines") else first.path for field, shape in models.inputs(name).items() if shape in fitting
    }


def test_the_whole_way(place, model):  # noqa: F811
    project, dataset = place
    run = trained(project, dataset, model)
    assert [line["step"] for line in run.metrics()] == list(range(1, 7)) and run.samples()
    assert list((run.path / "result").glob("preview.*")) and "Ruth" not in (run.path / "result" / "card.md").read_text()

    # Played: two things, each with its story, inside the file too where a file can carry it.
    given = given_for(model, project)
    request = player.check(project, run, inputs=given, count=2, seed=5, controls=QUICK.get(model))
    order = OrderWorker(project.home).serve(player.place(project, request))
    assert (order.state, order.done, order.error) == ("finished", 2, None)
    two = generate.outputs_of(project, order)
    assert [output.path.suffix for output in two] == [{"image": ".png", "text": ".txt", "sound": ".wav"}[models.card(model).makes]] * 2
    for seed, output in enumerate(two, 5):
        story = output.provenance()
        assert (story["run"], story["model"], story["way"], story["seed"]) == (run.id, model, "make", seed)
        assert [person["credit"] for person in story["people"]] == ["R.M."]
        assert inside(output) in (story, None)
        assert f"**Made from** seed {seed}" in story_page.lines(story)[0]
        files = [told for told in story["inputs"].values() if isinstance(told, dict)]
        assert all(told["item"] == project.items()[0].id and len(told["sha256"]) == 64 for told in files)
    assert not OrderStore(project.home).pieces(order)

    # The same again, to the bit; and kept.
    again = OrderWorker(project.home).serve(generate.ask_again(project, two[1].provenance()))
    [third] = generate.outputs_of(project, again)
    assert content(third) == content(two[1])
    outputs.mark(project, two[0], "kept")
    assert [output.path for output in outputs.listed(project, mark="kept")] == [two[0].path]

    # Somebody says no: it is neither listed nor played, nor is anything that they gave left beside it.
    ledger.withdraw(project, items=[project.items()[0]], confirm=True)
    assert outputs.listed(project) == [] and len(outputs.listed(project, withdrawn=True)) == 3
    assert not [path for path in (project.path / "outputs" / "inputs").rglob("*") if path.is_file()]
    given = {name: value for name, value in given.items() if isinstance(value, str)}
    if models.card(model).lets_go:      # it plays on without them
        without = player.check(project, run, inputs=given, seed=5)
        order = OrderWorker(project.home).serve(player.place(project, without))
        [output] = generate.outputs_of(project, order)
        assert len(without.without) == 1 and not {*without.without} & {one["item"] for one in output.provenance()["heard"]}
        ledger.withdraw(project, items=project.items(), confirm=True)
    with pytest.raises(UserError, match="is not played"):
        player.check(project, run, inputs=given)


def test_what_is_stopped_in_the_middle_keeps_what_there_is(place, model, monkeypatch):  # noqa: F811
    project, dataset = place
    run = trained(project, dataset, model)
    order = player.place(project, player.check(project, run, inputs=given_for(model, project), count=3, controls=LONG.get(model) or QUICK.get(model)))
    work, seen = OrderWorker(project.home), []
    is_to_stop = OrderStore.is_to_stop

    def stop_after_a_while(store, order):
        seen.append(store.pieces(order))
        if len(seen) == 3:
            store.stop(order)
        return is_to_stop(store, order)

    monkeypatch.setattr(OrderStore, "is_to_stop", stop_after_a_while)
    order = work.serve(order)
    made = generate.outputs_of(project, order)
    assert order.state == "stopped" and len(made) == max(order.done, 1)
    if seen[-1] and len(made) > order.done:     # it comes in pieces, and one was begun
        assert made[-1].text == "".join(piece.text for piece in seen[-1]) or models.card(model).makes != "text"
        assert made[-1].provenance()["stopped"]
    assert OrderStore(project.home).pieces(order) == []     # whole or half, it is an output now


def test_what_a_model_does_not_take_is_refused_with_its_name(place, model, tmp_path):  # noqa: F811
    project, dataset = place
    run = trained(project, dataset, model)
    (tmp_path / "a.txt").write_text("no picture")
    with pytest.raises(UserError):
        player.check(project, run, inputs={"nonsense": "x"})
    with pytest.raises(UserError):
        player.check(project, run, way="chat")
    for field, shape in models.inputs(model).items():
        if shape in ("picture", "sound", "mask"):
            for wrong in (tmp_path / "a.txt", tmp_path / "nothing.png", 7):
                with pytest.raises(UserError):
                    player.check(project, run, inputs={field: wrong})
        if models.controls_class(model).model_fields[field].json_schema_extra.get("needed"):
            with pytest.raises(UserError, match="is missing"):
                player.check(project, run)


def inside(output) -> dict | None:
    """The story that the file itself carries; None of a text."""
    if output.path.suffix == ".png":
        with Image.open(output.path) as picture:
            return json.loads(picture.text["handmade"])
    return json.loads(story_inside.read_from_wav(output.path.read_bytes())) if output.path.suffix == ".wav" else None


def content(output) -> object:
    """What was made, without its story."""
    if output.path.suffix == ".png":
        with Image.open(output.path) as picture:
            return picture.tobytes()
    if output.path.suffix == ".wav":
        import soundfile

        return soundfile.read(output.path)[0].tobytes()
    return output.text


def test_a_base_that_was_never_trained_here_plays_like_a_run(project, datasets_of, train, monkeypatch):
    monkeypatch.setitem(models.MODELS, "letters", TINY_MODELS["letters"])
    monkeypatch.setitem(models.BASES, "spoken", "tests.models.tiny_models.spoken")
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    monkeypatch.setattr(spoken, "FOLDER", [])
    with pytest.raises(UserError, match="not on this computer"):
        player.check(project, "spoken")
    assert models.base("spoken").folder is None
    monkeypatch.setattr(spoken, "FOLDER", [train("letters", datasets_of["text"](), steps=20).path])
    order = OrderWorker(project.home).serve(player.place(project, player.check(project, "spoken", inputs={"prompt": "On"}, seed=3)))
    [output] = generate.outputs_of(project, order)
    assert output.text.startswith("On") and outputs.listed(project)[0].path == output.path
    told = story_page.lines(output.provenance())
    assert any("nothing of this project: it is Letters by the tests" in line.replace("\\", "") for line in told)
    again = OrderWorker(project.home).serve(generate.ask_again(project, output.provenance()))
    assert generate.outputs_of(project, again)[0].text == output.text
    with pytest.raises(UserError, match="no base called"):
        models.base("nothing")
