"""The tiny base paints: by words, with a seed. It plays as every model in Stable Diffusion's format does (lib/models/diffusion)."""

from __future__ import annotations

from collections.abc import Iterator

from lib.models.diffusion.painting import paint
from lib.models.diffusion.parts import Parts, open_parts
from lib.models.diffusion.sampling import Asked
from lib.models.playing import Medium, Request

load = open_parts


def play(parts: Parts, request: Request) -> Iterator[Medium]:
    turned = request.controls
    asked = Asked(request.words("prompt"), request.words("negative"), turned["guidance"], steps=turned["steps"], strength=turned["strength"])
    return paint(parts, asked, request.seed, request.count, request.file("picture"), request.file("mask"))
