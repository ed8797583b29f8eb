"""Making pictures of pictures with a trained pix2pix. Read `play` first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lib.errors import UserError
from lib.media.picture import open_picture
from lib.models import adversarial
from lib.models.pix2pix.network import Generator
from lib.models.playing import Medium, Request
from lib.steps.pairing import prepare_as, prepare_target, source_of
from lib.steps.picture import Resize
from lib.steps.recipe import flatten
from lib.steps.source_kind import kind_of_source, remark


@dataclass(frozen=True)
class Translator:
    """The network, and how a new picture is prepared for it."""

    network: Generator
    source: list | None     # the steps that drew the sources, as the dataset keeps them
    recipe: list
    reverse: bool = False   # what it is given are pictures, of which it makes sources

    def prepared(self, picture: Image.Image, ready: bool) -> Image.Image:
        """The source, RGB at the size of the network. Raises UserError where a step finds nothing in it."""
        size = self.network.size
        if ready or not self.source:
            source = flatten(picture)
        else:
            source = prepare_target(self.recipe, picture) if self.reverse else prepare_as(self.source, self.recipe, picture)
        if source.size != (size, size):
            source = squared(source, size)
        return source

    def answer(self, source: Image.Image) -> Image.Image:
        device = next(self.network.parameters()).device
        pixels = torch.from_numpy(np.asarray(source.convert("RGB")).copy()).permute(2, 0, 1)[None].to(device)   # (1, 3, S, S)
        with torch.no_grad():
            return Image.fromarray(adversarial.to_pixels(self.network(pixels.float() / 127.5 - 1))[0])

    def remark(self, source: Image.Image, ready: bool) -> str:
        """What to tell about a source that somebody brought ready: that it is of another sort than those it has learned from. "" else."""
        return remark(kind_of_source(source_of(self.source)), source) if ready and self.source and not self.reverse else ""

    def parameters(self):
        return self.network.parameters()


def load(run_folder: Path, device: str = "cpu", narrow: bool = False) -> Translator:
    """The network of a run; of one that is not finished, as it was at the latest checkpoint. narrow: the one for live use, if there is one.

    Raises UserError if it has saved nothing yet.
    """
    weights, facts = read_weights(run_folder)
    part = "narrow" if narrow and facts.get("narrow") else "generator"
    network = Generator(facts["size"], facts["narrow"] if part == "narrow" else facts["width"], facts["norm"])
    network.load_state_dict(adversarial.part_of(weights, part))
    how = facts.get("source"), facts.get("recipe", []), facts.get("reverse", False)
    return Translator(network.to(device).eval().requires_grad_(False), *how)


def play(model: Translator, request: Request) -> Iterator[Medium]:
    """The picture that belongs to the one that was given: prepared as the dataset was, or taken as it is."""
    path = request.file("picture")
    if path is None:
        raise UserError("There is no picture to begin with.", "", "Give one: bring it, draw it, or take it with the camera.")
    ready = request.controls.get("ready", False)
    source = model.prepared(open_picture(path), ready)
    told = {"remark": words} if (words := model.remark(source, ready)) else {}
    return (Medium(model.answer(source), number, facts=told) for number in range(request.count))


def squared(picture: Image.Image, size: int) -> Image.Image:
    """Whole, in the middle of a white square: a circle stays round."""
    side = max(picture.size)
    sheet = Image.new("RGB", (side, side), "white")
    sheet.paste(picture.convert("RGB"), ((side - picture.width) // 2, (side - picture.height) // 2))
    return Resize(size).apply(sheet)


def read_weights(run_folder: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Weights and facts of a run. Raises UserError if there is neither a result nor a checkpoint.

    Keys begin with "generator." (the average, which is played), "live." (the generator as it trains), "judge." or "narrow.".
    """
    return adversarial.read_weights(run_folder, {"generator": "average", "live": "generator", "judge": "judge"})
