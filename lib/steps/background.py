"""Background: taken away, or everything but the outline. How the person or thing is found stands in lib/media/cutout.py."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image, ImageColor
from pydantic import field_validator

from lib.media import cutout
from lib.media.setting import setting
from lib.steps.base import LeftOut, Step

Model = Literal["best", "isnet-general-use", "u2net", "silueta", "u2net_human_seg", "u2netp"]
_FOUND_BY = "MediaPipe 0.10.21 selfie segmentation, GrabCut (OpenCV), or a fetched model of rembg"
_ITSELF = "person by MediaPipe, otherwise GrabCut"


class _Cut(Step):
    """What RemoveBackground and Silhouette share."""

    library = _FOUND_BY
    group = "background"
    looks = True

    way: cutout.Way = setting(
        "automatic",
        label="Find",
        help="A person (MediaPipe), a thing on a calm ground (GrabCut), a fetched model (rembg); automatic tries what is here.",
    )
    model: Model = setting("best", level="expert", label="Model", help="Which fetched model; best takes the first that is here.")

    def _mask(self, picture: Image.Image) -> tuple[np.ndarray, str]:
        try:
            return cutout.cut(picture, self.way, "" if self.model == "best" else self.model)
        except cutout.NothingFound as nothing:
            raise LeftOut(str(nothing)) from None

    @property
    def _way_words(self) -> str:
        """What finds the person or thing on this computer: for automatic, that depends on the models that are here."""
        fetched = cutout.best_model() if self.model == "best" else self.model
        return {
            "automatic": f"by {fetched}" if fetched else _ITSELF,
            "person": "person by MediaPipe",
            "thing": "thing by GrabCut",
            "model": f"by {fetched or 'a fetched model'}",
        }[self.way]


class RemoveBackground(_Cut):
    """The picture that it gives says in info["how"] which library found the person or thing."""

    title = "Background away"
    says = "Keeps the person or thing and lays it on plain paper."

    paper: str = setting("#ffffff", label="Paper", help="The colour behind it: a name such as white, or #fbf8f2.",
                         format="colour")    # fmt: skip
    softness: float = setting(
        0.3, ge=0.0, le=5.0, label="Soft edge, %", help="Of the longer side: 0 cuts as with scissors, 0.3 looks natural."
    )

    @field_validator("paper")
    @classmethod
    def _is_a_colour(cls, colour: str) -> str:
        ImageColor.getrgb(colour)  # ValueError says what is wrong
        return colour

    @property
    def words(self) -> str:
        return f"Background away, {self._way_words}, on {self.paper}"

    def apply(self, picture: Image.Image) -> Image.Image:
        mask, how = self._mask(picture)
        paper = Image.new("RGB", picture.size, ImageColor.getrgb(self.paper)[:3])
        paper.paste(picture, mask=_as_picture(cutout.softened(mask, self.softness)))
        paper.info["how"] = how
        return paper


class Silhouette(_Cut):
    """The picture that it gives says in info["how"] which library found the person or thing."""

    title = "Silhouette"
    says = "The person or thing in black on white, like cut paper."

    inverted: bool = setting(False, label="White on black", help="Turns it round: a mask, as masks are kept.")
    softness: float = setting(
        0.3, ge=0.0, le=5.0, label="Soft edge, %", help="Of the longer side: 0 cuts as with scissors, more is rounder."
    )

    @property
    def words(self) -> str:
        return f"Silhouette, {self._way_words}, {'white on black' if self.inverted else 'black on white'}"

    def apply(self, picture: Image.Image) -> Image.Image:
        mask, how = self._mask(picture)
        shape = cutout.softened(mask, self.softness, fine=False)
        silhouette = _as_picture(shape if self.inverted else 1 - shape).convert("RGB")
        silhouette.info["how"] = how
        return silhouette


def _as_picture(light: np.ndarray) -> Image.Image:
    """From 0..1 to a grey picture."""
    return Image.fromarray(np.round(light * 255).astype(np.uint8))


STEPS = (RemoveBackground, Silhouette)
