"""Training DDSP: `train` reads from top to bottom, `Pupil.learn` is one step.

The objective is the multi-scale spectral distance between a second of somebody's sound and what the synthesiser makes of its pitch and
loudness (Engel et al. 2020), and how far off its loudness is. Adam, with a learning rate that falls on a straight line to a tenth. Twenty
times on the way it plays fragments that it never learned from; the weights that came nearest to them are the result, and of those that
came as near, the last.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path

import numpy as np
import torch

from lib.errors import UserError
from lib.media import pitch, sound_measures
from lib.media.sound import Sound
from lib.models.adversarial import seed_step
from lib.models.ddsp import Settings, hearing, lines, loss, synth
from lib.models.ddsp import generate as playing
from lib.models.ddsp.before import length, name_of
from lib.models.ddsp.excerpts import LEAD, Batch, Data, Recording
from lib.models.ddsp.network import Decoder, Room
from lib.models.ddsp.units import HOP, RATE

REPORT_EVERY = 5        # steps between two lines of numbers
LOOKS = 20              # at what is held back, on the whole way, but not more often than every tenth step
TEMPO, VIBRATO = 110.0, 0.15    # of the melody in a sample
AS_WELL = 1.01          # times the nearest that it ever came to what is held back, up to which a step did as well: a dozen seconds tell no finer
PITCHED = 2             # fragments whose pitch is heard again at a look
TEXTURED = 180          # seconds of what is held back, of which the texture is compared at the end
_STEEPEST = 3.0         # longest step that the slope may ask for
_LAST = 0.1             # of the learning rate at the last step
_NEPER = 20 / math.log(10)      # dB, in which the objective counts loudness
_ROOM_RATE = 0.1        # of the learning rate for the taps of the room: they are small, and many


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Learns from the sounds of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError where there is nothing to be heard in them, or its numbers break.
    """
    # The machine. What is chosen here at the first start is used again at every resume.
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))

    # What to learn from: the samples, and how high and how loud each moment is.
    data = Data(dataset_folder, run)
    heard = data.all_heard()
    if not len(heard) or heard.loudness.max() <= sound_measures.HEARD:
        raise UserError("There is nothing to be heard in these sounds.", "All of them are silent, or there are none.",
                        "Record one voice or one instrument for two minutes, near the microphone, and freeze again.")  # fmt: skip
    fragments = data.fragments()

    # The pupil: as it was when this run was stopped, or new.
    torch.manual_seed(run.seed)
    pupil = Pupil(settings, device, facts_of(data))
    if saved := run.restore():
        pupil.load_state_dict(saved)
    else:
        pupil.decoder.middle.copy_(torch.tensor([pupil.facts["pitch"][1], pupil.facts["loudness"][1]]))
        pupil.decoder.spread.copy_(torch.tensor(spreads(heard)))
        for sentence in in_words(pupil.facts, data):
            run.note(sentence)
    look_every = max(10, settings.steps // LOOKS)

    # Every step draws from a seed of its own: a resumed run needs no memory of its luck.
    while pupil.step < settings.steps:
        n = pupil.step + 1
        seed_step(run.seed, n)
        off = pupil.learn(data.batch(settings.batch, device))
        pupil.step = n

        numbers = {}
        if n % REPORT_EVERY == 0 or n == settings.steps:
            numbers["loss"] = float(off)
            if not math.isfinite(numbers["loss"]):
                raise UserError("The numbers in the network became too large to compute with.", f"That was at step {n}.",
                                "Start again with half the learning rate; what was saved before is safe.")  # fmt: skip
        if n % look_every == 0 or n == settings.steps:
            numbers |= pupil.look(fragments)
        run.step(n, settings.steps, **numbers)

        if run.sample_due():
            run.sample(samples(pupil, fragments), SAID, made_of=[fragments[0].item])
            run.show_inside(pupil.weights(), [], **pupil.facts)     # so that it can be played in a browser while it learns
        stop = run.should_stop()
        if stop or run.checkpoint_due(n, settings.steps):
            run.checkpoint(pupil.state_dict())
        if stop:
            return

    pupil.take_best()
    judged = measures(fragments, pupil.played(fragments), len(fragments))
    run.sample(samples(pupil, fragments), SAID, made_of=[fragments[0].item])
    run.note(verdict(judged, silence(fragments), pupil.best_step))
    if data.held:
        run.note(texture(pupil, data.held))
    run.result(pupil.weights(), **pupil.facts, best=pupil.best_step, judged={name: round(value, 4) for name, value in judged.items()})


SAID = "Some seconds as they were recorded; as the model plays them, from their pitch and loudness alone; and a little melody on it."


def verdict(judged: dict[str, float], silent: float, best_step: int) -> str:
    """A sentence or two with all that was measured, named as what it is."""
    told = [f"multi-scale spectral distance {judged['held_out']:.2f} (silence would have {silent:.2f})", f"log-mel distance {judged['log_mel']:.1f} dB",
            f"loudness off by {judged['loudness_off']:.1f} dB"]  # fmt: skip
    if "pitch_off" in judged:
        told.append(f"pitch off by {judged['pitch_off']:.0f} cents")
    return f"Best at step {best_step:,}: {', '.join(told)}. The result is the model of that step."


def in_words(facts: dict, data: Data) -> list[str]:
    """What it learns from, and what is held back."""
    low, _, high = facts["pitch"]
    told = [f"It learns from {length(facts['seconds'])} of sound, of which {min(facts['sings'], 1.0):.0%} sings, from {name_of(low)} to {name_of(high)}."]
    held = sum(one.moments for one in data.held) * HOP / RATE
    if not data.held:
        told.append("Nothing is held back, since there is too little of it: nobody can tell what it learns by heart.")
    else:
        told.append(f"{length(held)} {'from the end of the longest sound ' if data.held_itself else ''}are held back: they say which step was best, and are never learned from.")
    if data.cut:
        told.append(f"It heard the first half hour; {data.cut} more sounds are left out.")
    return told


def facts_of(data: Data) -> dict:
    """What playing has to know of the sounds: how high (MIDI), how loud (dB A), each as a low, a middle and a high value; seconds, and how much of it sings."""
    heard = data.all_heard()
    loud = heard.loudness[heard.loudness > max(float(np.percentile(heard.loudness, 95)) - 40, sound_measures.HEARD)]
    sung = heard.hertz[heard.sings > 0.5]
    notes = 69 + 12 * np.log2((sung if len(sung) else heard.hertz) / 440)
    rounded = lambda values: [round(value, 2) for value in hearing.three(values)]
    return {"pitch": rounded(notes), "loudness": rounded(loud if len(loud) else heard.loudness), "seconds": round(data.seconds, 1),
            "sings": round(float((heard.sings > 0.5).sum() / max(len(loud), 1)), 3)}  # fmt: skip


def spreads(heard) -> list[float]:
    """Of pitch (semitones) and loudness (dB), as the network counts them: wide enough that a single tone and its neighbours differ."""
    notes = 12 * np.log2(heard.hertz[heard.sings > 0.5] / 440) if (heard.sings > 0.5).any() else np.zeros(1)
    loud = heard.loudness[heard.loudness > sound_measures.HEARD]
    return [max(float(notes.std()), 4.0), max(float(loud.std()) if len(loud) else 0.0, 8.0)]


class Pupil:
    """The network and the room, what moves their weights, the best weights so far, and how far it is."""

    def __init__(self, settings: Settings, device: torch.device, facts: dict):
        self.settings, self.device = settings, device
        self.facts = {**facts, "width": settings.width, "room": settings.room}
        self.decoder, self.room = Decoder(settings.width).to(device), Room().to(device)
        self.parts = torch.nn.ModuleDict({"decoder": self.decoder, "room": self.room})
        groups = [{"params": self.decoder.parameters(), "share": 1.0}] + ([{"params": [self.room.taps], "share": _ROOM_RATE}, {"params": [self.room.fading], "share": 1.0}] if settings.room else [])
        self.optimiser = torch.optim.Adam(groups, settings.learning_rate, fused=True)
        if not settings.room:
            torch.nn.init.zeros_(self.room.taps)
        self.step = 0               # steps done
        self.nearest = math.inf     # that it ever came to what is held back
        self.best_step = 0          # the last that came as near
        self.best_weights: dict[str, torch.Tensor] = {}

    def learn(self, batch: Batch):
        """One step. Returns the spectral distance, still on the device."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * group["share"] * (1 - (1 - _LAST) * self.step / self.settings.steps)
        made = self.play(batch, synth.white(tuple(batch.wanted.shape)).to(self.device))
        off, loudness_off = loss.distances(made, batch.wanted, LEAD * HOP)
        self.optimiser.zero_grad(set_to_none=True)
        (off + loudness_off).backward()
        torch.nn.utils.clip_grad_norm_(self.parts.parameters(), _STEEPEST)
        self.optimiser.step()
        return off.detach()

    def play(self, batch: Batch, noise):
        """(B, T * HOP)"""
        amplitudes, bands, _ = self.decoder(batch.hertz, batch.loudness, batch.sings)
        dry = synth.harmonics(amplitudes, synth.phases(batch.hertz)) + synth.filtered_noise(bands[:, 1:], noise)[0]
        return self.room(dry) if self.settings.room else dry

    @torch.no_grad()
    def played(self, fragments: list[Recording]) -> np.ndarray:
        """(fragments, frames), with the same noise each time."""
        batch = Batch.of(fragments, self.device)
        return self.play(batch, synth.white(tuple(batch.wanted.shape), torch.Generator().manual_seed(0)).to(self.device)).cpu().numpy()

    def look(self, fragments: list[Recording]) -> dict[str, float]:
        """How far it is from what is held back, and the best step so far, whose weights are kept."""
        numbers = measures(fragments, self.played(fragments), PITCHED)
        off = numbers["held_out"] + numbers["loudness_off"] / _NEPER
        self.nearest = min(self.nearest, off)
        if off <= AS_WELL * self.nearest:
            self.best_step = self.step
            self.best_weights = copy.deepcopy(self.parts.state_dict())
        return numbers | {"best": self.best_step}

    def take_best(self) -> None:
        if self.best_weights:
            self.parts.load_state_dict(self.best_weights)

    def weights(self) -> dict[str, torch.Tensor]:
        """The room as it is heard: its taps have faded already."""
        with torch.no_grad():
            return {**{f"decoder.{name}": value for name, value in self.decoder.state_dict().items()}, "room.response": self.room.response()}

    def state_dict(self) -> dict:
        """Everything that a resumed run needs to reach the same weights, and playing before it is finished."""
        return {"parts": self.parts.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step, "nearest": self.nearest, "best_step": self.best_step,
                "best_weights": self.best_weights, "decoder": self.decoder.state_dict(), "played_room": {"response": self.room.response().detach()}, "facts": self.facts}  # fmt: skip

    def load_state_dict(self, state: dict) -> None:
        self.parts.load_state_dict(state["parts"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.nearest, self.best_step, self.best_weights = (state[name] for name in ("step", "nearest", "best_step", "best_weights"))


def measures(fragments: list[Recording], played: np.ndarray, pitched: int) -> dict[str, float]:
    """The means over the fragments, as lib/media/sound_measures.py defines them; pitch over the first `pitched`, left out where nothing sings in them."""
    pairs = [(made, one.samples[: len(made)]) for made, one in zip(played, fragments, strict=True)]
    numbers = {
        "held_out": float(np.mean([sound_measures.spectral(made, wanted) for made, wanted in pairs])),
        "log_mel": float(np.mean([sound_measures.log_mel(made, wanted, RATE) for made, wanted in pairs])),
        "loudness_off": float(np.mean([sound_measures.loudness(made, wanted, RATE) for made, wanted in pairs])),
    }
    off = [pitch_off(one, made) for made, one in zip(played[:pitched], fragments, strict=False)]
    off = [cents for cents in off if math.isfinite(cents)]
    return numbers | ({"pitch_off": float(np.mean(off))} if off else {})


def pitch_off(wanted: Recording, made: np.ndarray) -> float:
    """Cents between the pitch that it was given and the one that is heard in what it made; NaN where neither sings."""
    line = pitch.line([made], HOP * 2)
    return sound_measures.pitches(line.hertz, wanted.heard.hertz[::2], line.sings, wanted.heard.sings[::2] > 0.5).cents


def silence(fragments: list[Recording]) -> float:
    """The spectral distance of silence from them, to compare with."""
    return float(np.mean([sound_measures.spectral(np.zeros_like(one.samples), one.samples) for one in fragments]))


def texture(pupil: Pupil, held: list[Recording]) -> str:
    """How far all that it makes of what is held back is from that, whatever comes when; or that there is too little for it."""
    voice = playing.Voice(pupil.decoder, pupil.room.response().detach(), playing.range_of(pupil.facts))
    seconds = np.cumsum([one.moments for one in held]) * HOP / RATE
    held = [one for one, end in zip(held, seconds, strict=True) if end <= TEXTURED] or held[:1]
    made = [np.concatenate([*voice.render(one.heard, 0)]) for one in held]
    try:
        return sound_measures.frechet(made, [one.samples for one in held], RATE).in_words()
    except UserError as error:
        return f"{error.what} More than {sound_measures.LEAST_SECONDS} seconds have to be held back."


def samples(pupil: Pupil, fragments: list[Recording]) -> list[Sound]:
    """Of the first fragment: as it is, and played. Then a melody, the same each time."""
    own = playing.range_of(pupil.facts)
    voice = playing.Voice(pupil.decoder, pupil.room.response().detach(), own)
    tune = lines.of_notes(lines.by_chance(0, own)[:4], TEMPO, own, False, VIBRATO)
    sung = np.concatenate([*voice.render(tune, 0)])
    return [Sound(one[:, None], RATE) for one in (fragments[0].samples, pupil.played(fragments[:1])[0], sung)]
