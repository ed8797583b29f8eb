"""What a training makes small, with a slope: the multi-scale spectral distance and that of loudness (lib/media/sound_measures.py). Read `distances`.

The first alone learns to be too soft. Pitch and loudness do not tell which vowel is spoken; absolute differences then lead to the middle one of
all magnitudes that it might have (the median), and so many middle ones are softer together than any vowel is. How loud it is to be, on the other
hand, is told: so that is asked for as well.
"""

from __future__ import annotations

import torch

from lib.media.sound_measures import HEARD, SIZES, TINY, WINDOW, a_weights
from lib.models.ddsp.units import RATE

_SILENT = 10 ** (HEARD / 10) * 3 * WINDOW**2 / 16   # what HEARD is in sums of squared magnitudes: below it everything is silence


def distances(made, wanted, skip: int = 0):
    """made, wanted: (B, frames). skip: frames at the beginning that do not count; they are heard all the same.

    Returns two numbers: the spectral distance, and the mean difference in loudness in nepers (of 8.7 dB), as the first has its logarithms too.
    """
    made, wanted = made[:, skip:], wanted[:, skip:]
    total = loudness = made.new_zeros(())
    for size in SIZES:
        with torch.no_grad():
            meant = magnitudes(wanted, size)
            log_meant = meant.clamp(TINY).log_()
        now = magnitudes(made, size)
        total = total + (now - meant).abs().mean() + (now.clamp(TINY).log() - log_meant).abs().mean()
        if size == WINDOW:
            loudness = (levels(now) - levels(meant)).abs().mean()
    return total, loudness


def levels(magnitudes):
    """How loud each moment is to the ear, in nepers; up to a constant what `sound_measures.loudness_curve` has. (B, 513, moments) -> (B, moments)"""
    weights = torch.from_numpy(a_weights(RATE)).to(magnitudes)
    return 0.5 * torch.log(weights @ magnitudes.square() + _SILENT)


def magnitudes(sound, size: int):
    """In Hann windows that overlap by three quarters, (B, size // 2 + 1, moments); those at both ends lie half in silence."""
    window = torch.hann_window(size, device=sound.device)
    spectrum = torch.stft(sound, size, size // 4, window=window, pad_mode="constant", return_complex=True)
    parts = torch.view_as_real(spectrum)
    return (parts.square().sum(-1) + 1e-14).sqrt()
