"""The network: pitch, loudness and whether it sings, in; how loud each harmonic and each band of noise is, out. And the room behind it.

After the decoder of DDSP (Engel et al. 2020), far narrower: networks of some thousand numbers do as well (Volhejn 2022), and this one
has to run in a browser (lib/ui/live_sound/ddsp.js, the same once more). Read `Decoder.forward`, then `Room`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from lib.media.sound_measures import LOWEST
from lib.models.ddsp.units import BANDS, HARMONICS, RATE, ROOM

GIVEN = 3               # numbers of a moment: pitch, loudness, sings
FAR = 3.0               # spreads from the middle, from which on higher is no different: what it never heard
SLOPE = 0.2             # of a leaky ReLU below 0
BREATH = -5.0           # where noise begins: nearly silent, as Engel et al. have it
FADES = 20.0            # dB over silence (-100) in which everything fades to nothing, whatever hissed in the recordings
LEAST = 1e-7            # the quietest that anything gets
_DECAY = 0.12           # seconds in which a room is expected to fade to a third, before anything is learned


class Decoder(nn.Module):
    """width: of every layer."""

    def __init__(self, width: int):
        super().__init__()
        self.width = width
        self.see, self.look = nn.Linear(GIVEN, width), nn.Linear(width, width)
        self.remember = nn.GRU(width, width, batch_first=True)
        self.join = nn.Linear(width + GIVEN, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.say = nn.Linear(width, 1 + HARMONICS + BANDS)
        self.register_buffer("middle", torch.tensor([60.0, -40.0]))     # of pitch (MIDI) and loudness (dB), in what it learns from
        self.register_buffer("spread", torch.tensor([12.0, 15.0]))

    def forward(self, hertz, loudness, sings, state=None):
        """hertz, loudness (dB), sings (0 to 1): (B, T) each. state: (1, B, width), what it remembers of before.

        Returns the amplitudes of the harmonics (B, T, 60), those of the bands of noise (B, T, 65), and the state that goes on.
        """
        told = torch.stack([69 + 12 * torch.log2(hertz / 440), loudness], -1)
        told = torch.cat([((told - self.middle) / self.spread).clamp(-FAR, FAR), 2 * sings[..., None] - 1], -1)     # (B, T, 3)
        heard = self._layer(1, self.look, self._layer(0, self.see, told))
        remembered, state = self.remember(heard, state)
        said = self.say(self._layer(2, self.join, torch.cat([remembered, told], -1)))
        loud, harmonics, noise = said.split([1, HARMONICS, BANDS], -1)
        there = ((loudness - LOWEST) / FADES).clamp(0, 1)[..., None]
        return there * shares(loud, harmonics, hertz), there * positive(noise + BREATH), state

    def _layer(self, number: int, linear: nn.Linear, x):
        return F.leaky_relu(self.norms[number](linear(x)), SLOPE)


def positive(x):
    """From any number to one between 0 and 2 (the scaled sigmoid of Engel et al. 2020, appendix B)."""
    return 2 * torch.sigmoid(x) ** math.log(10) + LEAST


def shares(loud, harmonics, hertz):
    """How loud each harmonic is: all together `loud`, shared among those below half the rate. (B, T, 1), (B, T, 60), (B, T) -> (B, T, 60)"""
    number = torch.arange(1, HARMONICS + 1, device=hertz.device, dtype=hertz.dtype)
    there = positive(harmonics) * (hertz[..., None] * number < RATE / 2)
    return positive(loud) * there / (there.sum(-1, keepdim=True) + LEAST)


class Room(nn.Module):
    """What is heard after a click, half a second long: free taps under a fading that is learned too. The click itself is not in it."""

    def __init__(self) -> None:
        super().__init__()
        self.taps = nn.Parameter(1e-3 * torch.randn(ROOM))
        self.fading = nn.Parameter(torch.tensor(math.log(1 / _DECAY)))      # of the logarithm of how much it fades in a second

    def response(self):
        """(ROOM,)"""
        time = torch.arange(1, ROOM + 1, device=self.taps.device) / RATE
        return self.taps * torch.exp(-time * self.fading.exp())

    def forward(self, dry):
        """(B, frames) with the room behind it, of the same length; before the beginning there was silence."""
        length = dry.shape[-1]
        size = 1 << (length + ROOM - 1).bit_length()
        wet = torch.fft.irfft(torch.fft.rfft(dry, size) * torch.fft.rfft(F.pad(self.response(), (1, 0)), size), size)
        return dry + wet[..., :length]
