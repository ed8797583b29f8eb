"""Gives one picture its other colours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image

from lib.media.picture import open_picture
from lib.models.playing import Medium, Request, numbered
from tests.models.tiny_models.recolour.train import as_pixels, recoloured
from tests.models.tiny_models.weights import weights_of


def load(run_folder, device: str = "cpu") -> dict:
    return weights_of(run_folder)


def play(model: dict, request: Request) -> Iterator[Medium]:
    path = request.file("picture")
    assert path is not None     # it is needed, so it is there
    source = torch.from_numpy(np.asarray(open_picture(path).convert("RGB")).copy()) / 255
    mixed = torch.lerp(source, recoloured(source, model), request.controls["strength"])
    return numbered(Image.fromarray(as_pixels(mixed)) for _ in range(request.count))
