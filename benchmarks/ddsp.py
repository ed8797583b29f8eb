"""A training step of DDSP beside a plain loop of the same model, and how near it comes to a sound of yours. Run by hand, on a quiet computer:

    .venv/bin/python benchmarks/ddsp.py [--threads 1] [--sound recording.wav --steps 1000]

Both learn the same network from the same excerpts: the plain loop as one would write it down from the paper (a sine for each harmonic at
each frame, amplitudes drawn out with `interpolate`, `torch.stft` with a slope on both sides), interleaved with ours, the median of nine.
Goal: at most 1.0 times its time. --sound: trains on it, with its last tenth held back, and says how far that is in the end (multi-scale
spectral, log-mel, loudness, pitch), beside silence and beside noise with the mean spectrum of the held-out fragments.

What came out, in seconds of one processor on a busy computer (width 96, some 0.23 s a step). Preset good on a man who says letters, 2.5
minutes, of which the last 15 s are held back: 1800 of its 3000 steps (then it was stopped). Beside it, what the spectral
distance alone had come to in a run of 900 steps whose learning rate began at 0.002.

               spectral  log-mel, dB  loudness, dB  pitch, cents  seconds   alone: spectral, log-mel, loudness
    step  300      7.06         3.26          2.91           8         75   7.13  3.26  4.99 (step 315)
    step  600      7.08         3.15          2.45           7        145   7.06  3.15  4.05 (step 630, where it was stopped)
    step  900      6.90         3.11          2.35           6        213
    step 1200      6.97         3.13          2.51           6        284
    step 1350      6.95         3.16          2.19           6        322
    step 1500      7.01         3.11          2.11           6        357
    step 1650      7.10         3.20          2.02           6        394
    step 1800      7.17         3.21          1.85           6        433

Where it is loud (-25 to -15 dB) it was 3.2 dB too soft at step 641 without loudness being asked for, 1.5 dB at step 631 with it. A flute of
four minutes, eight excerpts of 4 s held back, at step 75: loudness 1.64 dB off, 1.17 with it; spectral 5.66 and 5.72, log-mel 3.63 and 3.67.
The voice likewise (five excerpts, as if for 400 steps) at step 200: loudness 9.5 and 4.7; spectral 7.42 and 7.59, log-mel 3.86 and 4.04.
From step 900 on the voice is learned by heart: the loss falls on to 6.0, and what is held back stays. A mean of weights earned too little to
be kept: that of six steps from 968 to 1304 has 6.97, each of them 6.90 to 7.12.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
import torch
import torch.nn.functional as F

from lib import models
from lib.media import sound_measures
from lib.media.sound import Sound, open_sound
from lib.models.ddsp import train as training
from lib.models.ddsp.excerpts import LEAD, SECOND, Batch, Recording
from lib.models.ddsp.hearing import Heard
from lib.models.ddsp.units import HARMONICS, HOP, RATE
from tests.models.conftest import Trainee, frozen

_ROUNDS = 9
_FACTS = {"pitch": [50.0, 60.0, 70.0], "loudness": [-50.0, -30.0, -15.0]}


def main(threads: int, sound: str, steps: int) -> None:
    torch.set_num_threads(threads)
    print(f"{threads} thread(s), 8 excerpts of {SECOND * HOP / RATE:g} s with {LEAD * HOP / RATE:.2f} s before each\n{'width':>6}{'ours, ms':>10}{'plain, ms':>11}{'ratio':>7}")
    for width in (64, 96, 128):
        ours, plain = side_by_side(width)
        print(f"{width:6}{1000 * ours:10.0f}{1000 * plain:11.0f}{ours / plain:7.2f}", flush=True)
    if sound:
        learn(Path(sound), steps)


def side_by_side(width: int) -> tuple[float, float]:
    """Seconds of a step, ours and the plain one."""
    batch, settings = excerpts(), models.validate("ddsp", {"width": width})
    torch.manual_seed(0)
    pupil, other = (training.Pupil(settings, torch.device("cpu"), _FACTS) for _ in range(2))
    optimiser = torch.optim.Adam(other.parts.parameters(), 1e-3)
    took: list[list[float]] = [[], []]
    for round in range(_ROUNDS + 1):
        for way, times in zip((lambda: pupil.learn(batch), lambda: plain_step(other, optimiser, batch)), took):
            began = time.perf_counter()
            way()
            if round:       # the first is for warming up
                times.append(time.perf_counter() - began)
    return statistics.median(took[0]), statistics.median(took[1])


def excerpts() -> Batch:
    luck, moments = np.random.default_rng(0), LEAD + SECOND
    some = []
    for hertz in (110, 147, 196, 220, 262, 330, 392, 440):
        heard = Heard(np.full(moments + 1, hertz, np.float32), np.full(moments + 1, -25, np.float32), np.ones(moments + 1, np.float32))
        some.append(Recording("", (0.1 * luck.standard_normal(moments * HOP)).astype(np.float32), heard))
    return Batch.of(some, torch.device("cpu"))


def plain_step(pupil: training.Pupil, optimiser: torch.optim.Optimizer, batch: Batch) -> None:
    amplitudes, bands, _ = pupil.decoder(batch.hertz, batch.loudness, batch.sings)
    drawn = lambda values: F.interpolate(values.transpose(1, 2), scale_factor=HOP, mode="linear").transpose(1, 2)[:, : batch.wanted.shape[1]]
    turns = torch.cumsum(drawn(batch.hertz[..., None]) / RATE, 1)                                   # (B, frames, 1)
    sines = torch.sin(2 * torch.pi * turns * torch.arange(1, HARMONICS + 1))                        # (B, frames, 60)
    made = (sines * drawn(amplitudes)).sum(-1)
    noise = torch.rand(batch.wanted.shape).view(len(bands), -1, HOP) * 2 - 1
    filters = torch.fft.irfft(bands[:, 1:]).roll(HOP // 2, -1) * torch.hann_window(HOP)
    blown = torch.fft.irfft(torch.fft.rfft(noise, 2 * HOP) * torch.fft.rfft(filters, 2 * HOP))     # (B, T, 2 HOP)
    blown = F.fold(blown.transpose(1, 2), (1, (blown.shape[1] + 1) * HOP), (1, 2 * HOP), stride=(1, HOP))[:, 0, 0, : made.shape[1]]
    made = pupil.room(made + blown)[:, LEAD * HOP :]
    loss = 0.0
    for size in sound_measures.SIZES:
        now, meant = (torch.stft(one, size, size // 4, window=torch.hann_window(size), return_complex=True).abs() for one in (made, batch.wanted[:, LEAD * HOP :]))
        loss = loss + (now - meant).abs().mean() + (torch.log(now + 1e-5) - torch.log(meant + 1e-5)).abs().mean()
        if size == sound_measures.WINDOW:
            weights = torch.from_numpy(sound_measures.a_weights(RATE)).float()[:, None]
            now, meant = (torch.log((weights * one**2).sum(1) + 0.02) / 2 for one in (now, meant))
            loss = loss + (now - meant).abs().mean()
    optimiser.zero_grad()
    loss.backward()     # type: ignore[attr-defined]
    optimiser.step()


def learn(path: Path, steps: int) -> None:
    recorded = open_sound(path)
    with tempfile.TemporaryDirectory() as folder:
        data = frozen(Path(folder) / "data", "sound", ".wav", [Sound(recorded.samples, recorded.rate).as_file()])
        run, began = Trainee(Path(folder) / "run"), time.perf_counter()
        models.trainer("ddsp")(data, run, models.validate("ddsp", {"steps": steps}, preset="good"))
        print(f"\n{path.name}: {recorded.seconds / 60:.1f} minutes, {steps} steps in {(time.perf_counter() - began) / 60:.1f} minutes\n{run.notes[-1]}")
        fragments = training.Data(data, run).fragments()
        print(f"noise with their mean spectrum: {np.mean([sound_measures.spectral(coloured(one.samples), one.samples) for one in fragments]):.2f}")


def coloured(samples: np.ndarray) -> np.ndarray:
    """Noise as loud as this sound, with its mean spectrum."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::512] * np.hanning(1024)
    colour = np.sqrt(np.square(np.abs(np.fft.rfft(windows, axis=1))).mean(axis=0))
    noise = np.fft.rfft(np.random.default_rng(0).standard_normal(len(samples)))
    made = np.fft.irfft(noise * np.interp(np.linspace(0, 1, len(noise)), np.linspace(0, 1, len(colour)), colour), len(samples))
    return (made * np.sqrt(np.square(samples).mean() / np.square(made).mean())).astype(np.float32)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--sound", default="")
    asked.add_argument("--steps", type=int, default=1000)
    given = asked.parse_args()
    main(given.threads, given.sound, given.steps)
