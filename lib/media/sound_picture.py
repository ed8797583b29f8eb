"""A sound as a picture: its waveform and its spectrogram, in ink on paper, with named axes. Read `waveform` first.

Both take the seconds that the whole width stands for, so that two sounds can be set beside each other on one scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from lib.media.picture import INK, PAPER
from lib.media.sound import Sound

if TYPE_CHECKING:
    import numpy as np

RANGE = 80.0            # dB between what is blank and what is black in a spectrogram
LOWEST = 50.0           # Hz, at the foot of a spectrogram
_RULE, _ACCENT = "#D8CBB6", "#C8321F"
_LEFT, _FOOT, _TOP = 62, 38, 8      # px around the drawing, for the axes
_WINDOW = 2048          # frames of a Fourier transform at 48 kHz; as long in seconds at any rate
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)     # seconds between two marks


def waveform(sound: Sound, seconds: float | None = None, size: tuple[int, int] = (640, 180)) -> Image.Image:
    """The lowest and highest sample at each place, from -1 to 1 (full scale), over seconds. size: px."""
    image, box = _paper(size)
    pen, (left, top, right, bottom) = ImageDraw.Draw(image), box
    middle, reach = (top + bottom) / 2, (bottom - top) / 2 - 1
    for value in (-1, -0.5, 0, 0.5, 1):
        y = middle - value * reach
        pen.line([(left, y), (right, y)], _RULE)
        if value in (-1, 0, 1):
            _words(pen, (left - 6, y), f"{value:g}", "rm")
    for x, (low, high) in enumerate(_extremes(sound, _columns(sound, seconds, right - left)), start=left):
        pen.line([(x, middle - high * reach), (x, middle - low * reach)], _ACCENT if max(high, -low) >= 0.999 else INK)
    _time_axis(pen, box, seconds or sound.seconds)
    _words(pen, (left - 34, middle), "amplitude", "mm", turned=image)
    return image


def spectrogram(sound: Sound, seconds: float | None = None, size: tuple[int, int] = (640, 240), highest: float = 0) -> Image.Image:
    """How loud each pitch is at each moment: the darker, the louder (80 dB from paper to ink). The pitch axis is logarithmic.

    Full black is a sine at full scale, so that two spectrograms can be compared. size: px. highest: Hz, at the top; half its
    sampling rate unless told. What a sound cannot hold, above that half, is blank.
    """
    import numpy as np

    image, box = _paper(size)
    left, top, right, bottom = box
    columns = _columns(sound, seconds, right - left)
    highest = highest or sound.rate / 2
    if columns and highest > LOWEST:
        tones = np.geomspace(highest, LOWEST, bottom - top)
        level = _levels(sound, columns, tones)
        level[tones > sound.rate / 2] = -RANGE
        share = np.clip(1 + level / RANGE, 0, 1)[..., None]
        paper, ink = (np.array(Image.new("RGB", (1, 1), colour))[0, 0] for colour in (PAPER, INK))
        image.paste(Image.fromarray((paper + share * (ink.astype(float) - paper)).round().astype(np.uint8)), (left, top))
    pen = ImageDraw.Draw(image)
    for hertz in (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000):
        if LOWEST < hertz < highest:
            y = bottom - (bottom - top) * np.log(hertz / LOWEST) / np.log(highest / LOWEST)
            pen.line([(left - 4, y), (left, y)], INK)
            if hertz in (100, 1000, 10_000):
                _words(pen, (left - 6, y), f"{hertz:,}", "rm")
    pen.rectangle(box, outline=_RULE)
    _time_axis(pen, box, seconds or sound.seconds)
    _words(pen, (left - 50, (top + bottom) / 2), "pitch, Hz", "mm", turned=image)
    return image


def pitch_line(notes: Sequence[float], every: float, size: tuple[int, int] = (560, 210)) -> Image.Image:
    """How high a voice sings at each moment, as dots between lines for each C and G; a gap where it does not sing.

    notes: as MIDI counts them, NaN where there is none.   every: seconds between two.   size: px.
    """
    import numpy as np

    image, box = _paper(size)
    pen, (left, top, right, bottom) = ImageDraw.Draw(image), box
    values = np.asarray(notes, float)
    sung = values[np.isfinite(values)]
    low, high = (float(np.percentile(sung, 1)) - 3, float(np.percentile(sung, 99)) + 3) if len(sung) else (48.0, 72.0)
    up = lambda note: bottom - (bottom - top) * (note - low) / (high - low)
    for note in range(int(np.ceil(low)), int(high) + 1):
        if note % 12 in (0, 7):
            pen.line([(left, up(note)), (right, up(note))], _RULE)
            _words(pen, (left - 6, up(note)), f"{'C' if note % 12 == 0 else 'G'}{note // 12 - 1}", "rm")
    for at, note in enumerate(values.tolist()):
        if low <= note <= high:
            x = left + (right - left) * (at + 0.5) / len(values)
            pen.rectangle([x - 1, up(note) - 1, x + 1, up(note) + 1], _ACCENT)
    _time_axis(pen, box, len(values) * every)
    _words(pen, (left - 50, (top + bottom) / 2), "pitch", "mm", turned=image)
    return image


def _paper(size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int, int, int]]:
    width, height = size
    return Image.new("RGB", size, PAPER), (_LEFT, _TOP, width - 12, height - _FOOT)


def _columns(sound: Sound, seconds: float | None, wide: int) -> int:
    """How many px the sound takes of the width."""
    return max(round(wide * min(sound.seconds / (seconds or sound.seconds or 1), 1)), 1) if len(sound.samples) else 0


def _extremes(sound: Sound, columns: int) -> list[tuple[float, float]]:
    import numpy as np

    if not columns:
        return []
    lowest, highest = sound.samples.min(axis=1), sound.samples.max(axis=1)     # of all channels: their mean may be silent
    starts = np.linspace(0, len(lowest), columns, endpoint=False).astype(int)
    low, high = np.minimum.reduceat(lowest, starts), np.maximum.reduceat(highest, starts)
    return [(max(float(a), -1.0), min(float(b), 1.0)) for a, b in zip(low, high, strict=True)]


def _levels(sound: Sound, columns: int, tones: np.ndarray) -> np.ndarray:
    """dB at each of the tones (rows, Hz) and moments (columns), 0 for a sine at full scale: Hann windows, each transformed."""
    import numpy as np

    length = window_of(sound.rate)
    starts = np.linspace(0, max(len(sound.samples) - 1, 0), columns).astype(int)
    padded = np.pad(sound.samples, ((length // 2, length), (0, 0)))
    return levels((channel[starts[:, None] + np.arange(length)] for channel in padded.T), sound.channels, sound.rate, tones)


def window_of(rate: int) -> int:
    """The frames of one Fourier transform."""
    return max(round(_WINDOW * rate / 48_000), 64)


def levels(windows: Iterable[np.ndarray], channels: int, rate: int, tones: np.ndarray) -> np.ndarray:
    """dB at each of the tones (rows, Hz) in each window (columns). windows: of each channel, (columns, `window_of(rate)`)."""
    import numpy as np

    length = window_of(rate)
    window, power = np.hanning(length).astype(np.float32), 0.0
    for frames in windows:
        power = power + np.square(np.abs(np.fft.rfft(frames * window)) / (window.sum() / 2)) / channels
    power = np.sqrt(power)      # the mean of the channels' powers: in the mean of the channels, opposite phases are silence
    bins = np.clip(np.rint(tones * length / rate).astype(int), 1, power.shape[1] - 1)
    edges = np.append(bins, bins[-1])
    # High up a row stands for several bins: the loudest of them is drawn, so that no thin tone is passed over.
    rows = [power[:, min(a, b): max(a, b) + 1].max(axis=1) for a, b in zip(edges, edges[1:], strict=False)]
    return 20 * np.log10(np.maximum(np.array(rows), 1e-6))


def _time_axis(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], seconds: float) -> None:
    left, _, right, bottom = box
    step = next((tick for tick in _TICKS if seconds / tick <= 8), _TICKS[-1])
    for number in range(int(seconds / step + 1e-6) + 1):
        x = left + (right - left) * number * step / max(seconds, 1e-6)
        pen.line([(x, bottom), (x, bottom + 4)], INK)
        if x < right - 90 or number == 0:
            _words(pen, (x, bottom + 6), f"{number * step:g}", "ma" if number else "la")
    _words(pen, (right, bottom + 6), f"{seconds:.3g} seconds" if seconds < 100 else f"{seconds:.0f} seconds", "ra")


def _words(pen: ImageDraw.ImageDraw, place: tuple[float, float], words: str, anchor: str, turned: Image.Image | None = None) -> None:
    """turned: written upwards onto this picture, with its middle at the place."""
    font = ImageFont.load_default(14)
    if turned is None:
        pen.text(place, words, INK, font, anchor=anchor)
        return
    wide = round(font.getlength(words)) + 4
    label = Image.new("RGB", (wide, 20), PAPER)
    ImageDraw.Draw(label).text((2, 10), words, INK, font, anchor="lm")
    upright = label.rotate(90, expand=True)
    turned.paste(upright, (round(place[0] - 10), round(place[1] - wide / 2)))
