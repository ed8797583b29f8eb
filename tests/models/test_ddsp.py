"""DDSP: it comes near an instrument in some dozen steps, a pitch stays its pitch and a second a second, and what cannot sing is told before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from lib import augment, collect, generate, ledger, models, player
from lib import train as training
from lib.errors import UserError
from lib.jobs import worker
from lib.media import clear_pitch, pitch, sound_measures
from lib.media.curves import checked
from lib.media.sound import Sound
from lib.models.ddsp import AXES, before, hearing, lines, loss, synth
from lib.models.ddsp import train as learning
from lib.models.ddsp.excerpts import Recording
from lib.models.ddsp.hearing import Heard
from lib.models.ddsp.units import HOP, RATE
from lib.models.playing import InputFile, Request
from lib.player.order_worker import OrderWorker
from lib.project import Consent
from lib.project.dataset_folder import DatasetFolder
from tests.models.conftest import Trainee, frozen

CONTROLS = {name: value for name, value in models.controls_class("ddsp")().model_dump().items() if name not in models.inputs("ddsp")}


def reed(hertz: float, seconds: float = 0.5, rate: int = RATE, level: float = 0.2) -> np.ndarray:
    """An instrument of odd harmonics that swells and fades, with a little breath, (frames,)."""
    time = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 14, 2))
    breath = 0.02 * np.random.default_rng(round(hertz)).standard_normal(len(time))
    return (level * (tone + breath) * np.minimum(1, np.minimum(time, seconds - time) / 0.05)).astype(np.float32)


def tune(rate: int = RATE, seconds: float = 0.5) -> np.ndarray:
    return np.concatenate([reed(220 * 2 ** (step / 12), seconds, rate, level) for step, level in ((0, 0.2), (4, 0.1), (7, 0.25), (12, 0.15), (9, 0.2), (5, 0.1), (2, 0.2), (-3, 0.15))])


def wav(path, samples: np.ndarray, rate: int = RATE):
    path.write_bytes(Sound(samples.reshape(len(samples), -1), rate).as_file())
    return path


@pytest.fixture
def learned(tmp_path, train):
    """learned(steps) learns from four seconds of the reed; returns the run."""
    data = frozen(tmp_path / "datasets" / "reed", "sound", ".wav", [Sound(tune()[:, None], RATE).as_file()])

    def learn(steps: int = 2, **settings):
        return train("ddsp", data, steps=steps, **{"width": 16, "batch": 2, **settings})

    return learn


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """What plays of a training of two steps: its timbre is nobody's, its pitch and loudness are there from the start."""
    folder = tmp_path_factory.mktemp("reed")
    run = Trainee(folder / "run")
    data = frozen(folder / "data", "sound", ".wav", [Sound(tune()[:, None], RATE).as_file()])
    models.trainer("ddsp")(data, run, models.validate("ddsp", {"steps": 2, "width": 16, "batch": 2}))
    return models.generator("ddsp").load(run.path)


def played(voice, seed: int = 0, controls: dict | None = None, **inputs) -> Sound:
    given = {name: InputFile(str(value), "") if isinstance(value, Path) else value for name, value in inputs.items()}
    *pieces, whole = models.generator("ddsp").play(voice, Request("a run", "make", given, seed, 1, {**CONTROLS, **(controls or {})}))
    assert np.array_equal(np.concatenate([piece.content.samples for piece in pieces]), whole.content.samples)
    return whole.content


def hertz_of(samples: np.ndarray) -> float:
    """What sounds in the middle of it."""
    middle = len(samples) // 2
    return float(clear_pitch.find(samples[None, middle - 512 : middle + 512], RATE)[0][0])


