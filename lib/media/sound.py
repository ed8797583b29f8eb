"""Sounds: let in clean, held in memory, and drawn as a waveform. Read `clean` first, then `Sound`.

WAV, FLAC, MP3 and Ogg keep their compressed data and lose their tags; M4A, AAC, AIFF and WebM sounds become FLAC.
"""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.media import ffmpeg, strip_sound, structure
from lib.media.source import Refusal, broken, cut_off, naming, opened

if TYPE_CHECKING:
    import numpy as np

LONGEST = 4 * 3600           # seconds
CHANNELS = 8
HOLLOW_SOUND = 200_000_000   # bytes: below this, a sound may be as silent as it likes
HOLLOW_RATIO = 1000          # unpacked bytes for each byte of the file; speech in Opus reaches 250
TIME_LIMIT = 600             # seconds that ffmpeg may work on one sound

_STRIPPED = {"wav": strip_sound.wav, "flac": strip_sound.flac, "mp3": strip_sound.mp3, "ogg": strip_sound.ogg}
_CHECKS = {"aiff": structure.aiff, "oga": structure.ogg, "mov": structure.boxes, "matroska": structure.matroska}
_LOSSLESS = ("alac", "flac", "pcm_")
_BARE = ("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")


def clean(source: Path, stem: Path, form: str, keep_metadata: bool = False) -> tuple[Path, dict]:
    """Writes a verified copy of a sound without its tags; the same file gives the same copy, bit for bit.

    stem: path of the copy without its suffix.   form: as sniff.py names it.
    Returns the copy's path (.wav, .flac, .mp3 or .ogg) and facts: seconds, rate (samples a second), channels.
    Raises Refusal.
    """
    if form not in _STRIPPED:
        target = Path(f"{stem}.flac")
        _convert(source, target, form)
        return target, verify(target)
    target = Path(f"{stem}.{form}")
    with opened(source) as file, open(target, "wb") as copy:
        _STRIPPED[form](file, copy)
    facts = verify(target)
    if keep_metadata:
        shutil.copyfile(source, target)
    return target, facts


def holds_only_sound(source: Path, form: str) -> bool:
    """True for an MP4, MOV or WebM without a moving picture. Raises Refusal where nothing in it can be read."""
    return not ffmpeg.streams(source, form).video


def _convert(source: Path, target: Path, form: str) -> None:
    with opened(source) as file:
        _CHECKS.get(form, lambda file: None)(file)
    streams = ffmpeg.streams(source, form)
    if not streams.sound:
        raise Refusal("holds no sound", "There is no sound track in it.", "Choose another file.")
    _check_length(streams.seconds)
    _check_hollow(streams.seconds * 48_000 * 2, os.stat(source).st_size)
    depth = () if streams.sound.startswith(_LOSSLESS) else ("-sample_fmt", "s16")
    done = ffmpeg.call(source, form, *_BARE, "-c:a", "flac", *depth, "-t", str(LONGEST + 1), "-f", "flac", "-y",
                       f"file:{target.absolute()}", before=("-xerror", "-err_detect", "explode"), seconds=TIME_LIMIT)
    ffmpeg.check_made(done, target)


def verify(path: Path) -> dict:
    """Decodes a sound from beginning to end, a block at a time. Returns its facts; raises Refusal."""
    import soundfile

    try:
        return _decoded(path)
    except soundfile.LibsndfileError as error:
        raise broken("Its sound cannot be decoded to the end.") from error


def _decoded(path: Path) -> dict:
    import soundfile

    with soundfile.SoundFile(path) as sound:
        _check_header(sound, os.stat(path).st_size)
        promised, there = sound.frames, 0
        size = (1 << 18) // sound.channels
        while len(block := sound.read(size, dtype="float32", always_2d=True)):
            check_samples(block)
            there += len(block)
            _check_length(there / sound.samplerate)
        if there < promised - sound.samplerate // 10:  # MP3s tell their length to within a frame or two
            raise cut_off(f"Its header promises {promised / sound.samplerate:.1f} seconds of sound; "
                          f"only {there / sound.samplerate:.1f} are there.")
        if not there:
            raise Refusal("holds no sound", "It is 0 seconds long.", "Choose another file, or record it again.")
        return {"seconds": round(there / sound.samplerate, 3), "rate": sound.samplerate, "channels": sound.channels}


def _check_header(sound, file_bytes: int) -> None:
    if sound.channels > CHANNELS:
        raise Refusal(f"has {sound.channels} channels", f"Sounds may have up to {CHANNELS}.",
                      "Mix it down to one or two channels and add that.")
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


# --- in memory --------------------------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class Sound:
    """A sound in memory, as the steps of a recipe take and give it.

    samples: float32 of shape (frames, channels), from -1 to 1.   rate: frames a second, Hz.
    """

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def channels(self) -> int:
        return self.samples.shape[1]

    def mono(self) -> np.ndarray:
        """The mean of its channels, float32 of shape (frames,)."""
        return self.samples.mean(axis=1)

    def cut(self, first: int, last: int) -> Sound:
        """The frames from `first` up to, and without, `last`."""
        return Sound(self.samples[first:last], self.rate)

    def as_file(self, form: str = "WAV") -> bytes:
        """The content of a file, 16 bit a sample; what is louder than full scale is cut. form: WAV or FLAC."""
        import numpy as np
        import soundfile

        content = io.BytesIO()
        whole = np.rint(np.clip(self.samples, -1, 1) * 32767).astype(np.int16)
        soundfile.write(content, whole, self.rate, format=form, subtype="PCM_16")
        return content.getvalue()


def open_sound(path: Path, seconds: float | None = None) -> Sound:
    """Decodes a sound (WAV, FLAC, MP3, Ogg): 11 MB for each minute of 48 kHz mono. seconds: only so many, from its beginning.

    Raises UserError.
    """
    import soundfile

    path = Path(path)
    with naming(path.name):
        try:
            with soundfile.SoundFile(path) as file:
                frames = -1 if seconds is None else round(seconds * file.samplerate)
                sound = Sound(file.read(frames, dtype="float32", always_2d=True), file.samplerate)
        except soundfile.LibsndfileError as error:
            raise broken("Its sound cannot be decoded to the end.") from error
        check_samples(sound.samples)
        return sound


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
    """The lowest and highest sample (-1 to 1, the mean of all channels) of `columns` equal pieces of a sound."""
    import numpy as np
    import soundfile

    pieces = []
    with soundfile.SoundFile(path) as sound:
        edges = np.linspace(0, sound.frames, columns + 1).astype(int)
        for length in np.diff(edges):
            block = sound.read(max(int(length), 1), dtype="float32", always_2d=True).mean(axis=1)
            pieces.append((float(block.min()), float(block.max())) if len(block) else (0.0, 0.0))
    loudest = max((max(-low, high) for low, high in pieces), default=0) or 1.0
    return [(low / loudest, high / loudest) for low, high in pieces]
