"""Pictures of people for tests: two that packages carry (both free of rights, by NASA and the US Navy), and a hand drawn here."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

_SIDE = 512
_FINGERS = ((200, 255, 180, 120, 22, 15), (243, 245, 240, 85, 23, 16), (287, 250, 298, 105, 22, 15), (325, 270, 355, 160, 20, 13))
_THUMB = ((200, 370, 140, 300, 34, 22), (140, 300, 105, 235, 22, 16))
_ARM = ((205, 420, 205, 520, 30, 34), (300, 420, 300, 520, 32, 34))
_PALM = [(175, 285), (200, 240), (330, 245), (350, 300), (330, 400), (300, 440), (210, 440), (185, 380)]
_CREASES = [[(205, 300), (250, 290), (330, 300)], [(200, 330), (260, 335), (310, 365)], [(215, 300), (235, 350), (235, 420)]]
MIDDLE_FINGER_TIP = (240 / _SIDE, 85 / _SIDE)


@cache
def astronaut() -> Image.Image:
    """Eileen Collins, 512 x 512: her face left of the middle in the upper half, a flag in the left upper corner."""
    from skimage import data

    return Image.fromarray(data.astronaut())


@cache
def admiral() -> Image.Image:
    """Grace Hopper, 512 x 600, her head in the middle."""
    from matplotlib import cbook

    with cbook.get_sample_data("grace_hopper.jpg") as file:
        return Image.open(file).convert("RGB")


@cache
def coffee() -> Image.Image:
    """A cup, nobody, 180 x 120."""
    from skimage import data

    return Image.fromarray(data.coffee()).resize((180, 120))


def group() -> Image.Image:
    """Twelve people in three rows of four, 1200 x 1050."""
    sheet = Image.new("RGB", (1200, 1050), "grey")
    for place in range(12):
        one = (astronaut() if place % 2 else admiral()).resize((300, 350))
        sheet.paste(one, (place % 4 * 300, place // 4 * 350))
    return sheet


def both() -> Image.Image:
    """The two side by side, the admiral larger and on the right."""
    sheet = Image.new("RGB", (1024, 600), "white")
    sheet.paste(astronaut(), (0, 0))
    sheet.paste(admiral(), (512, 0))
    return sheet


@cache
def left_hand() -> Image.Image:
    """The palm of a left hand, fingers up and spread, 512 x 512: drawn, with light and creases."""
    outline = Image.new("L", (_SIDE, _SIDE))
    pen = ImageDraw.Draw(outline)
    pen.polygon(_PALM, fill=255)
    pen.rectangle((205, 420, 300, 520), fill=255)
    for x0, y0, x1, y1, start, end in (*_FINGERS, *_THUMB, *_ARM):
        for part in np.linspace(0, 1, 60):
            x, y, w = x0 + (x1 - x0) * part, y0 + (y1 - y0) * part, start + (end - start) * part
            pen.ellipse((x - w, y - w, x + w, y + w), fill=255)
    inside = cv2.distanceTransform((np.asarray(outline) > 128).astype(np.uint8), cv2.DIST_L2, 5)
    light = 0.72 + 0.28 * np.sqrt(np.clip(inside / 26, 0, 1))
    skin = Image.fromarray((np.array([224, 172, 140]) * light[..., None]).astype(np.uint8))
    for crease in _CREASES:
        ImageDraw.Draw(skin).line(crease, fill=(180, 125, 100), width=3)
    hand = Image.new("RGB", (_SIDE, _SIDE), (96, 120, 140))
    hand.paste(skin.filter(ImageFilter.GaussianBlur(1.2)), mask=outline.filter(ImageFilter.GaussianBlur(1.5)))
    return hand


def tulip() -> Image.Image:
    """A red tulip on calm paper, 200 x 160, that reaches over the lower edge."""
    picture = Image.new("RGB", (200, 160), "#e8e0cc")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((96, 80, 104, 160), fill="#2e6b35")
    pen.ellipse((70, 20, 130, 100), fill="#c8202a")
    return picture