def test_in_some_dozen_steps_it_comes_nearer_than_silence_and_than_the_mean_of_all(learned, monkeypatch):
    monkeypatch.setattr(pitch, "line", lambda pieces, hop, device="cpu": pytest.fail("not asked for") if device == "gpu" else pitch.Line(*[np.ones(376, np.float32)] * 2))
    run = learned(30, learning_rate=8e-3)
    first, last = (next(line["held_out"] for line in order if "held_out" in line) for order in (run._run.metrics(), run._run.metrics()[::-1]))
    wanted = tune()[: 3 * RATE]
    noise = np.random.default_rng(0).standard_normal(len(wanted))
    colour = np.sqrt(np.mean([np.abs(np.fft.rfft(wanted[at : at + 1024])) ** 2 for at in range(0, len(wanted) - 1024, 512)], axis=0))
    mean = np.fft.irfft(np.fft.rfft(noise) * np.interp(np.linspace(0, 1, len(noise) // 2 + 1), np.linspace(0, 1, 513), colour))
    mean = (mean / np.sqrt(np.square(mean).mean()) * np.sqrt(np.square(wanted).mean())).astype(np.float32)
    silent = sound_measures.spectral(np.zeros_like(wanted), wanted)
    assert last < 0.8 * first and last < 0.3 * silent and last < 0.9 * sound_measures.spectral(mean, wanted)
    assert any("multi-scale spectral distance" in note and "log-mel" in note for note in run.notes)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_a_tone_of_440_hz_stays_it_and_two_seconds_stay_two(voice, tmp_path, rate):
    given = wav(tmp_path / "hum.wav", reed(440, 2.0, rate), rate)
    heard = hearing.hear(hearing.pieces(given))
    assert len(heard) == 1 + 2 * RATE // HOP and abs(float(np.median(heard.hertz)) - 440) < 2 and heard.sings[20:-20].min() == 1
    pure = {"fit": False, "breath": -40.0, "room": 0.0}
    sound = played(voice, sound=given, controls=pure)
    assert sound.rate == RATE and sound.seconds == 2.0 and abs(hertz_of(sound.mono()) - 440) < 2
    assert abs(hertz_of(played(voice, sound=given, controls={**pure, "octaves": -1}).mono()) - 220) < 1


def test_another_sound_is_moved_to_where_it_is_at_home_and_as_loud_as_it_knows(voice, tmp_path):
    high = wav(tmp_path / "whistle.wav", reed(1500, 1.0, level=0.02))
    heard = lines.of_sound(high, voice.own, fit=True, follow=1.0)
    assert abs(12 * np.log2(np.median(heard.hertz) / (1500 / 4))) < 0.3         # its own middle is near 260 Hz
    assert abs(np.median(heard.loudness[20:-20]) - voice.own.loudness[1]) < 4
    assert np.median(lines.of_sound(high, voice.own, fit=False, follow=0.0).loudness) < voice.own.loudness[0]
    with pytest.raises(UserError, match="silent"):
        lines.of_sound(wav(tmp_path / "none.wav", np.zeros(8000, np.float32)), voice.own, True, 1.0)


def test_440_hz_drawn_sound_as_440_and_a_gap_is_silent(voice):
    pure = {"fit": True, "breath": -40.0, "room": 0.0}
    drawn = checked(AXES, {"seconds": 2.0, "lines": {"pitch": [[0, 440], [0.9, 440], [0.9, None], [1.1, 110]], "loudness": [[0, -30], [1.0, -30], [1.0, 0]]}})
    sound = played(voice, drawn=drawn, controls=pure)
    assert sound.seconds == 2.0 and abs(hertz_of(sound.samples[: RATE * 9 // 10, 0]) - 440) < 2 and abs(hertz_of(sound.samples[RATE * 5 // 4 :, 0]) - 110) < 1
    heard = lines.of_curves(drawn, voice.own)
    assert heard.loudness[50] == pytest.approx(voice.own.loudness[2] - 30) and heard.loudness[200] == pytest.approx(voice.own.loudness[2]) and heard.loudness[130] < -80
    with pytest.raises(UserError, match="No line is drawn"):
        lines.of_curves(checked(AXES, {"seconds": 1, "lines": {"loudness": [[0, -3]]}}), voice.own)


def test_notes_and_the_picture_of_a_line_become_pitches_and_silence(voice, tmp_path):
    tones = played(voice, notes="A3 - A4:2", controls={"tempo": 120, "vibrato": 0.0, "fit": False, "breath": -40.0, "room": 0.0}).mono()
    assert abs(hertz_of(tones[1000:7000]) - 220) < 2 and abs(hertz_of(tones[18000:30000]) - 440) < 2
    with pytest.raises(UserError, match="is no note"):
        played(voice, notes="C4 shout")
    picture = Image.new("L", (200, 100), 255)
    pen = ImageDraw.Draw(picture)
    pen.line([(0, 95), (90, 95)], 0, 3)
    pen.line([(130, 5), (199, 5)], 0, 9)
    heard = lines.of_line(picture, 2.0, voice.own)
    assert len(heard) == 1 + 2 * RATE // HOP
    low, high = (float(lines.notes_of(heard.hertz[at])) for at in (50, 210))
    assert low < voice.own.pitch[0] + 2 and high > voice.own.pitch[2] - 2
    assert heard.loudness[50] < heard.loudness[210] and heard.loudness[137] < -80
    with pytest.raises(UserError, match="no line"):
        lines.of_line(Image.new("L", (50, 50), 255), 2.0, voice.own)


def test_by_chance_each_seed_is_another_melody_within_its_range(voice):
    melodies = [lines.by_chance(seed, voice.own) for seed in range(4)]
    assert len({tuple(note.pitch for note in melody) for melody in melodies}) > 1
    assert all(voice.own.pitch[0] - 2 <= note.pitch <= voice.own.pitch[2] + 2 for melody in melodies for note in melody)


def test_in_pieces_it_sounds_as_in_one(voice, monkeypatch):
    heard = lines.of_notes(lines.by_chance(0, voice.own), 300, voice.own, False, 0.2)
    whole = np.concatenate([*voice.render(heard, 1, breath=-40)])
    monkeypatch.setattr("lib.models.ddsp.generate._PIECE", 37)
    parts = [*voice.render(heard, 1, breath=-40)]
    joined = np.concatenate(parts)
    assert len(parts) > 5 and len(joined) == (len(heard) - 1) * HOP
    assert np.abs(joined - whole).max() < 0.02 * np.abs(whole).max()            # the breath is drawn anew; what else sounds is the same


def test_the_room_can_be_taken_away(voice):
    heard = Heard(np.full(126, 220, np.float32), np.full(126, -20, np.float32), np.ones(126, np.float32))
    voice = type(voice)(voice.decoder, torch.cat([torch.zeros(3999), torch.ones(1), torch.zeros(4000)]), voice.own)
    dry, wet = (np.concatenate([*voice.render(heard, 0, room=share)]) for share in (0.0, 1.0))
    assert np.allclose(wet[4000:], dry[4000:] + dry[:-4000], atol=1e-5) and np.allclose(wet[:4000], dry[:4000], atol=1e-6)


def test_the_loss_is_the_distance_that_is_told_and_so_is_how_far_off_its_loudness_is():
    made, wanted = (torch.from_numpy(reed(hertz, level=level)[None]) for hertz, level in ((220, 0.05), (330, 0.2)))
    spectral, loudness = loss.distances(made, wanted)
    assert float(spectral) == pytest.approx(sound_measures.spectral(made[0].numpy(), wanted[0].numpy()), rel=1e-3)
    nepers = sound_measures.loudness(made[0].numpy(), wanted[0].numpy(), RATE) * np.log(10) / 20
    assert nepers > 1 and float(loudness) == pytest.approx(nepers, rel=0.01)


def test_of_the_steps_that_came_as_near_to_what_is_held_back_the_last_is_kept(monkeypatch):
    pupil = learning.Pupil(models.validate("ddsp", {"width": 4}), torch.device("cpu"), {})
    monkeypatch.setattr(pupil, "played", lambda _: None)
    for step, (spectral, loudness, best) in enumerate([(8.0, 8.0, 1), (7.0, 4.0, 2), (7.05, 3.8, 3), (7.0, 6.0, 3), (7.9, 1.0, 3)], 1):
        pupil.step = step
        monkeypatch.setattr(learning, "measures", lambda *_, told=(spectral, loudness): dict(zip(("held_out", "loudness_off"), told, strict=True)))
        pupil.decoder.say.bias.data.fill_(step)
        assert pupil.look([])["best"] == best
    pupil.take_best()
    assert pupil.decoder.say.bias[0].item() == 3


def test_much_that_is_held_back_has_a_frechet_distance_and_little_says_so():
    samples = np.tile(tune(), 10)
    moments = len(samples) // HOP
    held = Recording("i1", samples, Heard(*(np.full(moments + 1, value, np.float32) for value in (300, -25, 1))))
    pupil = learning.Pupil(models.validate("ddsp", {"width": 4}), torch.device("cpu"), {"pitch": [50, 57, 64], "loudness": [-40, -25, -15]})
    said = learning.texture(pupil, [held])
    assert "away from them, where one half of these is" in said and "Fréchet distance of MFCC" in said
    assert "too little sound" in learning.texture(pupil, [held.part(0, 1000)])


def test_a_slope_flows_to_every_part():
    from lib.models.ddsp.network import Decoder, Room

    decoder, room = Decoder(8), Room()
    hertz = torch.full((1, 9), 300.0)
    amplitudes, bands, _ = decoder(hertz, torch.full((1, 9), -30.0), torch.ones(1, 9))
    made = room(synth.harmonics(amplitudes, synth.phases(hertz)) + synth.filtered_noise(bands[:, 1:], synth.white((1, 8 * HOP)))[0])
    made.square().mean().backward()
    assert all(part.grad is not None and float(part.grad.abs().sum()) > 0 for part in (*decoder.parameters(), *room.parameters()))


def test_what_was_heard_once_is_kept_by_datapoint_and_not_heard_again(learned, monkeypatch):
    run = learned()
    assert [path.suffix for path in (run.path / "kept" / "i1").iterdir()] == [hearing.SUFFIX]
    monkeypatch.setattr(hearing, "hear", lambda *_: pytest.fail("it was heard already"))
    learned()


def test_what_hears_the_pitch_goes_along_to_another_computer():
    from lib.train.elsewhere import needed

    wanted = needed.pinned(needed.look(models.MODELS["ddsp"]).packages, models.belongings("ddsp", models.validate("ddsp")).packages)
    assert {name.partition("==")[0] for name in wanted} >= {"torch", "numpy", "torchcrepe", "soundfile", "soxr"}


def test_silence_is_refused_and_told_before(tmp_path, train):
    data = frozen(tmp_path / "silence", "sound", ".wav", [Sound(np.zeros((RATE, 1), np.float32), RATE).as_file()])
    assert "silent" in models.look_before("ddsp", DatasetFolder(data), models.validate("ddsp")).in_words[0]
    with pytest.raises(UserError, match="nothing to be heard"):
        train("ddsp", data, steps=1, width=8)


def test_before_it_learns_it_tells_how_much_sings_and_what_to_do(tmp_path):
    def told(name: str, samples: np.ndarray) -> str:
        data = frozen(tmp_path / name, "sound", ".wav", [Sound(samples[:, None].astype(np.float32), RATE).as_file()])
        return " ".join(models.look_before("ddsp", DatasetFolder(data), models.validate("ddsp")).in_words)

    noise = 0.1 * np.random.default_rng(0).standard_normal(3 * RATE)
    singing = told("singing", tune())
    assert "4 seconds" in singing and "That is short" in singing and "Little of it sings" not in singing and "voices at once" not in singing
    assert "Little of it sings" in told("noise", noise)
    heard, notes = np.ones(100, bool), np.linspace(50, 70, 100)
    assert "several voices at once" in " ".join(before.in_words(300, heard, notes, alone=0.2))
    assert before.in_words(300, heard, notes, alone=0.9) == ["It learns from 5.0 minutes of sound, of which 100% is heard; 100% of that sings, from D sharp 3 to A4."]
    assert "nearly one tone" in told("one", np.concatenate([reed(220)] * 6))


def test_from_a_recording_to_a_sound_that_is_kept_and_gone_after_a_withdrawal(project, tmp_path):
    person = project.add_person("Ruth Meyer", credit="initials")
    collect.add_files(project, [wav(tmp_path / "reed.wav", tune())], consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    dataset = augment.build(project, augment.Recipe([]), name="reed", kind="sound")
    run = training.start(project, "ddsp", dataset, steps=2, width=8, batch=1)
    run.set_status(state="running", lane="cpu", started="", error=None)
    worker._work(run, "cpu")
    assert run.state == "finished", run.log()
    order = OrderWorker(project.home).serve(player.place(project, player.check(project, run, inputs={"notes": "C4 E4"})))
    assert order.error is None, order.error
    [output] = generate.outputs_of(project, order)
    story = output.provenance()
    assert story["played_by"] == "notes" and [one["credit"] for one in story["people"]] == ["R.M."]
    kept = run.path / "kept" / project.items()[0].id
    assert kept.is_dir() and run.samples()
    ledger.withdraw(project, person="Ruth Meyer", confirm=True)
    assert not kept.exists() and not run.samples()
    with pytest.raises(UserError):
        player.check(project, run)
