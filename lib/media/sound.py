"""Sounds: let in clean, held in memory, and drawn as a waveform. Read `clean` first, then `Sound`.

WAV, FLAC, MP3 and Ogg keep their compressed data and lose their tags; M4A, AAC, AIFF and WebM sounds become FLAC, and so do
WAVs in old codes such as ADPCM. Every length is the decoder's own count of frames, and is held against what the file says.
Nothing is ever cut off at full scale: what goes above it is made quieter as a whole, and `remarks` says so.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import shutil
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lib.media import ffmpeg, phase, strip_sound, structure
from lib.media.source import Refusal, broken, cut_off, naming, opened
from lib.media.strip_sound import Held

if TYPE_CHECKING:
    import numpy as np

LONGEST = 4 * 3600           # seconds
HOLLOW_SOUND = 200_000_000   # bytes: below this, a sound may be as silent as it likes
HOLLOW_RATIO = 1000          # unpacked bytes for each byte of the file; speech in Opus reaches 250
TIME_LIMIT = 600             # seconds that ffmpeg may work on one sound
_BLOCK = 1 << 17             # samples of all channels that are held in memory
_UNTOLD = Held()
CEILING = 10 ** (-1 / 20)    # -1 dBFS: where the loudest sample of a sound comes to lie that would be cut off (EBU R 128 allows -1 dBTP)

_STRIPPED = {"wav": strip_sound.wav, "flac": strip_sound.flac, "mp3": strip_sound.mp3, "ogg": strip_sound.ogg}
_CHECKS = {"aiff": structure.aiff, "rf64": structure.rf64, "oga": structure.ogg, "mov": structure.boxes, "matroska": structure.matroska}
_WHOLE = ("alac", "flac", "pcm_s", "pcm_u", "pcm_mulaw", "pcm_alaw")    # codecs of ffmpeg in whole numbers, which end at full scale
_TELLS_LENGTH = ("mov", "matroska", "oga", "rf64", "flac")     # what ffmpeg says of an AAC and of some AIFFs is only a guess
_LOSSLESS = (*_WHOLE, "pcm_f")
_BARE = ("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
_STRICT = ("-xerror", "-err_detect", "explode")


def clean(source: Path, stem: Path, form: str, keep_metadata: bool = False) -> tuple[Path, dict]:
    """Writes a verified copy of a sound without its tags; the same file gives the same copy, bit for bit.

    stem: path of the copy without its suffix.   form: as sniff.py names it.
    Returns the copy's path (.wav, .flac, .mp3 or .ogg) and facts: seconds, rate (samples a second), channels; and where it is
    so, top_dbfs and mono_loses (see `oddities`). Raises Refusal.
    """
    if form not in _STRIPPED or (form == "flac" and not _knows_itself(source)):
        target = Path(f"{stem}.flac")
        louder = _convert(source, target, form)
        return target, verify(target) | louder
    target = Path(f"{stem}.{form}")
    with opened(source) as file, open(target, "wb") as copy:
        held = _STRIPPED[form](file, copy)
    if held.packed:
        return _unpack(target, stem, held)
    facts = verify(target, held)
    if keep_metadata and _reads_as_well(source, facts):
        shutil.copyfile(source, target)
    return target, facts


def _knows_itself(flac: Path) -> bool:
    with opened(flac) as file:
        return strip_sound.flac_knows_itself(file)


def _reads_as_well(source: Path, facts: dict) -> bool:
    """True where the file itself tells its length rightly, and not only the copy."""
    try:
        return verify(source) == facts
    except Refusal:
        return False


def _unpack(packed: Path, stem: Path, held: Held) -> tuple[Path, dict]:
    """A WAV in an old code becomes a FLAC, without the filling of its last block. Raises Refusal."""
    import soundfile

    facts, there = _verified(packed, held)
    frames = strip_sound.trusted(held.told, there, facts["channels"], held.slack)
    raw, target = Path(f"{stem}.unpacked.flac"), Path(f"{stem}.flac")
    gain = gain_of(10 ** (facts.get("top_dbfs", 0) / 20))
    with soundfile.SoundFile(packed) as sound, soundfile.SoundFile(
        raw, "w", sound.samplerate, sound.channels, "PCM_16", format="FLAC") as unpacked:
        while frames and len(block := sound.read(min(frames, _BLOCK), dtype="float32", always_2d=True)):
            unpacked.write(_as_16_bit(block * gain))
            frames -= len(block)
    with open(raw, "rb") as file, open(target, "wb") as copy:
        strip_sound.flac(file, copy)
    packed.unlink()
    raw.unlink()
    return target, verify(target) | {key: facts[key] for key in ("top_dbfs",) if key in facts}


def holds_only_sound(source: Path, form: str) -> bool:
    """True for an MP4, MOV or WebM without a moving picture. Raises Refusal where nothing in it can be read."""
    return not ffmpeg.streams(source, form).video


def _convert(source: Path, target: Path, form: str) -> dict:
    """Writes any sound as a FLAC. Returns {"top_dbfs": …} where it had to be made quieter, {} where not. Raises Refusal."""
    with opened(source) as file:
        _CHECKS.get(form, lambda file: None)(file)
    streams = ffmpeg.streams(source, form)
    if not streams.sound:
        raise Refusal("holds no sound", "There is no sound track in it.", "Choose another file.")
    _check_length(streams.seconds)
    _check_hollow(streams.seconds * 48_000 * 2, os.stat(source).st_size)
    depth = () if streams.sound.startswith(_LOSSLESS) else ("-sample_fmt", "s16")
    top = 0.0 if streams.sound.startswith(_WHOLE) else _top_by_ffmpeg(source, form)
    quieter = ("-af", f"volume={gain_of(10 ** (top / 20)):.6f}:precision=float") if top > 0 else ()
    done = ffmpeg.call(source, form, *_BARE, *quieter, "-c:a", "flac", *depth, "-t", str(LONGEST + 1), "-f", "flac", "-y",
                       f"file:{target.absolute()}", before=_STRICT, seconds=TIME_LIMIT)
    ffmpeg.check_made(done, target)
    _check_whole(target, streams.seconds if form in _TELLS_LENGTH else 0)
    return {"top_dbfs": top} if top > 0 else {}


def _top_by_ffmpeg(source: Path, form: str) -> float:
    """The loudest sample of a sound as ffmpeg decodes it, dBFS. Above 0 only codecs in floating point numbers reach."""
    measure = "aformat=sample_fmts=fltp,astats=measure_perchannel=none:measure_overall=Peak_level"
    report = ffmpeg.call(source, form, "-map", "0:a:0", "-t", str(LONGEST + 1), "-af", measure, "-f", "null", "-",
                       words="info", seconds=TIME_LIMIT).stderr
    levels = re.findall(r"Peak level dB: (-?[\d.]+)", report)
    return round(float(levels[-1]), 1) if levels else 0.0


def _check_whole(made: Path, promised: float) -> None:
    """Raises Refusal where far less came out of a file than it promises, in seconds."""
    import soundfile

    there = soundfile.info(made)
    if there.frames / there.samplerate < 0.98 * promised - 0.25:
        raise cut_off(f"It says that it lasts {promised:.1f} seconds; only {there.frames / there.samplerate:.1f} are there.")


def verify(path: Path, held: Held = _UNTOLD) -> dict:
    """Decodes a sound from beginning to end, a block at a time. held: what its file holds, counted without decoding it.

    Returns its facts, as `clean` does; raises Refusal.
    """
    return _verified(path, held)[0]


def _verified(path: Path, held: Held) -> tuple[dict, int]:
    """The facts of a sound, and how many frames came out of the decoder."""
    import soundfile

    try:
        return _decoded(path, held)
    except soundfile.LibsndfileError as error:
        raise broken("Its sound cannot be decoded to the end.") from error


def _decoded(path: Path, held: Held) -> tuple[dict, int]:
    import soundfile

    with soundfile.SoundFile(path) as sound:
        _check_header(sound, os.stat(path).st_size)
        promised, there, rate = sound.frames, 0, sound.samplerate
        gathered, checksum = _Oddities(sound.channels, rate), _checksum_of(path, sound)
        for block in _blocks(sound, checksum):
            check_samples(block)
            gathered.look(block)
            there += len(block)
            _check_length(there / rate)
        if promised < 1 << 60 and there < promised - rate // 10:  # MP3s tell their length to within a frame or two
            raise cut_off(f"Its header promises {promised / rate:.1f} seconds of sound; only {there / rate:.1f} are there.")
        if not there:
            raise Refusal("holds no sound", "It is 0 seconds long.", "Choose another file, or record it again.")
        if held.frames and not held.frames - held.slack <= there <= held.frames + held.slack:
            raise broken(f"{held.frames / rate:.1f} seconds of sound are in it, and {there / rate:.1f} come out of it.")
        if checksum and not checksum.holds:
            raise broken("Its sound is not what it says of itself: its checksum is wrong.")
        return {"seconds": round(there / rate, 3), "rate": rate, "channels": sound.channels, **gathered.facts}, there


def _check_header(sound, file_bytes: int) -> None:
    structure.check_channels(sound.channels)
    if not 1_000 <= sound.samplerate <= 768_000:
        raise broken(f"It says that it has {sound.samplerate:,} samples a second.")
    known = sound.frames < 1 << 60
    _check_length(sound.frames / sound.samplerate if known else 0)
    _check_hollow(sound.frames * sound.channels * 2 if known else 0, file_bytes)


def check_samples(samples: np.ndarray) -> None:
    """Raises Refusal where one is infinite or no number, as files of floating point numbers can hold: nothing can be done with them."""
    import numpy as np

    if not np.isfinite(samples).all():
        raise Refusal("has samples that are no numbers", "Somewhere in it the sound is infinite or undefined (NaN).",
                      "Export it again from the program it was made with, in 16 or 24 bit.")


def _check_length(seconds: float) -> None:
    if seconds > LONGEST:
        raise Refusal(f"is longer than {LONGEST // 3600} hours", "That is more than one sound can be.",
                      "Cut it into shorter pieces and add those.")


def _check_hollow(unpacked: float, file_bytes: int) -> None:
    if unpacked > HOLLOW_SOUND and unpacked > HOLLOW_RATIO * file_bytes:
        raise Refusal("says it is far longer than its content can be",
                      "Such a sound is silent, or made to keep a computer busy.",
                      "Cut the silence away and add the rest.")


class _Checksum:
    """The MD5 of all samples, as a FLAC tells it of itself: also a length that is told wrongly shows in it."""

    def __init__(self, expected: bytes, bits: int):
        self._expected, self._bits, self._seen = expected, bits, hashlib.md5(usedforsecurity=False)

    def see(self, samples: np.ndarray) -> None:
        """samples: int32, the sound's own bits at the top."""
        import numpy as np

        own = (samples >> (32 - self._bits)).astype("<i4", copy=False)
        self._seen.update(np.ascontiguousarray(own).view(np.uint8).reshape(-1, 4)[:, : self._bits // 8].tobytes())

    @property
    def holds(self) -> bool:
        return self._seen.digest() == self._expected


def _checksum_of(path: Path, sound) -> _Checksum | None:
    bits = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}.get(sound.subtype, 0) if sound.format == "FLAC" else 0
    expected = strip_sound.flac_checksum(path) if bits else b""
    return _Checksum(expected, bits) if any(expected) else None


def _blocks(sound, checksum: _Checksum | None) -> Iterator[np.ndarray]:
    """The sound, float32 of shape (frames, channels), a block after the other; the checksum sees it as whole numbers."""
    import numpy as np

    size = _BLOCK // sound.channels
    while len(block := sound.read(size, dtype="int32" if checksum else "float32", always_2d=True)):
        if checksum:
            checksum.see(block)
            block = block.astype(np.float32) / np.float32(1 << 31)
        yield block


class _Oddities:
    """What is to be told of a sound, seen a block at a time."""

    def __init__(self, channels: int, rate: int):
        self._channels, self._rate, self._top = channels, rate, 0.0
        self._cells: list[np.ndarray] = []

    def look(self, block: np.ndarray) -> None:
        self._top = max(self._top, top_of(block))
        if self._channels > 1:
            self._cells.append(phase.powers(block, self._rate))

    @property
    def facts(self) -> dict:
        import numpy as np

        lost = phase.lost(np.concatenate(self._cells)) if self._cells else 0.0
        louder = {"top_dbfs": round(20 * math.log10(self._top), 1)} if self._top > 1 else {}
        return louder | ({"mono_loses": round(lost, 2)} if lost > phase.TELLING else {})


def oddities(samples: np.ndarray, rate: int) -> dict:
    """Facts that a person should know of, of a sound in memory; {} of most.

    top_dbfs: its loudest sample, dB above full scale.   mono_loses: the share (0 to 1) of what is heard that the mean of its
    channels would lose, since they are in opposite phase there.
    """
    seen = _Oddities(samples.shape[1], rate)
    seen.look(samples)
    return seen.facts


def remarks(facts: dict) -> list[str]:
    """The same in sentences for a person. facts: of `oddities`, or of an item."""
    sentences = []
    if "top_dbfs" in facts:
        sentences.append(f"It goes {max(facts['top_dbfs'], 0.1):g} dB above full scale. In a dataset, and where it is played here, it is made "
                    "quieter as a whole, so that nothing of it is cut off.")
    if "mono_loses" in facts:
        sentences.append(f"Its channels are in opposite phase: {_share(facts['mono_loses'])} of it would be silent in their mean. Where it "
                    "becomes mono, it is put together so that this is still heard; in a browser on one loudspeaker it may be silent.")
    return sentences


def _share(part: float) -> str:
    return "all" if part > 0.95 else f"about {max(round(100 * part), 1)} %"


# --- in memory --------------------------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class Sound:
    """A sound in memory, as the steps of a recipe take and give it.

    samples: float32 of shape (frames, channels), from -1 to 1.   rate: frames a second, Hz.
    top_dbfs: how far its file goes above full scale, dB; where that is more than 0, it was made quieter when it was opened.
    """

    samples: np.ndarray
    rate: int
    top_dbfs: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def channels(self) -> int:
        return self.samples.shape[1]

    def mono(self) -> np.ndarray:
        """Its channels as one, float32 of shape (frames,): their mean, or another way where that would lose some of it (phase.py)."""
        import numpy as np

        weights = phase.weights(phase.powers(self.samples, self.rate)) if self.channels > 1 else None
        return self.samples.mean(axis=1) if weights is None else (self.samples @ weights).astype(np.float32)

    def cut(self, first: int, last: int) -> Sound:
        """The frames from `first` up to, and without, `last`."""
        return Sound(self.samples[first:last], self.rate)

    def as_file(self, form: str = "WAV") -> bytes:
        """The content of a file, 16 bit a sample; one that goes above full scale is made quieter as a whole. form: WAV or FLAC."""
        import soundfile

        content = io.BytesIO()
        if form == "WAV":
            self.write(content)
        else:
            soundfile.write(content, _as_16_bit(within(self.samples)), self.rate, format=form, subtype="PCM_16")
        return content.getvalue()

    def write(self, target: Path | BinaryIO) -> None:
        """The same into a WAV, a block at a time. Raises OSError where the disk is full."""
        import numpy as np

        size = max(_BLOCK // max(self.channels, 1), 1)
        starts = range(0, len(self.samples), size)
        gain = np.float32(gain_of(max((top_of(self.samples[start : start + size]) for start in starts), default=0.0)))
        with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
            file.setparams((self.channels, 2, self.rate, len(self.samples), "NONE", ""))
            for start in starts:
                file.writeframesraw(_as_16_bit(self.samples[start : start + size] * gain).astype("<i2").tobytes())


def within(samples: np.ndarray) -> np.ndarray:
    """Quieter as a whole, down to -1 dBFS, where the loudest sample would be cut off; else the same."""
    import numpy as np

    top = top_of(samples)
    return samples if top <= 1 else samples * np.float32(gain_of(top))


def gain_of(top: float) -> float:
    """What to multiply a sound by whose loudest sample is `top`."""
    return CEILING / top if top > 1 else 1.0


def top_of(samples: np.ndarray) -> float:
    import numpy as np

    return float(np.abs(samples).max(initial=0.0))


def _as_16_bit(samples: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)


def open_sound(path: Path, seconds: float | None = None) -> Sound:
    """Decodes a sound (WAV, FLAC, MP3, Ogg): 11 MB for each minute of 48 kHz mono. seconds: only so many, from its beginning.

    One that goes above full scale anywhere is made quieter as a whole, so that all that is cut out of it keeps one loudness.
    Raises UserError.
    """
    import numpy as np
    import soundfile

    path = Path(path)
    with naming(path.name):
        try:
            with soundfile.SoundFile(path) as file:
                frames = -1 if seconds is None else round(seconds * file.samplerate)
                samples = file.read(frames, dtype="float32", always_2d=True)
                top = max(top_of(samples), _top_of_the_rest(file))
        except soundfile.LibsndfileError as error:
            raise broken("Its sound cannot be decoded to the end.") from error
        check_samples(samples)
        if top <= 1:
            return Sound(samples, file.samplerate)
        return Sound(samples * np.float32(gain_of(top)), file.samplerate, top_dbfs=20 * math.log10(top))


def write_within(path: Path, target: Path) -> None:
    """Writes a sound as a FLAC of 16 bit, quieter as a whole where it goes above full scale, a block at a time. Raises UserError."""
    import numpy as np
    import soundfile

    with naming(path.name, target.parent), soundfile.SoundFile(path) as source:
        gain = np.float32(gain_of(_top_of_the_rest(source)))
        source.seek(0)
        with soundfile.SoundFile(target, "w", source.samplerate, source.channels, "PCM_16", format="FLAC") as quieter:
            for block in _blocks(source, None):
                quieter.write(_as_16_bit(block * gain))


def _top_of_the_rest(file) -> float:
    """The loudest sample of what has not been read yet; only floating point numbers and what decodes to them can pass 1."""
    if file.subtype.startswith("PCM_"):
        return 0.0
    return max((top_of(block) for block in _blocks(file, None)), default=0.0)


# --- small ------------------------------------------------------------------------------------------------------

def thumbnail(path: Path, size: int = 256) -> bytes:
    """The waveform of a sound, drawn in ink on paper: a WebP of `size` x `size` pixels. Raises UserError."""
    from PIL import Image, ImageDraw

    from lib.media.picture import INK, PAPER, as_webp

    path = Path(path)
    with naming(path.name):
        image = Image.new("RGB", (size, size), PAPER)
        pen, middle, reach = ImageDraw.Draw(image), size / 2, size * 0.44
        for x, (low, high) in enumerate(waveform(path, size)):
            pen.line([(x, middle - reach * high - 0.5), (x, middle - reach * low + 0.5)], INK)
        return as_webp(image)


def waveform(path: Path, columns: int) -> list[tuple[float, float]]:
    """The lowest and highest sample (-1 to 1 is the loudest, of all channels) of `columns` equal pieces of a sound."""
    import numpy as np
    import soundfile

    pieces = []
    with soundfile.SoundFile(path) as sound:
        edges = np.linspace(0, sound.frames, columns + 1).astype(int)
        for length in np.diff(edges):
            block = sound.read(max(int(length), 1), dtype="float32", always_2d=True)
            pieces.append((float(block.min()), float(block.max())) if len(block) else (0.0, 0.0))
    loudest = max((max(-low, high) for low, high in pieces), default=0) or 1.0
    return [(low / loudest, high / loudest) for low, high in pieces]
