"""What is counted in, here and in the browser (lib/ui/live_sound/ddsp.js). A moment is 8 ms: a block of the Web Audio API at 16 kHz."""

from __future__ import annotations

RATE = 16_000               # Hz, of all that is heard and made
HOP = 128                   # frames between two moments
HARMONICS, BANDS = 60, 65   # sines over one pitch; bands of noise from 0 to half the rate
ROOM = RATE // 2            # frames that the room sounds after
LEAST, ADVISED = 1, 120     # seconds of sound
