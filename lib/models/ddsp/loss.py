"""What a training makes small: the multi-scale spectral distance (lib/media/sound_measures.py says its formula), with a slope. Read `spectral`."""

from __future__ import annotations

import torch

from lib.media.sound_measures import SIZES, TINY


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


def magnitudes(sound, size: int):
    """In Hann windows that overlap by three quarters, (B, size // 2 + 1, moments); those at both ends lie half in silence."""
    window = torch.hann_window(size, device=sound.device)
    spectrum = torch.stft(sound, size, size // 4, window=window, pad_mode="constant", return_complex=True)
    parts = torch.view_as_real(spectrum)
    return (parts.square().sum(-1) + 1e-14).sqrt()


