"""`run`, as a trainer sees it: all of the outside world in a dozen methods. Read `Reporter` from top to bottom.

A trainer calls `step` after each step, asks `should_stop`, `sample_due` and `checkpoint_due`, and hands over what is due.
Everything goes to plain files in the run's folder. Nothing here may change what is learned: times decide when something
is *written*, never what is *computed*.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media.files import (
    cut_half_line,
    flush,
    plainly,
    read_json,
    read_json_lines,
    write_bytes,
    write_json,
    writing,
)
from lib.media.leftovers import clear_forgotten
from lib.project.folder import making
from lib.project.runs import (
    CHECKPOINTS,
    INSIDE,
    INSIDE_FACTS,
    KEPT,
    LIVE,
    MACHINE,
    METRICS,
    RESULT,
    SAMPLE_NOW,
    SAMPLES,
    STOP,
    Run,
)

_STATUS_EVERY = 0.5  # seconds between two writings of status.json
_FLUSH_EVERY = 5  # steps between two flushes of metrics.jsonl
_CHECKPOINT_FIRST, _CHECKPOINT_SHARE, _CHECKPOINT_EVERY = 10, 1 / 20, 60.0  # step, of all steps, seconds
_CHECKPOINTS_KEPT = 3
# Samples come often at first, when much changes, then at every twentieth of the way.
_SAMPLE_AT = (0.01, 0.025, *(part / 20 for part in range(1, 21)))


GETTING_READY = "Getting ready."  # a worker's sentence from its lock to its first step


class Reporter:
    """path: the run's folder. seed: of all that is random. device: "cpu" or "cuda"."""

    def __init__(self, run: Run, device: str, notes: list[str] | None = None):
        self.path, self.device, self.seed = run.path, device, int(run.request["seed"])
        self.notes = notes if notes is not None else []
        self.stopping = False  # set by a signal; the file STOP says the same
        self._run = run
        self._metrics: IO[str] | None = None  # opened at the first step, when it is known where to go on
        self._clock = _Clock()
        self._step, self._total = 0, 0
        self._last_status = 0.0
        self._checkpoint_at, self._checkpoint_time = -1, time.monotonic()
        self._sampled_at = -1

    # ---- how far it is

    def step(self, n: int, total: int, **numbers: float) -> None:
        """Says that n of `total` steps are done, with any numbers worth a curve."""
        self._step, self._total = n, total
        self._clock.tick(n)
        line = {
            "step": n,
            "seconds": round(self._clock.seconds, 3),
            **{key: _short(value) for key, value in numbers.items()},
        }
        with plainly(self.path):
            metrics = self._open_metrics()
            metrics.write(json.dumps(line) + "\n")
            if n % _FLUSH_EVERY == 0 or n == total:
                metrics.flush()
        if time.monotonic() - self._last_status >= _STATUS_EVERY or n == total:
            self._last_status = time.monotonic()
            self._run.set_status(
                step=n, total=total, seconds_left=self._clock.left(total - n), sentence=self._sentence()
            )

    def note(self, sentence: str) -> None:
        """One plain sentence for the person; it appears in run.md, the log, and on the page."""
        print(sentence, flush=True)
        self.notes.append(f"Step {self._step}: {sentence}" if self._step else sentence)
        self._run.set_status(notes=self.notes)

    def should_stop(self) -> bool:
        """True once somebody asked for it. Save a checkpoint, then return."""
        return self.stopping or (self.path / STOP).exists()

    # ---- samples on the way

    def sample_due(self) -> bool:
        """True when a sample is due after the step just reported, or a person asked for one."""
        if self._sampled_at == self._step:
            return False
        if (self.path / SAMPLE_NOW).exists():
            return True
        return any(self._step == max(1, round(self._total * part)) for part in _SAMPLE_AT)

    def sample(self, things: Sequence | np.ndarray, caption: str = "", step: int | None = None, made_of: Sequence[str] = ()) -> None:
        """Keeps a few things that the model makes now, of the same seeds in the same order each time.

        step: the earlier one as which the model is now, such as its best; None for this one.
        things: pictures, uint8 (K, H, W, 3) or PIL, kept side by side in one strip; or texts; or sounds (lib.media.sound.Sound).
        made_of: the ids of datapoints of which they hold parts as they are: a withdrawal then deletes all samples.
        """
        (self.path / SAMPLES).mkdir(exist_ok=True)
        stem = self.path / SAMPLES / f"step_{self._step if step is None else step:06d}"
        if isinstance(things[0], str):
            _write_each(stem, ".txt", [text.encode("utf-8", "replace") for text in things])
        elif hasattr(things[0], "as_file"):
            _write_each(stem, ".wav", [sound.as_file() for sound in things])
        else:
            _write_strip(stem.with_suffix(".png"), things)
        write_json(stem.with_name("grid.json"), {"columns": len(things), "caption": caption} | ({"made_of": [*made_of]} if made_of else {}), durable=False)
        (self.path / SAMPLE_NOW).unlink(missing_ok=True)
        self._sampled_at = self._step

    def show_inside(self, weights: dict, surprises: Sequence[Sequence], **facts: object) -> None:
        """Lays out the model as it is now, so that a browser can run it and people can look inside (lib/train/inside.py).

        surprises: how much each document of the data surprises it: [file of the dataset, line, bits for each byte, is held back].
        """
        from safetensors.torch import save

        folder = self.path / LIVE
        folder.mkdir(exist_ok=True)
        write_bytes(folder / INSIDE, save({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}), durable=False)
        write_json(folder / INSIDE_FACTS, {"step": self._step, **facts, "surprises": surprises}, durable=False)

    # ---- what is kept word for word of the data

    def keep(self, items: str | Sequence[str], name: str) -> Path:
        """Where to write what is kept word for word of one datapoint (its id), or of several together: a sheet of a pair,
        a cached latent, a chunk of a text. Nowhere else may a model keep such things: here a withdrawal finds them.

        Raises UserError once somebody's data in this run was withdrawn.
        """
        if self._run.withdrawn:
            raise UserError("Nothing more is kept of the data.", "Some of it was withdrawn meanwhile.", "Train again without it.")
        folder = self.path / KEPT / "+".join([items] if isinstance(items, str) else items)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    # ---- where another program works

    @contextlib.contextmanager
    def workroom(self) -> Iterator[Path]:
        """A folder to work in, on the disk of the run, that goes at the end. What a killed worker left in one goes when the run goes on, or
        when data of it is withdrawn."""
        with making(self.path) as folder:
            yield folder

    def folder(self, name: str) -> Path:
        """A folder of the run for what another program writes, such as its log; nothing of the data may be in it."""
        (self.path / name).mkdir(exist_ok=True)
        return self.path / name

    # ---- going on after a stop or a crash

    def checkpoint_due(self, n: int, total: int) -> bool:
        """True by step 10, then after every twentieth of the way or minute, whichever comes sooner."""
        if self._checkpoint_at < 0:
            return n >= min(_CHECKPOINT_FIRST, total)
        late = time.monotonic() - self._checkpoint_time >= _CHECKPOINT_EVERY
        return n == total or late or n - self._checkpoint_at >= max(1, total * _CHECKPOINT_SHARE)

    def checkpoint(self, state: dict) -> None:
        """Keeps everything needed to go on: tensors, numbers, strings, lists and dicts, with "step" among them.

        The last three are kept. Raises UserError when the disk is full; the ones before are safe.
        """
        import torch

        self._write_numbers_down()  # first: whoever goes on from here reports none of the steps before again
        buffer = io.BytesIO()
        torch.save(state, buffer)
        folder = self.path / CHECKPOINTS
        folder.mkdir(exist_ok=True)
        write_bytes(folder / f"step_{state['step']:06d}.pt", buffer.getbuffer())
        for old in self._run.checkpoints()[:-_CHECKPOINTS_KEPT]:
            old.unlink(missing_ok=True)
        self._checkpoint_at, self._checkpoint_time = state["step"], time.monotonic()

    def restore(self) -> dict | None:
        """The newest checkpoint that can be read, on the CPU, or None. Numbers reported after it are forgotten."""
        import torch

        clear_forgotten(self.path / CHECKPOINTS, mine=True)
        for path in reversed(self._run.checkpoints()):
            try:
                state = torch.load(path, map_location="cpu", weights_only=True)
            except Exception as error:
                print(f"{path.name} cannot be read ({error}); trying the one before.", flush=True)
                continue
            self._checkpoint_at = self._step = state["step"]
            self._forget_after(state["step"])
            self.note(f"Going on from step {state['step']}.")
            return state
        self._forget_after(0)
        return None

    def machine(self, key: str, probe: Callable[[], object]) -> Any:
        """A property of the machine that changes the arithmetic (threads, precision): asked once, kept at every resume."""
        path = self.path / MACHINE
        known = read_json(path) if path.exists() else {}
        if key not in known:
            known[key] = probe()
            write_json(path, known)
        return known[key]

    # ---- what comes out

    def result(self, weights: dict, *, files: Mapping[str, bytes | Path] | None = None, **facts: object) -> None:
        """Keeps the finished model: weights as safetensors, facts as model.json (all that generating needs to know).

        files: what lies beside them, by the name that it gets, as other programs read it: its content, or where it lies on the disk of the
        run, from where it is moved.
        """
        from safetensors.torch import save

        folder = self.path / RESULT
        folder.mkdir(exist_ok=True)
        write_bytes(
            folder / "model.safetensors",
            save({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}),
        )
        for name, made in (files or {}).items():
            if isinstance(made, bytes):
                write_bytes(folder / name, made)
            else:
                flush(made)
                os.replace(made, folder / name)
        write_json(folder / "model.json", {"model": self._run.model, "step": self._step, **facts})

    def close(self) -> None:
        """After the last step. Raises UserError where its numbers find no room on the disk."""
        self._write_numbers_down()
        if self._metrics:
            self._metrics.close()
        if self._total:
            self._run.set_status(step=self._step, total=self._total)

    def give_up(self) -> None:
        """After a step that went wrong: keeps the numbers for which there is room, and no half line."""
        if self._metrics:
            with contextlib.suppress(OSError):
                self._metrics.close()
        cut_half_line(self.path / METRICS)

    def _write_numbers_down(self) -> None:
        if self._metrics:
            with plainly(self.path):
                self._metrics.flush()
                os.fsync(self._metrics.fileno())

    def _open_metrics(self) -> IO[str]:
        if self._metrics is None:
            self._metrics = open(self.path / METRICS, "a", encoding="utf-8")
        return self._metrics

    def _forget_after(self, step: int) -> None:
        """Steps that will be taken again must not be counted twice."""
        if self._metrics:  # it is about to be replaced
            self._metrics.close()
            self._metrics = None
        lines = {line["step"]: line for line in read_json_lines(self.path / METRICS)}
        kept = [line for number, line in sorted(lines.items()) if number <= step]
        if (self.path / METRICS).exists():  # also where it holds no more than half a line
            write_bytes(self.path / METRICS, "".join(json.dumps(line) + "\n" for line in kept).encode())
        self._clock = _Clock(step, kept[-1]["seconds"] if kept else 0.0)

    def _sentence(self) -> str:
        return f"Step {self._step} of {self._total}, {in_words(self._clock.left(self._total - self._step))} left."


