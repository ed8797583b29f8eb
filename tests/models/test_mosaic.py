"""The mosaic: a tone stays its pitch and its length, who is heard is told to the hundredth, and a withdrawal silences exactly that."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lib import augment, collect, generate, jobs, ledger, models, player
from lib import train as training
from lib.errors import UserError
from lib.jobs import worker
from lib.media import loudness, story_inside
from lib.media.sound import Sound
from lib.models.mosaic import features
from lib.models.playing import InputFile, Request
from lib.player.order_worker import OrderWorker
from lib.project import Consent, outputs
from tests.models.conftest import frozen

RATE = 44_100
SCALE = [220 * 2 ** (step / 12) for step in range(0, 25)]       # Hz, two octaves
DEFAULTS = {name: value for name, value in models.controls_class("mosaic")().model_dump().items() if name not in models.inputs("mosaic")}


def tone(hertz: float, seconds: float = 0.5, rate: int = RATE, level: float = 0.3) -> np.ndarray:
    """Five harmonics, (frames,)."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6)) / 1.5).astype(np.float32)


def knock(seconds: float = 0.4, rate: int = RATE, seed: int = 0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.random.default_rng(seed).standard_normal(len(time)) * np.exp(-time / 0.05)).astype(np.float32)


def wav(path, samples: np.ndarray, rate: int = RATE):
    path.write_bytes(Sound(samples.reshape(len(samples), -1), rate).as_file())
    return path


@pytest.fixture
def mosaic_of(tmp_path, train):
    """mosaic_of(recordings, rate) listens to them, and returns what plays."""

    def listen(recordings: list[np.ndarray], rate: int = RATE, **settings):
        contents = [Sound(samples.reshape(len(samples), -1), rate).as_file() for samples in recordings]
        data = frozen(tmp_path / "datasets" / f"of-{len(recordings)}-{rate}", "sound", ".wav", contents)
        run = train("mosaic", data, f"run-{len(recordings)}-{rate}", **{"steps": 2, **settings})
        return models.generator("mosaic").load(run.path)

    return listen


def played(model, *, seed: int = 0, without: tuple[str, ...] = (), controls: dict | None = None, **inputs):
    """(samples, what its story says of who is heard)"""
    given = {name: value if isinstance(value, str) else InputFile(str(value), "") for name, value in inputs.items()}
    request = Request("a run", "make", given, seed, 1, {**DEFAULTS, **(controls or {})}, without)
    *pieces, whole = models.generator("mosaic").play(model, request)
    assert np.array_equal(np.concatenate([piece.content.samples for piece in pieces]), whole.content.samples)
    return whole.content, whole.facts["heard"]


