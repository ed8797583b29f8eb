"""Pictures out of the loop of sampling.py, and how they look while they form. Read `paint`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageChops, ImageFilter, ImageOps

from lib.media.picture import open_picture
from lib.models.diffusion.parts import Parts
from lib.models.diffusion.sampling import Asked, Step, decode, sample, size_of
from lib.models.diffusion.words import cut_off
from lib.models.playing import Medium
from lib.steps.recipe import flatten

_SHOW_EVERY = 0.5       # seconds between two looks at a picture that forms
_FORMING = 16           # latents of a side, of such a look: to decode more takes long
_TOGETHER = {"cpu": 4 * 64, "cuda": 4 * 4096}   # latents that go through together: of more, nobody sees the first for long


def paint(parts: Parts, asked: Asked, seed: int, count: int, picture: Path | None = None, mask: Path | None = None,
          every: float = _SHOW_EVERY) -> Iterator[Medium]:
    """`count` pictures, of seed, seed + 1 …, and pieces that show how each looks while it forms, one at each of `every` seconds.

    picture: to begin with; it is cut to size. mask: white on black where that is to be drawn anew; outside of it no pixel changes.
    """
    size = size_of(parts, asked)
    ground = None if picture is None else ImageOps.fit(flatten(open_picture(picture)), size, Image.Resampling.LANCZOS)
    anew = None if ground is None or mask is None else ImageOps.fit(open_picture(mask).convert("L"), size).point(lambda grey: 255 if grey > 127 else 0)
    asked = replace(asked, picture=None if ground is None else as_tensor(ground), mask=None if anew is None else as_mask(anew))
    told = {"remark": f"The model reads only its first words; this is not read: {unread}"} if (unread := cut_off(parts, asked.prompt)) else {}
    together = _how_many(parts, size)
    for first in range(0, count, together):
        numbers = range(first, min(first + together, count))
        step, looked = None, time.monotonic()
        for step in sample(parts, asked, [seed + number for number in numbers]):
            if step.number < step.of and time.monotonic() - looked >= every:
                yield from forming(parts, step, numbers)
                looked = time.monotonic()
        assert step is not None     # there is at least one
        for number, made in zip(numbers, as_pictures(decode(parts, step.latents)), strict=True):
            whole = made if ground is None or anew is None else pasted(ground, made, anew)
            yield Medium(whole, number, facts=told)


def finished(parts: Parts, asked: Asked, seeds: Sequence[int]) -> list[Image.Image]:
    """All of them together, and nothing on the way."""
    *_, last = sample(parts, asked, seeds)
    return as_pictures(decode(parts, last.latents))


def forming(parts: Parts, step: Step, numbers: range) -> Iterator[Medium]:
    """How the pictures look by now, small."""
    latents = step.clean
    if max(latents.shape[2:]) > _FORMING:
        shape = [max(1, round(side * _FORMING / max(latents.shape[2:]))) for side in latents.shape[2:]]
        latents = F.interpolate(latents.float(), shape, mode="area")
    for number, picture in zip(numbers, as_pictures(decode(parts, latents)), strict=True):
        yield Medium(picture, number, is_whole=False, facts={"step": step.number, "of": step.of})


def as_tensor(picture: Image.Image) -> torch.Tensor:
    """(1, 3, height, width), -1 to 1."""
    return torch.from_numpy(np.asarray(picture.convert("RGB")).copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def as_mask(painted: Image.Image) -> torch.Tensor:
    """(1, 1, height, width), 1 where it is painted."""
    return torch.from_numpy(np.asarray(painted) > 127)[None, None].float()


def as_pictures(made: torch.Tensor) -> list[Image.Image]:
    """made: (n, 3, height, width), about -1 to 1."""
    pixels = ((made / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(picture) for picture in pixels]


def pasted(ground: Image.Image, made: Image.Image, painted: Image.Image) -> Image.Image:
    """What was made, where it was painted, softly from the edge inwards; elsewhere the picture that was given, pixel for pixel."""
    soft = ImageChops.darker(painted, painted.filter(ImageFilter.GaussianBlur(max(ground.size) / 128)))
    return Image.composite(made, ground, soft)


def _how_many(parts: Parts, size: tuple[int, int]) -> int:
    """Pictures that are made together."""
    latents = size[0] * size[1] // parts.factor**2
    return max(1, _TOGETHER["cpu" if parts.device == "cpu" else "cuda"] // latents)
