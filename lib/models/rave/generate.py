"""Playing a RAVE: another sound heard through it, a walk by the seed, latents drawn by hand, and others that sing along. Read `play`.

What is played is the .ts of the run, known by its hash, in a process that is locked down (lib/media/scripted.py); a run that is not finished
is exported from its last checkpoint first. A long sound goes through window by window (windows.py), in constant memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lib.errors import UserError
from lib.media import sound_stream
from lib.media.files import read_json
from lib.media.scripted import Scripted, open_scripted
from lib.media.sound import Sound
from lib.models import adversarial
from lib.models.playing import Medium, Request, in_pieces
from lib.models.rave import files, latents
from lib.models.rave.windows import Windows
from lib.project.runs import Run

_FAR = 1_000_003        # so far apart lie the seeds of two things
_BLOCK = 1 << 16        # samples that those who sing together are joined in


@dataclass
class Voice:
    """A .ts that is ready to be opened. sha256: of its content; "" of a stranger's. spread: how far each latent goes; () where nobody knows.
    must_hold: it is not opened where it cannot be locked in. folder: where it lies, if that goes with this object."""

    path: Path
    sha256: str = ""
    spread: tuple[float, ...] = ()
    must_hold: bool = False
    folder: Any = None
    _model: Scripted | None = field(default=None, repr=False)

    def open(self) -> Scripted:
        """Its process, which stays until it is closed. Raises UserError."""
        if self._model is None or not self._model.is_alive:
            self._model = open_scripted(self.path, self.sha256, self.must_hold)
        return self._model

    def close(self) -> None:
        if self._model:
            self._model.close()
            self._model = None


def load(run_folder: Path, device: str = "cpu") -> Voice:
    """Of a run that is not finished, of its last checkpoint: that is exported first. Raises UserError if there is neither."""
    run = Run(run_folder)
    if run.result:
        facts = read_json(run.result / "model.json")
        came_from_elsewhere = bool(run.elsewhere)       # then its .ts is a stranger's
        return Voice(run.result / files.PLAYED, facts["sha256"][files.PLAYED], tuple(facts["spread"]), must_hold=came_from_elsewhere)
    state, facts = adversarial.read_checkpoint(run)
    folder = tempfile.TemporaryDirectory(prefix="handmade-rave-")
    files.write_state(state, Path(folder.name))
    made = files.export(run.path / files.LOGS, Path(folder.name), facts["fidelity"], (files.PLAYED,))
    return Voice(made[files.PLAYED], "", tuple(facts["spread"]), folder=folder)


def play(model: Voice, request: Request) -> Iterator[Medium]:
    """A sound for each seed, some seconds at a time. Raises UserError where others cannot sing along."""
    with ExitStack() as stack:
        others = []
        for one in request.mixed("mix"):
            if not one.run:
                raise UserError(f"{one.name} cannot sing along.", "Only RAVEs that were trained here can.", "Choose one of them.")
            others.append((stack.enter_context(closing(load(Path(one.path)))), one.strength))
        yield from perform([(model, 1.0), *others], request)


def perform(voices: list[tuple[Voice, float]], request: Request) -> Iterator[Medium]:
    """All of them at once, each as loud as the number beside it. The first one's rate is the rate of what comes out."""
    opened = [(voice, voice.open(), strength) for voice, strength in voices]
    latents.refuse_beyond(request.curves("drawn"), opened[0][1].facts.latents)
    facts = {"locked": all(model.facts.locks.holds for _, model, _ in opened)}
    rate = opened[0][1].facts.rate
    for number in range(request.count):
        sung = [sing(voice, model, request, request.seed + number) for voice, model, _ in opened]
        together = (sum(part * strength for part, (*_, strength) in zip(parts, opened, strict=True)) for parts in in_step(sung))
        whole = 1 / sum(strength for *_, strength in opened)
        yield from in_pieces(number, (Sound(block * np.float32(whole), rate) for block in together), lambda: facts)


def in_step(sung: list[Iterator[np.ndarray]]) -> Iterator[list[np.ndarray]]:
    """Blocks of the same length and with as many channels, of those who sing at once."""
    if len(sung) == 1:
        yield from ([block] for block in sung[0])
        return
    held = [np.zeros((0, 1), np.float32) for _ in sung]
    while True:
        for place, blocks in enumerate(sung):
            while len(held[place]) < _BLOCK and (block := next(blocks, None)) is not None:
                held[place] = block if not len(held[place]) else np.concatenate([held[place], block])
        length = min(_BLOCK, *map(len, held))
        if not length:
            return
        channels = max(part.shape[1] for part in held)
        yield [np.repeat(part[:length], channels, axis=1) if part.shape[1] < channels else part[:length] for part in held]
        held = [part[length:] for part in held]


def sing(voice: Voice, model: Scripted, request: Request, seed: int) -> Iterator[np.ndarray]:
    """One voice alone: (n, channels) blocks, as long as the given sound, as the drawing, or as the seconds say."""
    facts, given, drawn = model.facts, request.file("sound"), request.curves("drawn")
    stream = sound_stream.look(given) if given else None
    frames = stream.frames_at(facts.rate) if stream else max(1, round((drawn.seconds if drawn else request.controls["seconds"]) * facts.rate))
    windows = Windows(frames, facts.ratio, 0 if facts.streaming else None)
    heard: Iterable[np.ndarray | None] = windows.cut(as_channels(stream, facts.rate, facts.channels)) if stream else (None for _ in range(windows.count))
    model.reset()

    def made() -> Iterator[np.ndarray]:
        for number, window in enumerate(heard):
            curves = model.encode(window) if window is not None else None
            curves = turned(curves, voice, model, request, seed, windows, number)
            yield model.decode(curves, (seed * _FAR + number) % 2**63)

    yield from windows.join(made())


def turned(curves: np.ndarray | None, voice: Voice, model: Scripted, request: Request, seed: int, windows: Windows, number: int) -> np.ndarray:
    """The latents of a window as they are to be made: those of a sound that strays a little, or a walk; bent or led by what is drawn."""
    controls, ratio, count = request.controls, model.facts.ratio, model.facts.latents
    first = (number * windows.core - windows.around) // ratio
    moments = np.arange(first, first + (windows.core + 2 * windows.around) // ratio)
    spread = np.asarray((*voice.spread, *[1.0] * count)[:count], np.float32)[:, None]
    strays = latents.walk(count, moments, max(model.facts.rate / ratio / controls["pace"], 1e-3), seed)
    heard = None if curves is None else curves[:, : len(moments)] + controls["chance"] * spread * strays[:, : curves.shape[1]]
    made = controls["reach"] * spread * strays if heard is None else heard
    if drawn := request.curves("drawn"):
        lines = spread * latents.drawn(drawn, count, (moments[: made.shape[1]] + 0.5) * ratio / model.facts.rate)
        made = np.where(np.isnan(lines), made, lines if heard is None else made + lines)
    return made.astype(np.float32)


def as_channels(stream: sound_stream.SoundStream, rate: int, channels: int) -> Iterator[np.ndarray]:
    """A sound at this rate, with as many channels as a model hears: beyond two, the same in all."""
    for block in sound_stream.blocks(stream, rate, min(channels, 2)):
        yield block if channels <= 2 else np.repeat(block.mean(axis=1, keepdims=True), channels, axis=1)
