"""Sounds: cut, brought to one loudness and one form, and changed. A thing is a `Sound` (lib/media/sound.py)."""

from __future__ import annotations

import random as random_module
import zlib
from collections.abc import Iterator
from typing import Literal

import numpy as np

from lib.media import loudness, silence
from lib.media.setting import setting
from lib.media.sound import CEILING, Sound, within
from lib.steps.base import LeftOut, Step

RATES = (8000, 16000, 22050, 32000, 44100, 48000)   # Hz


class _OfSound(Step):
    kind = "sound"
    group = "sound"
    library = "NumPy"


# ---- cutting -------------------------------------------------------------------------------------------------------


class TrimSilence(_OfSound):
    title = "Trim silence"
    says = "Takes the silence away at both ends of each sound."

    quieter: float = setting(40.0, ge=15.0, le=80.0, label="Silence is quieter by, dB", help="Than the loudest moment; 40 suits a voice in a room, 60 a quiet one.")  # fmt: skip
    margin: float = setting(0.1, ge=0.0, le=2.0, label="Stays at each end, s", help="So that no breath and no echo is cut off.")

    @property
    def words(self) -> str:
        return f"Trim silence, {self.margin:g} s stay"

    def apply(self, sound: Sound) -> Sound:
        return sound.cut(*silence.loud_span(sound.samples, sound.rate, self.quieter, self.margin))


class SplitTakes(_OfSound):
    title = "Split into takes"
    says = "Cuts each sound where it is silent, so that one long recording becomes many takes."

    gap: float = setting(0.3, ge=0.05, le=10.0, label="Silence between two takes, s", help="Shorter pauses stay inside a take.")
    least: float = setting(0.2, ge=0.02, le=60.0, label="A take lasts at least, s", help="What is shorter (a click, a cough) is left out.")
    quieter: float = setting(40.0, ge=15.0, le=80.0, label="Silence is quieter by, dB", level="expert", help="Than the loudest moment of the whole recording.")  # fmt: skip

    @property
    def words(self) -> str:
        return f"Split at silences of {self.gap:g} s"

    def pieces(self, sound: Sound) -> list[Sound]:
        margin = min(silence.MARGIN, self.gap / 2)
        spans = silence.loud_pieces(sound.samples, sound.rate, self.quieter, self.gap, self.least, margin)
        if not spans:
            raise LeftOut("nothing in it is loud for long enough")
        return [sound.cut(first, last) for first, last in spans]


class SplitEvenly(_OfSound):
    title = "Split evenly"
    says = "Cuts each sound into pieces of one length, one after the other."

    seconds: float = setting(5.0, ge=0.1, le=600.0, label="Length of a piece, s", help="What the model is to hear at once.")
    rest: Literal["leave out", "keep", "fill up"] = setting(
        "leave out", label="What is left at the end", help="Fill up: with silence, so that all pieces have one length."
    )

    @property
    def words(self) -> str:
        return f"Split every {self.seconds:g} s"

    def pieces(self, sound: Sound) -> list[Sound]:
        length = round(self.seconds * sound.rate)
        pieces = [sound.cut(first, first + length) for first in range(0, len(sound.samples), length)]
        missing = length - len(pieces[-1].samples) if pieces else 0
        if missing and self.rest == "fill up":
            pieces[-1] = Sound(np.pad(pieces[-1].samples, ((0, missing), (0, 0))), sound.rate)
        if missing and self.rest == "leave out":
            pieces.pop()
        if not pieces:
            raise LeftOut(f"shorter than {self.seconds:g} s")
        return pieces


# ---- one form for all ----------------------------------------------------------------------------------------------


class Loudness(_OfSound):
    title = "Loudness"
    says = "Makes all sounds equally loud to the ear (EBU R 128), so that no take shouts."
    library = "SciPy"

    lufs: float = setting(
        -23.0, ge=-40.0, le=-10.0, label="Loudness, LUFS", help="-23 is that of European radio, -16 that of podcasts, -14 that of music online."
    )

    @property
    def words(self) -> str:
        return f"Loudness {self.lufs:g} LUFS"

    def apply(self, sound: Sound) -> Sound:
        """One gain for all of it, and less than that where its loudest sample would pass -1 dBFS. Silence stays silence."""
        now = loudness.integrated(sound.samples, sound.rate)
        if now <= loudness.SILENCE:
            return sound
        top = float(np.abs(sound.samples).max())
        return Sound(sound.samples * np.float32(min(10 ** ((self.lufs - now) / 20), CEILING / top)), sound.rate)


