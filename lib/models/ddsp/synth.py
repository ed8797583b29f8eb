"""The synthesiser: harmonics of one pitch, and noise through a filter, from how loud each is at each moment. Read `harmonics`, `filtered_noise`.

Moment n is frame n * HOP. From one moment to the next amplitudes and pitch go on a straight line, and the noise of these frames goes through the
filter of the later one: what is heard depends on nothing that comes after, so that the same runs live (lib/ui/live_sound/ddsp.js).
A slope flows to the amplitudes, none to the pitch, which is given.
"""

from __future__ import annotations

import math

import torch

from lib.models.ddsp.units import BANDS, HARMONICS, HOP, RATE

TAPS = 2 * (BANDS - 1)      # frames of the noise's filter


def phases(hertz, start=0.0):
    """In turns, (B, T * HOP) in float64, from the pitches at moments 0 to T, (B, T + 1). start: the phase of frame 0, (B, 1)."""
    before, after = hertz[:, :-1, None].double(), hertz[:, 1:, None].double()
    way = torch.arange(1, HOP + 1, device=hertz.device, dtype=torch.float64) / HOP
    return start + (before + (after - before) * way).flatten(1).cumsum(1) / RATE


def harmonics(amplitudes, turns):
    """The sum of all harmonics, (B, T * HOP). amplitudes: at moments 0 to T, (B, T + 1, 60).   turns: `phases`.

    Between two moments it is a mean of what both would sound like, weighted by the way: so the sum over the harmonics is one product of
    matrices, in which nothing as large as frames times harmonics needs a slope.
    """
    batch, moments = amplitudes.shape[0], amplitudes.shape[1] - 1
    sines = waves(turns, amplitudes.dtype).view(HARMONICS, batch * moments, HOP).permute(1, 2, 0)
    both = torch.stack([amplitudes[:, :-1], amplitudes[:, 1:]], -1).view(batch * moments, HARMONICS, 2)
    before, after = torch.bmm(sines, both).unbind(-1)                       # (B * T, HOP) each
    way = torch.arange(1, HOP + 1, device=turns.device, dtype=amplitudes.dtype) / HOP
    return (before + (after - before) * way).view(batch, moments * HOP)


@torch.no_grad()
def waves(turns, dtype=torch.float64):
    """The sine of each harmonic, (60, frames): each is made of the two below it, sin (k+1)a = 2 cos a sin ka - sin (k-1)a."""
    angle = (torch.frac(turns) * (2 * math.pi)).flatten()
    twice = (2 * angle.cos()).to(dtype)
    sines = torch.empty(HARMONICS, len(angle), dtype=dtype, device=turns.device)
    sines[0] = angle.sin()
    torch.mul(twice, sines[0], out=sines[1])
    for number in range(2, HARMONICS):
        torch.mul(twice, sines[number - 1], out=sines[number]).sub_(sines[number - 2])
    return sines


def filtered_noise(bands, noise, ringing=None):
    """Noise, of which each stretch of HOP frames went through a filter of its own. bands: amplitudes at moments 1 to T, (B, T, 65).

    noise: (B, T * HOP), evenly between -1 and 1.   ringing: (B, HOP), what still sounds of before; silence where None.
    Returns (B, T * HOP) and what rings on.
    """
    batch, moments = bands.shape[:2]
    heard = torch.fft.rfft(noise.view(batch, moments, HOP), HOP + TAPS) * torch.fft.rfft(responses(bands), HOP + TAPS)
    heard = torch.fft.irfft(heard, HOP + TAPS)                              # (B, T, 2 HOP)
    now, later = heard[..., :HOP], heard[..., HOP:]
    ringing = torch.zeros_like(now[:, 0]) if ringing is None else ringing
    return (now + torch.cat([ringing[:, None], later[:, :-1]], 1)).flatten(1), later[:, -1]


def responses(bands):
    """The filter with these amplitudes at even distances up to half the rate (frequency sampling, Engel et al. 2020), (B, T, TAPS)."""
    return torch.fft.irfft(bands, TAPS).roll(TAPS // 2, -1) * _hann(bands)


def _hann(like):
    return torch.hann_window(TAPS, device=like.device, dtype=like.dtype)


def white(shape: tuple[int, ...], generator: torch.Generator | None = None):
    """Noise, evenly between -1 and 1."""
    return torch.rand(shape, generator=generator) * 2 - 1


