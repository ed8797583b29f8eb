"""A sound of any length at a glance: its waveform, its spectrogram and its loudness, heard once, a block at a time. Read `overview`.

For pages, which draw their own axes around it (lib/ui/widgets/sound_player.js). A picture with axes is drawn by sound_picture.py.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lib.media import loudness, sound_picture
from lib.media.picture import INK, PAPER
from lib.media.sound import top_of
from lib.media.source import broken, naming

WIDE, WAVE, SPECTRUM = 800, 96, 120     # px
HIGHEST = 16_000.0                      # Hz at the top of the spectrogram, where the sound goes so high
MEASURED = 900                          # seconds: of longer sounds, the loudness of so much, evenly spread
_BLOCK = 1 << 16                        # frames


@dataclass(frozen=True)
class Overview:
    """seconds, rate (Hz), channels, lufs (integrated, -70 for silence; of long sounds measured on parts of it, which `lufs_is_of_all` says), top (loudest sample, dBFS), highest (Hz, at the top of the picture).

    picture: a WebP of WIDE x (WAVE + SPECTRUM) px: the waveform of all channels above, the spectrogram (logarithmic from 50 Hz) below.
    """

    seconds: float
    rate: int
    channels: int
    lufs: float
    lufs_is_of_all: bool
    top: float
    highest: float
    picture: bytes


def overview(path: Path) -> Overview:
    """Raises UserError where the sound cannot be decoded."""
    import soundfile

    path = Path(path)
    with naming(path.name):
        try:
            with soundfile.SoundFile(path) as file:
                return _heard(file)
        except soundfile.LibsndfileError as error:
            raise broken("Its sound cannot be decoded to the end.") from error


def _heard(file) -> Overview:
    frames, rate = file.frames, file.samplerate
    meter, top = loudness.Meter(rate, file.channels), 0.0
    low, high = np.zeros(WIDE), np.zeros(WIDE)
    highest = min(HIGHEST, rate / 2)
    tones = np.geomspace(highest, sound_picture.LOWEST, SPECTRUM)
    levels = np.full((SPECTRUM, WIDE), -sound_picture.RANGE)
    window = sound_picture.window_of(rate)
    at, before = 0, np.zeros((0, file.channels), np.float32)
    starts = np.linspace(0, max(frames - 1, 0), WIDE).astype(int)       # the middle of each column's window
    drawn, number, each = 0, 0, max(-(-frames // (rate * MEASURED)), 1)
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        if number % each == 0:
            meter.add(block)
        number += 1
        top = max(top, top_of(block))
        place = np.minimum((at + np.arange(len(block))) * WIDE // max(frames, 1), WIDE - 1)
        begin = np.flatnonzero(np.diff(place, prepend=-1))
        low[place[begin]] = np.minimum(low[place[begin]], np.minimum.reduceat(block.min(axis=1), begin))
        high[place[begin]] = np.maximum(high[place[begin]], np.maximum.reduceat(block.max(axis=1), begin))
        there, at = np.concatenate([before, block]), at + len(block)
        until = int(np.searchsorted(starts, at - window, side="right")) if at < frames else WIDE
        if until > drawn:
            levels[:, drawn:until] = _levels(there, rate, starts[drawn:until] - (at - len(there)), tones)
            drawn = until
        before = there[-2 * window :]
    return Overview(at / rate, rate, file.channels, meter.integrated(), each == 1, 20 * np.log10(max(top, 1e-6)), highest, _drawn(low, high, levels))


def _levels(there: np.ndarray, rate: int, middles: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """dB at each of the tones (rows) around these moments (columns)."""
    window = sound_picture.window_of(rate)
    padded = np.pad(there, ((window // 2, window), (0, 0)))
    return sound_picture.levels((channel[middles[:, None] + np.arange(window)] for channel in padded.T), there.shape[1], rate, tones)


def _drawn(low: np.ndarray, high: np.ndarray, levels: np.ndarray) -> bytes:
    """Ink on paper; the waveform fills its height, however quiet the sound is."""
    paper, ink = (np.array(Image.new("RGB", (1, 1), colour))[0, 0].astype(float) for colour in (PAPER, INK))
    loudest = max(float(high.max()), float(-low.min()), 1e-6)
    rows = np.linspace(1, -1, WAVE)[:, None]
    half = 1.2 / WAVE
    wave = (rows <= high / loudest + half) & (rows >= low / loudest - half)
    share = np.concatenate([wave.astype(float), np.clip(1 + levels / sound_picture.RANGE, 0, 1)])[..., None]
    content = io.BytesIO()
    Image.fromarray((paper + share * (ink - paper)).round().astype(np.uint8)).save(content, "WEBP", quality=80)
    return content.getvalue()