class Resample(_OfSound):
    title = "Sampling rate"
    says = "Gives all sounds one sampling rate: how many numbers stand for a second of sound."
    library = "soxr"

    rate: int = setting(44100, label="Rate, Hz", options=RATES, help="48000 and 44100 hold all that one hears; 16000 is enough for a voice.")

    @property
    def words(self) -> str:
        return f"{self.rate:,} Hz"

    def apply(self, sound: Sound) -> Sound:
        if sound.rate == self.rate:
            return sound
        import soxr

        made = soxr.resample(sound.samples, sound.rate, self.rate, "HQ")
        return Sound(within(np.ascontiguousarray(made, dtype=np.float32)), self.rate)


class Channels(_OfSound):
    title = "Mono or stereo"
    says = "Gives all sounds one channel (mono) or two (stereo)."

    to: Literal["mono", "stereo"] = setting("mono", label="Channels", help="Mono is half as much to learn, and keeps what lies in opposite phase; stereo keeps left and right.")

    @property
    def words(self) -> str:
        return self.to.capitalize()

    def apply(self, sound: Sound) -> Sound:
        if self.to == "mono":
            return sound if sound.channels == 1 else Sound(sound.mono()[:, None], sound.rate)
        return sound if sound.channels == 2 else Sound(np.repeat(sound.mono()[:, None], 2, axis=1), sound.rate)


# ---- changed, each or as copies ------------------------------------------------------------------------------------

To = Literal["every sound", "copies"]


def goes_to() -> To:
    return setting("copies", label="Goes to", help="Copies keep each sound and add changed ones, for training only.")


def how_many() -> int:
    return setting(1, ge=1, le=8, label="Copies", help="How many such copies each sound gets, where they are added.")


class _Either(_OfSound):
    """Changes every sound by what was chosen, or adds copies that are changed by something up to it, either way.

    To write one, give it `to: To = goes_to()` and `copies: int = how_many()` after its own fields, `_what` and `_change`.
    """

    @property
    def adds(self) -> int:
        return self.copies if self.to == "copies" else 0

    @property
    def words(self) -> str:
        return self._what + ((", 1 copy" if self.copies == 1 else f", {self.copies} copies") if self.adds else "")

    def apply(self, sound: Sound) -> Sound:
        # What is random goes by the sound itself, so that the same one always becomes the same.
        return self._change(sound, 1.0, random_module.Random(zlib.crc32(sound.samples.tobytes())))

    def variants(self, sound: Sound, random: random_module.Random) -> Iterator[tuple[str, Sound]]:
        for copy in range(1, self.copies + 1):
            share = random.uniform(0.3, 1.0) * random.choice((-1, 1))
            yield f"{type(self).__name__.lower()}{copy}", self._change(sound, share, random)

    def _change(self, sound: Sound, share: float, random: random_module.Random) -> Sound:
        """share: of what was chosen; below 0 the other way round, where there is one."""
        raise NotImplementedError


