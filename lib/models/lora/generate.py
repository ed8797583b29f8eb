"""Making pictures of words with a base and a trained LoRA, alone or mixed with others, and of a picture. Read `play` first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lib.models.diffusion.painting import paint
from lib.models.diffusion.sampling import Asked
from lib.models.lora import layers
from lib.models.lora.base import find
from lib.models.lora.beside import Beside
from lib.models.lora.files import layers_of_run
from lib.models.lora.parts import Parts, open_parts
from lib.models.playing import Medium, Request


@dataclass(frozen=True)
class Painter:
    """The base with the addition beside it, the side of the pictures that it learned, and the further additions that it is mixed with."""

    parts: Parts
    size: int
    beside: Beside = field(default_factory=Beside)

    def parameters(self) -> Iterator[Any]:
        for network in self.parts.networks:
            yield from network.parameters()


def load(run_folder: Path, device: str = "cpu") -> Painter:
    """The base and the addition of a run; of one that is not finished, as it was at the latest checkpoint.

    Raises UserError if the run has saved nothing yet, or its base is not on this computer.
    """
    learned, facts = layers_of_run(run_folder)
    parts = open_parts(find(facts["base"]), device)
    layers.attach(parts.unet, learned)
    if facts["fewer_at_noise"]:
        parts.fewer = layers.FewerAtNoise(parts.unet, facts["rank"], parts.scheduler.config.num_train_timesteps)
    return Painter(parts, facts["size"])


def play(model: Painter, request: Request) -> Iterator[Medium]:
    """A picture of the prompt for each seed, and how it looks while it forms. One at a time: it depends on its own seed to the last bit.

    Raises UserError where a file that plays along fits nothing in the base.
    """
    turned, parts = request.controls, model.parts
    strengths = model.beside.hold(parts, request.mixed("mix"))
    layers.weigh(parts.unet, {layers.NAME: turned["strength"], **strengths})
    size = turned.get("size") or model.size
    asked = Asked(
        request.words("prompt"), request.words("negative"), turned["guidance"], steps=turned["steps"], width=size, height=size, strength=turned.get("anew", 1.0)
    )
    playing, remarks = replace(parts.for_playing(), around=model.beside.around(parts.fewer)), model.beside.remarks
    for number in range(request.count):
        for medium in paint(playing, asked, request.seed + number, 1, request.file("picture"), request.file("mask")):
            told = " ".join([*remarks, medium.facts.get("remark", "")]).strip()
            yield replace(medium, number=number, facts={**medium.facts, **({"remark": told} if told else {})})