def hertz_of(samples: np.ndarray, rate: int) -> float:
    """Of its strongest partial, to a tenth of a Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 20))
    return float(spectrum.argmax() * rate / (1 << 20))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_440_hz_stay_440_and_two_seconds_stay_two_seconds(rate, mosaic_of, tmp_path):
    model = mosaic_of([tone(hertz, rate=rate) for hertz in SCALE], rate)
    for followed in (22_050, 44_100, 48_000):
        sound, _ = played(model, sound=wav(tmp_path / "given.wav", tone(440, 2.0, followed, 0.2), followed))
        assert (sound.rate, len(sound.samples)) == (rate, 2 * rate)
        assert abs(hertz_of(sound.samples[:, 0], rate) - 440) < 2
        steady = np.square(sound.samples[rate // 10 : rate // 10 + 30 * (rate // 20), 0]).reshape(30, -1).mean(axis=1)
        assert steady.min() > 0.5 * steady.max(), "its seams make it neither louder nor quieter"


def test_a_melody_is_followed_note_by_note(mosaic_of, tmp_path):
    model = mosaic_of([tone(hertz) for hertz in SCALE])
    melody = [262, 330, 392, 523]
    sound, _ = played(model, sound=wav(tmp_path / "melody.wav", np.concatenate([tone(hertz) for hertz in melody])))
    notes = [hertz_of(sound.samples[place : place + RATE // 3, 0], RATE) for place in range(RATE // 10, 2 * RATE, RATE // 2)]
    assert all(abs(12 * np.log2(note / hertz)) < 0.6 for note, hertz in zip(notes, melody, strict=True)), notes


def test_a_recording_that_follows_itself_comes_back(mosaic_of, tmp_path):
    luck = np.random.default_rng(0)
    song = np.concatenate([tone(hertz, 0.2) + 0.01 * luck.standard_normal(RATE // 5).astype(np.float32) for hertz in luck.permutation(SCALE)])
    sound, _ = played(mosaic_of([song]), sound=wav(tmp_path / "song.wav", song), controls={"chance": 0.0})
    assert len(sound.samples) == len(song)
    assert np.corrcoef(sound.samples[:, 0], song)[0, 1] > 0.95


def test_it_is_told_who_is_heard_from_when_to_when(mosaic_of, tmp_path):
    model = mosaic_of([tone(220, 1.0), *(knock(seed=seed) for seed in range(3))])
    given = np.concatenate([tone(220, 1.0), np.zeros(RATE // 2, np.float32), knock(), tone(220, 0.6)])
    _, heard = played(model, sound=wav(tmp_path / "given.wav", given))
    spans = {one["item"]: one["spans"] for one in heard}
    low, knocks = spans["i1"], sorted(span for item in spans if item != "i1" for span in spans[item])
    assert low[0][0] == 0 and abs(low[0][1] - 1.0) < 0.1 and abs(low[-1][1] - 2.5) < 0.1
    assert abs(knocks[0][0] - 1.5) < 0.1 and knocks[-1][1] < 2.0
    assert all(start >= 1.4 or end <= 1.1 for one in spans.values() for start, end in one), "in the pause nobody is heard"
    later = sorted(span for one in spans.values() for span in one)
    assert all(before[1] <= after[0] + 1e-3 for before, after in zip(later, later[1:])), "one at a time"


def test_what_may_not_be_used_is_not_heard_and_the_rest_plays_on(mosaic_of, tmp_path):
    model, given = mosaic_of([tone(220, 1.0), knock(), knock(seed=1)]), wav(tmp_path / "given.wav", tone(220, 1.0))
    assert {one["item"] for one in played(model, sound=given)[1]} == {"i1"}
    sound, heard = played(model, sound=given, without=("i1",))
    assert "i1" not in {one["item"] for one in heard} and len(sound.samples) == RATE
    for inputs in ({"beat": "x.o."}, {}):
        assert {one["item"] for one in played(model, without=("i1",), **inputs)[1]} <= {"i2", "i3"}
    with pytest.raises(UserError, match="nothing left"):
        played(model, sound=given, without=("i1", "i2", "i3"))


def test_a_line_that_rises_is_heard_rising_and_where_there_is_none_it_is_silent(mosaic_of, tmp_path):
    model = mosaic_of([tone(hertz) for hertz in SCALE])
    picture = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(picture).line([(0, 190), (190, 10)], "black", 9)
    picture.save(tmp_path / "line.png")
    sound, _ = played(model, line=tmp_path / "line.png", controls={"seconds": 4.0})
    notes = [hertz_of(sound.samples[place : place + RATE // 3, 0], RATE) for place in range(RATE // 8, 2 * RATE - RATE // 2, RATE // 2)]
    assert len(sound.samples) == 4 * RATE and notes == sorted(notes) and notes[-1] > 1.7 * notes[0]
    assert np.abs(sound.samples[round(2.1 * RATE) :]).max() == 0
    Image.new("RGB", (50, 50), (120, 200, 90)).save(tmp_path / "nothing.png")
    with pytest.raises(UserError, match="no line"):
        played(model, line=tmp_path / "nothing.png")


def test_the_hits_of_a_beat_come_at_their_time(mosaic_of):
    pause = np.zeros(RATE // 10, np.float32)
    model = mosaic_of([np.concatenate([pause, knock(seed=1), pause, tone(880, 0.1), pause])])
    sound, _ = played(model, beat="x...", controls={"tempo": 120.0, "seconds": 4.0, "chance": 0.0})
    power = np.square(sound.samples[:, 0]).reshape(-1, RATE // 100).mean(axis=1)
    began = np.flatnonzero((power[1:] > 1e-3) & (power[:-1] < 1e-4)) / 100 + 0.01
    assert np.allclose(began, [0.0, 1.0, 2.0, 3.0][-len(began) :], atol=0.03) and len(began) >= 3
    with pytest.raises(UserError, match="silent"):
        played(model, beat="...")


def test_what_cannot_be_followed_or_heard_is_answered_in_words(mosaic_of, tmp_path):
    model = mosaic_of([tone(220, 1.0)])
    with pytest.raises(UserError, match="silent"):
        played(model, sound=wav(tmp_path / "silence.wav", np.zeros(RATE, np.float32)))
    with pytest.raises(UserError, match="nothing left"):
        played(mosaic_of([np.zeros(RATE, np.float32), np.zeros(RATE, np.float32)]))


def test_stereo_stays_stereo_and_opposite_phases_are_heard(mosaic_of, tmp_path):
    mirror = np.stack([tone(330, 1.0), -tone(330, 1.0)], axis=1)
    sound, heard = played(mosaic_of([mirror]), sound=wav(tmp_path / "given.wav", mirror))
    assert sound.channels == 2 and heard and loudness.integrated(sound.samples, RATE) > -30


@pytest.mark.parametrize("hop", [372, 1024, 2051])
def test_numbers_are_the_same_however_the_sound_comes(hop):
    samples = np.concatenate([tone(hertz, 0.7) for hertz in (110, 440, 700)] + [knock(), np.zeros(5000, np.float32)])
    whole = np.concatenate([*features.describe([samples], hop, RATE)])
    pieces = np.concatenate([*features.describe(np.array_split(samples, 23), hop, RATE)])
    assert whole.shape == (features.hops(len(samples), hop), features.NUMBERS)
    assert np.allclose(whole, pieces, atol=1e-3, equal_nan=True)


def test_pitch_and_loudness_are_what_they_are_called():
    for hertz in (82.4, 220, 440, 987.8):
        middle = np.concatenate([*features.describe([tone(hertz, 1.0)], 1024, RATE)])[4:-4]
        assert np.allclose(middle[:, features.PITCH], 69 + 12 * np.log2(hertz / 440), atol=0.1)
    full = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    assert np.allclose(np.concatenate([*features.describe([full], 1024, RATE)])[4:-4, features.LOUDNESS], -3.01, atol=0.1)
    assert np.isnan(np.concatenate([*features.describe([knock()], 1024, RATE)])[:, features.PITCH]).mean() > 0.7


# ---- in a project: two makers, one withdraws ------------------------------------------------------------------------


@pytest.fixture
def two(project, tmp_path, monkeypatch):
    """(the project, the run, the ids of the datapoints of Ana, who sings, and of Ben, who knocks)"""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    for name, credit in (("Ana", "name"), ("Ben", "initials")):
        person = project.add_person(name, credit=credit)
        sounds = [tone(220 + 40 * k, 0.6) if name == "Ana" else knock(seed=k) for k in range(3)]
        files = [wav(tmp_path / f"{name}{number}.wav", samples) for number, samples in enumerate(sounds)]
        collect.add_files(project, files, consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    dataset = augment.build(project, augment.Recipe([]), name="voices", kind="sound")
    run = training.start(project, "mosaic", dataset, steps=3)
    run.set_status(state="running", lane="cpu", started="", error=None)
    worker._work(run, "cpu")
    assert run.state == "finished"
    of = {name: {item.id for item in project.items() if item.source_name.startswith(name)} for name in ("Ana", "Ben")}
    return project, run, of["Ana"], of["Ben"]


def ask(project, run, sound, **controls):
    order = OrderWorker(project.home).serve(player.place(project, player.check(project, run, inputs={"sound": sound}, controls=controls)))
    assert order.error is None, order.error
    [output] = generate.outputs_of(project, order)
    return output


def heard_in(output) -> set[str]:
    return {one["item"] for one in output.provenance()["heard"]}


def test_a_withdrawal_silences_exactly_theirs(two, tmp_path):
    project, run, ana, ben = two
    sings, knocks = wav(tmp_path / "sings.wav", tone(240, 1.0, level=0.2)), wav(tmp_path / "knocks.wav", np.tile(knock(seed=9), 3))
    of_ana, of_ben = ask(project, run, sings, chance=0.0), ask(project, run, knocks, chance=0.0)
    assert heard_in(of_ana) <= ana and heard_in(of_ben) <= ben
    assert [person["credit"] for person in of_ana.provenance()["people"]] == ["Ana"], "only who is heard is named"
    assert json.loads(story_inside.read_from_wav(of_ben.path.read_bytes()))["heard"] == of_ben.provenance()["heard"]

    ledger.withdraw(project, person="Ben", confirm=True)
    assert {output.path.name for output in outputs.listed(project)} == {of_ana.path.name}
    assert of_ben.provenance()["withdrawn"] and "withdrawn" not in of_ana.provenance()
    assert not [path for path in (run.path / "kept").rglob("*") if path.parent.name in ben], "no grain of Ben's is left"
    assert not (run.path / "samples").exists() and not list((run.path / "result").glob("preview.*"))
    assert [one.id for one in generate.playable(project)] == [run.id] and generate.not_playable(project) == 0
    again = ask(project, run, knocks, chance=0.0)
    assert heard_in(again) <= ana and heard_in(again)

    ledger.withdraw(project, person="Ana", confirm=True)
    assert outputs.listed(project) == [] and generate.playable(project) == []
    with pytest.raises(UserError, match="is not played"):
        player.check(project, run, inputs={"sound": knocks})


def test_who_only_says_no_for_now_is_silent_for_now(two, tmp_path):
    project, run, ana, ben = two
    knocks = wav(tmp_path / "knocks.wav", np.tile(knock(seed=9), 3))
    before = ask(project, run, knocks, chance=0.0)
    assert heard_in(before) <= ben
    waiting = player.place(project, player.check(project, run, inputs={"sound": knocks}))
    project.set_consent(ben, Consent(state="refused"))
    assert outputs.listed(project) == []
    order = OrderWorker(project.home).serve(waiting)      # asked before, made after
    [output] = generate.outputs_of(project, order)
    assert heard_in(output) <= ana
    project.set_consent(ben, Consent(state="given", purposes=["train", "show"]))
    assert before.path.name in {output.path.name for output in outputs.listed(project)}
    assert heard_in(ask(project, run, knocks, chance=0.0)) <= ben