class Pitch(_Either):
    title = "Pitch"
    says = "Makes sounds higher or lower, and keeps how long they last."
    library = "librosa"

    semitones: float = setting(1.0, ge=-12.0, le=12.0, label="Semitones", help="1 is the next key of a piano, 12 an octave; below 0 is lower.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Pitch by {'up to ' if self.adds else ''}{self.semitones:g} semitones"

    def _change(self, sound: Sound, share: float, random: random_module.Random) -> Sound:
        from librosa import effects

        moved = effects.pitch_shift(sound.samples.T, sr=sound.rate, n_steps=self.semitones * share)
        return Sound(within(np.ascontiguousarray(moved.T, dtype=np.float32)), sound.rate)


class Speed(_Either):
    title = "Speed"
    says = "Makes sounds faster or slower, and keeps their pitch."
    library = "librosa"

    percent: float = setting(10.0, ge=-50.0, le=100.0, label="Faster by, %", help="10 is a little faster; below 0 is slower.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Speed by {'up to ' if self.adds else ''}{self.percent:g} %"

    def _change(self, sound: Sound, share: float, random: random_module.Random) -> Sound:
        from librosa import effects

        faster = 1 + self.percent * share / 100
        stretched = effects.time_stretch(sound.samples.T, rate=faster if faster >= 0.25 else 0.25)
        return Sound(within(np.ascontiguousarray(stretched.T, dtype=np.float32)), sound.rate)


class NoiseFloor(_Either):
    title = "Noise"
    says = "Lays a quiet noise under sounds, as tape and rooms have it."

    decibels: float = setting(-50.0, ge=-80.0, le=-15.0, label="Level, dBFS", help="-60 is barely heard, -40 is an old tape.")
    colour: Literal["white", "pink"] = setting("pink", label="Noise", help="White hisses; pink is softer, like rain.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"{self.colour.capitalize()} noise, {self.decibels:g} dBFS"

    def _change(self, sound: Sound, share: float, random: random_module.Random) -> Sound:
        noise = _noise(sound.samples.shape, self.colour, random.getrandbits(32))
        level = self.decibels + 20 * np.log10(abs(share))
        return Sound(within(sound.samples + noise * np.float32(10 ** (level / 20))), sound.rate)


class Gain(_Either):
    title = "Gain"
    says = "Makes sounds louder or quieter as a whole."

    decibels: float = setting(6.0, ge=-40.0, le=40.0, label="Gain, dB", help="6 is twice the amplitude; below 0 is quieter.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Gain by {'up to ' if self.adds else ''}{self.decibels:g} dB"

    def _change(self, sound: Sound, share: float, random: random_module.Random) -> Sound:
        return Sound(within(sound.samples * np.float32(10 ** (self.decibels * share / 20))), sound.rate)


class Room(_Either):
    title = "Room"
    says = "Lets sounds ring as if they were heard in a room."
    library = "SciPy"

    rt60: float = setting(0.6, ge=0.1, le=8.0, label="It rings for, s", help="Until the echo is 60 dB quieter (RT60): a living room 0.4, a hall 2, a church 5.")
    wet: float = setting(0.3, ge=0.05, le=1.0, label="How much of it", help="0.3 is beside the source; 1 is the echo alone.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Room, {self.rt60:g} s"

    def _change(self, sound: Sound, share: float, random: random_module.Random) -> Sound:
        """Convolved with noise that dies away exponentially: 60 dB in RT60 seconds (Moorer, "About this reverberation business", 1979)."""
        from scipy.signal import fftconvolve

        seconds = self.rt60 * abs(share)
        there = np.arange(max(round(seconds * sound.rate), 1)) / sound.rate
        ring = np.random.default_rng(random.getrandbits(32)).standard_normal(len(there)) * 10 ** (-3 * there / seconds)
        ring = (ring / np.sqrt(np.square(ring).sum())).astype(np.float32)[:, None]
        dry = np.pad(sound.samples, ((0, len(ring) - 1), (0, 0)))
        echo = fftconvolve(sound.samples, ring, axes=0)
        return Sound(within(((1 - self.wet) * dry + self.wet * echo).astype(np.float32)), sound.rate)


def _noise(shape: tuple[int, int], colour: str, seed: int) -> np.ndarray:
    """Noise with a power of 1 (0 dBFS), float32. Pink: its power falls by 3 dB an octave."""
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    if colour == "pink":
        spectrum = np.fft.rfft(noise, axis=0)
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))[:, None]
        noise = np.fft.irfft(spectrum, shape[0], axis=0).astype(np.float32)
    return noise / max(float(np.sqrt(np.square(noise).mean())), 1e-9)


STEPS = (
    TrimSilence, SplitTakes, SplitEvenly, Loudness, Resample, Channels, Pitch, Speed, NoiseFloor, Gain, Room,
)  # fmt: skip
