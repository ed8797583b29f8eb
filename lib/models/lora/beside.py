"""Several LoRAs at once: further additions beside a run's own, held while they are asked for. Read `Beside.hold`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch

from lib.media.files import edition
from lib.models.lora import files, layers
from lib.models.lora.parts import Parts
from lib.models.playing import Mixed
from lib.project.runs import Run

_NAMED = 3      # keys that stand in a remark


@dataclass(frozen=True)
class _Held:
    """fewer: where it was taught with fewer ranks at noisy steps. remark: what of its file belongs to no layer of the base."""

    fewer: layers.FewerAtNoise | None = None
    remark: str = ""


@dataclass
class Beside:
    """name of an addition in the U-Net -> what is known of it."""

    _held: dict[str, _Held] = field(default_factory=dict)

    def hold(self, parts: Parts, mixed: tuple[Mixed, ...]) -> dict[str, float]:
        """Lays these beside the run's own, lets go of all others, and returns how much each counts, by its name in the U-Net.

        Raises UserError for a file of which nothing fits the base, naming its keys.
        """
        wanted = {_name_of(one): one for one in mixed}
        for name in self._held.keys() - wanted.keys():
            parts.unet.delete_adapters(name)
            del self._held[name]
        for name, one in wanted.items():
            if name not in self._held:
                self._held[name] = _attached(parts, name, one)
        return {name: one.strength for name, one in wanted.items()}

    @property
    def remarks(self) -> list[str]:
        return [held.remark for held in self._held.values() if held.remark]

    def around(self, own: layers.FewerAtNoise | None) -> Callable[[torch.Tensor], AbstractContextManager] | None:
        """What is set up around each look of the U-Net: all that answer with fewer ranks at noisy steps. own: the run's own."""
        fewer = [one for one in (own, *(held.fewer for held in self._held.values())) if one]

        @contextmanager
        def each(times: torch.Tensor) -> Iterator[None]:
            with ExitStack() as stack:
                for one in fewer:
                    stack.enter_context(one.of(times))
                yield

        return each if fewer else None


def _name_of(one: Mixed) -> str:
    """Another one as soon as its run has learned more. peft allows no dot in it."""
    run = Run(one.path)
    newest = [run.result / "model.json"] if one.run and run.result else run.checkpoints()[-1:] if one.run else [Path(one.path)]
    return "beside_" + hashlib.sha256(repr([(str(path), edition(path)) for path in newest]).encode()).hexdigest()[:12]


def _attached(parts: Parts, name: str, one: Mixed) -> _Held:
    if not one.run:
        found, others = files.read(Path(one.path), parts.unet, one.name)
        layers.attach(parts.unet, found, name)
        return _Held(remark=_left_out(one.name, others))
    found, facts = files.layers_of_run(Path(one.path))
    layers.attach(parts.unet, found, name)
    times = parts.scheduler.config.num_train_timesteps
    return _Held(layers.FewerAtNoise(parts.unet, facts["rank"], times, name) if facts["fewer_at_noise"] else None)


def _left_out(name: str, keys: list[str]) -> str:
    if not keys:
        return ""
    more = f" and {len(keys) - _NAMED:,} more" if len(keys) > _NAMED else ""
    return f"Of {name} this belongs to no layer of the base and is left out: {', '.join(keys[:_NAMED])}{more}."
