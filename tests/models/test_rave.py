"""RAVE: what is laid out for it keeps pitch and length, what would go wrong is said before, and it is led from the first step to the sound of its .ts."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from lib import augment, collect, generate, jobs, ledger, models, player, share
from lib import train as training
from lib.errors import UserError
from lib.jobs import worker
from lib.jobs.reporter import in_words
from lib.media import jail
from lib.media.curves import checked
from lib.media.files import read_json, sha256
from lib.media.sound import Sound
from lib.models import rave
from lib.models.playing import InputFile, Mixed, Request
from lib.models.rave import before, files, latents, prepare, program
from lib.models.rave import generate as playing
from lib.models.rave.windows import Windows
from lib.player.order_worker import OrderWorker
from lib.project import Consent, outputs
from lib.project.dataset_folder import DatasetFolder
from tests import nursery
from tests.jobs.waiting import until
from tests.models.conftest import frozen
from tests.models.test_mosaic import RATE, hertz_of, knock, tone, wav

TINY = {"capacity": 4, "latents": 8, "signal": 32_768, "batch": 1, "join": True}
PLAIN = {name: value for name, value in rave.Controls().model_dump().items() if name not in models.inputs("rave")}


def settings(**given):
    return models.validate("rave", given)


def told(there: prepare.Survey, **given) -> str:
    return " ".join(before.in_words(there, settings(**given)))


def sounds(*seconds: float, rates: tuple[int, ...] = (44_100,), channels: int = 1, silent: int = 0) -> prepare.Survey:
    return prepare.Survey(seconds, (rates * len(seconds))[: len(seconds)], (channels,) * len(seconds), silent)


# ---- what is laid out for it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_440_hz_stay_440_and_two_seconds_stay_two_seconds(rate, tmp_path):
    for given in (22_050, 44_100, 48_000):
        path = wav(tmp_path / f"{given}.wav", tone(440, 2.0, given), given)
        laid_out = np.concatenate([*prepare.chunks([path], rate, 1, rate // 2, joined=False)], axis=1)[0] / prepare.FULL
        assert len(laid_out) == 2 * rate
        assert abs(hertz_of(laid_out, rate) - 440) < 2
        assert abs(np.abs(laid_out).max() - np.abs(tone(440, 2.0)).max()) < 0.02, "as loud as it was"


def test_ends_and_short_sounds_are_left_out_or_joined_and_it_is_counted_right(tmp_path):
    lengths = (2.5, 0.3, 1.0, 0.9)
    paths = [wav(tmp_path / f"{number}.wav", tone(200 + 50 * number, length)) for number, length in enumerate(lengths)]
    there = prepare.survey(paths)
    apart, joined = ([*prepare.chunks(paths, RATE, 1, RATE, joined)] for joined in (False, True))
    assert len(apart) == there.chunks(1.0, False) == 3 and len(joined) == there.chunks(1.0, True) == 5
    assert {chunk.shape for chunk in (*apart, *joined)} == {(1, RATE)}
    assert there.dropped(1.0, False) == pytest.approx(0.5 + 0.3 + 0.9) and there.dropped(1.0, True) == 0
    whole = np.concatenate([tone(200 + 50 * number, length) for number, length in enumerate(lengths)])
    assert np.allclose(joined[-1][0] / prepare.FULL, whole[-RATE:], atol=1e-3), "the last chunk reaches back, so that nothing is lost"


def test_two_channels_stay_two(tmp_path):
    path = wav(tmp_path / "two.wav", np.stack([tone(300, 1.0), tone(500, 1.0)], axis=1))
    [chunk] = prepare.chunks([path], RATE, 2, RATE, joined=False)
    assert [round(hertz_of(channel / prepare.FULL, RATE)) for channel in chunk] == [300, 500]
    assert [*prepare.chunks([path], RATE, 1, RATE, joined=False)][0].shape == (1, RATE)


# ---- what is said before it begins ---------------------------------------------------------------------------------------


def test_minutes_and_chunks_are_counted():
    assert "10.0 minutes of sound in 2 files: 100 chunks of 5.94 s." in told(sounds(300.0, 300.0))


def test_short_sounds_and_ends_are_told_and_how_to_keep_them():
    said = told(sounds(3.0, 2.0, 20.0))
    assert "2 sounds that are shorter than a chunk and what is left" in said and "7.2 seconds in all" in said and "Join the sounds" in said
    assert "nothing is left out" in told(sounds(3.0, 2.0, 20.0), join=True)


def test_few_chunks_silence_rates_and_channels_are_told():
    assert "Fewer than 128 chunks" in told(sounds(300.0)) and "Fewer than 128" not in told(sounds(3600.0))
    assert "2 of 3 sounds seem to be silent" in told(sounds(60.0, 60.0, 60.0, silent=2)) and "All of these sounds" in told(sounds(60.0, silent=1))
    said = told(sounds(60.0, 60.0, rates=(22_050, 44_100)))
    assert "1 with 22,050 Hz is converted, with pitch and length as they are" in said and "no high sounds" in said
    assert "they become one" in told(sounds(60.0, channels=2)) and "learns the same twice" in told(sounds(60.0), stereo=True)


def test_silence_is_heard_in_a_few_short_listens(tmp_path):
    paths = [wav(tmp_path / "silent.wav", np.zeros(RATE, np.float32)), wav(tmp_path / "late.wav", np.concatenate([np.zeros(2 * RATE, np.float32), tone(440, 1.0)]))]
    assert prepare.survey(paths).silent == 1


def test_the_forecast_says_what_was_measured_and_what_was_read():
    here, card, soon = before.forecast(settings(), 2.7)
    assert "31 days here (from the steps that were measured)" in here
    assert "2 days" in card or "53 hours" in card
    assert "read, not measured" in card and "5 GB" in card and "Train elsewhere" in card
    assert "about 444 steps" in soon
    assert in_words(2.7e6) == "31 days" and in_words(100 * 3600) == "4 days 4 h" and in_words(5400) == "1 h 30 min"


def test_what_the_program_says_when_it_breaks_becomes_words():
    assert "not enough memory" in program.in_words("OutOfMemoryError: CUDA out of memory. Tried").what
    assert "Set Handmade up" in program.in_words("ModuleNotFoundError: No module named 'rave'").fix
    assert "ValueError: strange" in program.in_words("ValueError: strange").why


# ---- windows and curves --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [1, 1000, 1 << 17, 300_001])
def test_a_sound_that_goes_through_in_windows_comes_back_as_it_was(frames):
    sound = np.random.default_rng(0).standard_normal((frames, 2)).astype(np.float32)
    for windows in (Windows(frames, 2048), Windows(frames, 2048, 0)):
        back = [*windows.join(windows.cut(np.array_split(sound, 7)))]
        assert np.allclose(np.concatenate(back), sound, atol=1e-6) and max(map(len, back)) <= windows.core


def test_any_part_of_a_walk_is_the_same_whenever_it_is_asked_for():
    whole = latents.walk(4, np.arange(-50, 300), 21.5, seed=3)
    assert np.array_equal(whole[:, 120:200], latents.walk(4, np.arange(70, 150), 21.5, seed=3))
    assert not np.allclose(whole, latents.walk(4, np.arange(-50, 300), 21.5, seed=4))
    assert np.abs(np.diff(whole)).max() < 0.5, "softly"


def test_what_is_drawn_leads_a_latent_and_the_others_are_left_alone():
    drawn = checked(rave.AXES, {"seconds": 1.0, "lines": {"latent_2": [[0, -2], [0.5, 2], [0.75, None]]}})
    lines = latents.drawn(drawn, 3, np.array([-0.1, 0.0, 0.25, 0.6, 0.9]))
    assert np.isnan(lines[[0, 2]]).all() and np.allclose(lines[1], [-2, -2, 0, 2, np.nan], equal_nan=True)
    latents.refuse_beyond(drawn, 2)
    with pytest.raises(UserError, match="no latent 2"):
        latents.refuse_beyond(drawn, 1)


# ---- from the first step to the sound ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learned(rave_nursery, tmp_path_factory):
    """learned["mono"] and learned["stereo"]: runs of 2 steps."""
    from tests.models.conftest import Trainee

    folder, made = tmp_path_factory.mktemp("learned"), {}
    with nursery.forks():
        for name, shape in (("mono", 1), ("stereo", 2)):
            contents = [Sound(np.repeat(tone(hertz, 1.0)[:, None], shape, axis=1), RATE).as_file() for hertz in (220, 330)]
            data = frozen(folder / f"of-{name}", "sound", ".wav", contents)
            run = Trainee(folder / "runs" / name, seed=len(made))
            models.trainer("rave")(data, run, settings(steps=2, stereo=shape == 2, compress=True, gain=True, **TINY))
            run.close()
            made[name] = run
    return made


def play(model, **given) -> Sound:
    inputs = {name: InputFile(str(value), "") if isinstance(value, Path) else value for name, value in given.items() if name in models.inputs("rave")}
    controls = {**PLAIN, **{name: value for name, value in given.items() if name in PLAIN}}
    *pieces, whole = playing.play(model, Request("a run", "make", inputs, given.get("seed", 0), 1, controls))
    assert np.array_equal(np.concatenate([piece.content.samples for piece in pieces]), whole.content.samples)
    assert whole.facts["locked"] == jail.can_lock()
    return whole.content


def test_mono_and_stereo_come_out_as_they_went_in_and_as_long(learned, tmp_path, rave_forked):
    given = wav(tmp_path / "given.wav", tone(440, 2.0, 22_050), 22_050)
    for name, channels in (("mono", 1), ("stereo", 2)):
        model = playing.load(learned[name].path)
        sound = play(model, sound=given)
        assert (sound.samples.shape, sound.rate) == ((2 * RATE, channels), RATE)
        assert np.isfinite(sound.samples).all() and np.abs(sound.samples).max() > 0
        assert play(model, seconds=0.25, seed=1).samples.shape == (RATE // 4, channels)
        model.close()


def test_what_is_drawn_is_heard_alone_and_over_a_sound_and_none_leaves_it_as_it_was(learned, tmp_path, rave_forked):
    model, given = playing.load(learned["mono"].path), wav(tmp_path / "given.wav", tone(440, 0.5))
    high, level = (checked(rave.AXES, {"seconds": 0.5, "lines": {"latent_1": [[0, value]]}}) for value in (3, 0))
    alone, plain = play(model, drawn=high, seconds=2.0), play(model, seconds=0.5)
    assert len(alone.samples) == len(plain.samples) == RATE // 2 and not np.array_equal(alone.samples, plain.samples)
    heard = play(model, sound=given)
    assert np.array_equal(play(model, sound=given, drawn=level).samples, heard.samples), "over a sound, 0 moves nothing"
    assert not np.array_equal(play(model, sound=given, drawn=high).samples, heard.samples)
    model.close()


def test_others_that_sing_along_are_heard(learned, rave_forked):
    model = playing.load(learned["mono"].path)
    plain = play(model, seconds=0.5)
    both = play(model, seconds=0.5, mix=(Mixed(str(learned["stereo"].path), 1.0, "stereo"),))
    assert both.samples.shape == (RATE // 2, 2) and not np.allclose(both.samples[:, 0], plain.samples[:, 0])
    with pytest.raises(UserError, match="cannot sing along"):
        play(model, seconds=0.5, mix=(Mixed("other.safetensors", 1.0, name="other.safetensors", sha256="0"),))
    model.close()


def test_its_ts_is_played_only_as_it_was_exported_and_one_for_streaming_lies_beside_it(learned, tmp_path, rave_forked):
    result = learned["mono"].path / "result"
    facts = read_json(result / "model.json")
    assert {name: sha256(result / name) for name in (files.PLAYED, files.STREAMING)} == facts["sha256"]
    streaming = playing.Voice(result / files.STREAMING, facts["sha256"][files.STREAMING])
    assert streaming.open().facts.streaming
    first, again = play(streaming, seconds=0.5), play(streaming, seconds=0.5)
    assert np.array_equal(first.samples, again.samples), "it forgets what it heard before"
    streaming.close()
    shutil.copytree(learned["mono"].path, tmp_path / "changed")
    shutil.copyfile(result / files.STREAMING, tmp_path / "changed" / "result" / files.PLAYED)
    with pytest.raises(UserError, match="not the file that was exported"):
        play(playing.load(tmp_path / "changed"), seconds=0.5)


def test_a_new_one_begins_with_an_earlier_one_if_that_fits(learned, train, tmp_path, rave_forked):
    data = DatasetFolder(learned["mono"].path.parent.parent / "of-mono").path
    began = train("rave", data, "began", steps=1, transfer_from=str(learned["mono"].path), **TINY)
    assert any("100 % of its numbers fit" in note for note in began._run.status["notes"])
    fresh = train("rave", data, "fresh", steps=2, stop_after=1, **TINY)
    assert began._run.metrics()[0]["distance"] != fresh._run.metrics()[0]["distance"]
    with pytest.raises(UserError, match="Next to nothing of mono fits"):
        train("rave", data, "other", steps=1, transfer_from=str(learned["mono"].path), **{**TINY, "capacity": 6, "latents": 16})


# ---- in a project --------------------------------------------------------------------------------------------------------


@pytest.fixture
def dataset(rave_nursery, project, tmp_path):
    person = project.add_person("Ana", credit="name")
    paths = [wav(tmp_path / f"{number}.wav", np.concatenate([tone(220 + 40 * number, 0.6), knock(seed=number)])) for number in range(3)]
    collect.add_files(project, paths, consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    return augment.build(project, augment.Recipe([]), name="voices", kind="sound")


def test_too_little_sound_is_refused_before_the_queue_and_the_way_out_is_said(dataset, project):
    with pytest.raises(UserError) as caught:
        training.start(project, "rave", dataset)
    assert "not one chunk" in caught.value.what and "5.94 seconds" in caught.value.why
    with pytest.raises(UserError) as caught:
        training.start(project, "rave", dataset, signal=32_768)
    assert "Join the sounds" in caught.value.fix


def test_twenty_steps_an_export_and_a_sound_of_it_whose_story_names_its_people(dataset, project, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    run = training.start(project, "rave", dataset, steps=20, **TINY)
    run.set_status(state="running", lane="cpu", started="", error=None)
    worker._work(run, "cpu")
    assert run.state == "finished", run.error
    metrics = run.metrics()
    assert [line["step"] for line in metrics] == [*range(1, 21)] and metrics[-1]["held_out"] < metrics[0]["held_out"]
    assert {path.suffix for path in run.samples()} == {".wav"} and (run.result / "preview.wav").exists()
    assert "CC BY-NC 4.0" in (run.result / "card.md").read_text(encoding="utf-8"), "on the card of every model made with it"
    assert any("CC BY-NC" in note for note in run.status["notes"]) and "too little sound for a Fréchet distance" in run.status["notes"][-1]
    assert list((run.path / files.LOGS).glob("events.out.tfevents.*")) and (run.path / files.LOGS / files.CONFIG).exists()
    assert not list(run.path.glob(".making-*")), "what was laid out for it is gone"

    def ask(which, **more):
        order = OrderWorker(project.home).serve(player.place(project, player.check(project, which, **more)))
        assert order.error is None, order.error
        return generate.outputs_of(project, order)[0]

    given = wav(tmp_path / "given.wav", tone(330, 1.0))
    output = ask(run, inputs={"sound": given})
    assert [person["credit"] for person in output.provenance()["people"]] == ["Ana"]
    brought = ask("rave_ts", inputs={"voice": run.result / files.STREAMING, "sound": given}, controls={"seconds": 0.5})
    story = brought.provenance()
    assert story["inputs"]["voice"]["sha256"] == sha256(run.result / files.STREAMING) and story["inputs"]["voice"]["name"] == files.STREAMING
    assert story["run"] is None or not story["run"]

    with pytest.raises(UserError, match="not exported"):
        share.export_rave(project, run, tmp_path / "out")
    project.set_consent([item.id for item in project.items()], Consent(state="given", purposes=["train", "show", "publish_model"]))
    exported, readme = share.export_rave(project, run, tmp_path / "out")
    assert sha256(exported) == sha256(run.result / files.STREAMING)
    assert "Ana" in readme.read_text(encoding="utf-8") and "CC BY-NC" in readme.read_text(encoding="utf-8")

    ledger.withdraw(project, person="Ana", confirm=True)
    assert generate.playable(project) == [] and output.path.name not in {one.path.name for one in outputs.listed(project)}


def test_killed_it_goes_on_from_its_last_checkpoint_and_rave_ends_with_its_worker(dataset, project):
    run = training.start(project, "rave", dataset, steps=40, **TINY)
    until(lambda: run.checkpoints() or run.error)
    assert not run.error, run.error
    os.kill(run.status["pid"], signal.SIGKILL)
    until(lambda: run.state == "lost")
    until(lambda: not [command for command in nursery.children().values() if "rave.child" in command])
    assert list(run.path.glob(".making-*")), "it was killed in the middle"
    reached = int(run.checkpoints()[-1].stem.removeprefix("step_"))
    training.resume(run)
    assert run.wait(300) == "finished", run.error
    assert [line["step"] for line in run.metrics()] == [*range(1, 41)]
    assert any(f"Going on from step {reached}" in note for note in run.status["notes"])
    assert not list(run.path.glob(".making-*"))


def test_what_a_killed_training_had_laid_out_goes_with_a_withdrawal(dataset, project, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = training.start(project, "rave", dataset, steps=5, **TINY)
    left = run.path / ".making-0123456789ab"
    left.mkdir()
    left.with_suffix(".lock").touch()
    (left / "data.mdb").write_bytes(b"a voice")
    ledger.withdraw(project, person="Ana", confirm=True)
    assert not left.exists()


def test_a_dataset_is_looked_at_before(dataset):
    seen = models.look_before("rave", DatasetFolder(dataset.path), settings(**TINY))
    assert "3 files" in seen.in_words[0] and seen.texts == []
