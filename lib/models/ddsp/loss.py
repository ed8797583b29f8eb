"""What a training makes small, with a slope: the multi-scale spectral distance and that of loudness (lib/media/sound_measures.py). Read `spectral`, `loudness`.

The first alone learns to be too soft. Pitch and loudness do not tell which vowel is sung; absolute differences then make small the distance
from the middle one of all that it might be (the median), and middle magnitudes are less loud together than any one of them. How loud it is to
be, on the other hand, is told: so that is asked for as well.
"""

from __future__ import annotations

import torch

from lib.media.sound_measures import HEARD, SIZES, TINY, WINDOW, a_weights
from lib.models.ddsp.units import RATE

_SILENT = 10 ** (HEARD / 10) * 3 * WINDOW**2 / 16   # what sound_measures.HEARD is in sums of squared magnitudes: below it everything is silence


def spectral(made, wanted, skip: int = 0):
    """made, wanted: (B, frames). skip: frames at the beginning that do not count; they are heard all the same. Returns one number."""
    made, wanted = made[:, skip:], wanted[:, skip:]
    total = made.new_zeros(())
    for size in SIZES:
        with torch.no_grad():
            meant = magnitudes(wanted, size)
            log_meant = meant.clamp(TINY).log_()
        now = magnitudes(made, size)
        total = total + (now - meant).abs().mean() + (now.clamp(TINY).log() - log_meant).abs().mean()
    return total


def loudness(made, wanted, skip: int = 0):
    """The mean difference in loudness, in nepers (of 8.7 dB), as the spectral distance has its logarithms too. As `spectral`."""
    with torch.no_grad():
        meant = levels(wanted[:, skip:])
    return (levels(made[:, skip:]) - meant).abs().mean()


def levels(sound):
    """How loud each moment is to the ear, (B, moments), in nepers; up to a constant what `sound_measures.loudness_curve` has."""
    weights = torch.from_numpy(a_weights(RATE)).to(sound)
    return 0.5 * torch.log(weights @ magnitudes(sound, WINDOW).square() + _SILENT)


def magnitudes(sound, size: int):
    """In Hann windows that overlap by three quarters, (B, size // 2 + 1, moments); those at both ends lie half in silence."""
    window = torch.hann_window(size, device=sound.device)
    spectrum = torch.stft(sound, size, size // 4, window=window, pad_mode="constant", return_complex=True)
    parts = torch.view_as_real(spectrum)
    return (parts.square().sum(-1) + 1e-14).sqrt()