def _write_strip(path: Path, images: Sequence | np.ndarray) -> None:
    pixels = np.stack([np.asarray(image, dtype=np.uint8) for image in images])  # (K, H, W, 3)
    strip = Image.fromarray(np.concatenate(list(pixels), axis=1))  # (H, K * W, 3)
    with writing(path, durable=False) as temporary:
        strip.save(temporary, "PNG")


def _write_each(stem: Path, suffix: str, contents: list[bytes]) -> None:
    """step_000500_1.txt, step_000500_2.txt …"""
    for number, content in enumerate(contents, 1):
        with writing(stem.with_name(f"{stem.name}_{number}{suffix}"), durable=False) as temporary:
            temporary.write_bytes(content)


class _Clock:
    """Seconds of training, pauses left out, and how many are left at the pace of the last few dozen steps."""

    def __init__(self, step: int = 0, seconds: float = 0.0):
        self.seconds, self._step = seconds, step
        self._last = time.monotonic()
        self._pace: float | None = None  # seconds a step, smoothed

    def tick(self, step: int) -> None:
        now = time.monotonic()
        took, steps = now - self._last, max(1, step - self._step)
        self._last, self._step, self.seconds = now, step, self.seconds + took
        pace = took / steps
        self._pace = pace if self._pace is None else 0.95 * self._pace + 0.05 * pace

    def left(self, steps: int) -> float | None:
        return None if self._pace is None else round(self._pace * steps, 1)


def in_words(seconds: float | None) -> str:
    """90 -> '2 min', 5400 -> '1 h 30 min', 300,000 -> '3 days 11 h', 3 million -> '35 days'."""
    if seconds is None:
        return "some time"
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, days = minutes // 60, minutes // 1440
    if days < 2:
        return f"{hours} h {minutes % 60} min"
    return f"{days} days {hours % 24} h" if days < 10 else f"{days:,} days"


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy and torch, before a trainer begins."""
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _short(value: float) -> float:
    return float(f"{float(value):.6g}")


def refuse_overflow(error: BaseException) -> UserError | None:
    """Running out of memory in plain words, or None if it is something else."""
    message = f"{type(error).__name__}: {error}".lower()
    if not isinstance(error, MemoryError) and "out of memory" not in message and "can't allocate memory" not in message:
        return None
    return UserError(
        "There is not enough memory for this training.",
        "The pictures, the batch and the model together are too large for this machine.",
        "Choose a smaller batch, smaller pictures, or the preset quick; then start it again.",
    )
