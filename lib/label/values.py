"""What may stand in each label, checked and brought to the text that the record keeps. Read `as_text`."""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import struct
import unicodedata
import zlib
from collections.abc import Callable
from typing import Any

from lib.errors import UserError
from lib.project import arguments, labels

LONGEST = {"caption": 10_000, "transcript": 100_000, "note": 10_000, "excluded": 200, "class_name": 60}  # characters
MOST_TAGS, LONGEST_TAG = 100, 100
MOST_MARKS = 200  # points or regions of one picture
_MASK_SIDE, _MASK_BYTES = 1024, 400_000  # px of its longer side; bytes of its PNG
_MASK_HEAD = "data:image/png;base64,"


def as_text(field: str, value: object) -> str:
    """The value of a label as the record keeps it: text, or JSON for tags, crop, points and regions; "" for none.

    crop: [x, y, w, h]. points: [{"name", "x", "y"}]. regions: [{"name", "x", "y", "w", "h"}]; all fractions from 0 to 1
    of the upright picture, x from the left and y from the top. mask: a black and white PNG as a data address (white is
    in), at most 1024 px. pair: the id of the other half. excluded: True, or why; False or "" for not.
    Raises UserError for what does not fit.
    """
    if field not in _CHECKS:
        raise UserError(f"There is no label called {arguments.shown(field)}.", "", f"Choose one of: {', '.join(_CHECKS)}.")
    return _CHECKS[field](field, value)


def composed(words: str) -> str:
    """A letter with its accent as one sign (Unicode's NFC), so that "é" and "é" from another keyboard are one word."""
    return unicodedata.normalize("NFC", words)


def _words(field: str, value: object) -> str:
    words = composed(arguments.text(field, value))
    if len(words) > LONGEST[field]:
        raise UserError(
            f"This {field.removesuffix('_name')} has {len(words):,} characters.",
            f"The most is {LONGEST[field]:,}.",
            "Keep the long text as a note or a document.",
        )
    return words.strip()


def _line(field: str, value: object) -> str:
    return " ".join(_words(field, value).split())


def _excluded(field: str, value: object) -> str:
    if isinstance(value, bool):
        from lib.project.datasets import EXCLUDED

        return EXCLUDED if value else ""
    return _line(field, value)


def _tags(field: str, value: object) -> str:
    words = [" ".join(composed(arguments.text(field, tag)).split()) for tag in arguments.several(field, value)]
    words = [word for word in dict.fromkeys(words) if word]
    if len(words) > MOST_TAGS or any(len(word) > LONGEST_TAG for word in words):
        raise UserError(
            "These are too many tags, or a tag is too long.",
            f"The most is {MOST_TAGS} tags of {LONGEST_TAG} characters each.",
            "Write a long text as the caption.",
        )
    return json.dumps(words, ensure_ascii=False)


def _crop(field: str, value: object) -> str:
    if not value:
        return ""
    x, y, w, h = _fractions(field, value, 4)
    return json.dumps(_within(field, x, y, w, h))


def _points(field: str, value: object) -> str:
    points = [
        {"name": _name(field, point), "x": _fraction(field, point.get("x")), "y": _fraction(field, point.get("y"))}
        for point in _marks(field, value)
    ]
    return json.dumps(points, ensure_ascii=False) if points else ""


def _regions(field: str, value: object) -> str:
    regions = []
    for region in _marks(field, value):
        box = _within(field, *(_fraction(field, region.get(side)) for side in "xywh"))
        regions.append({"name": _name(field, region), **dict(zip("xywh", box, strict=True))})
    return json.dumps(regions, ensure_ascii=False) if regions else ""


def _marks(field: str, value: object) -> list[dict]:
    marks = arguments.several(field, value or [])
    if len(marks) > MOST_MARKS or not all(isinstance(mark, dict) for mark in marks):
        raise UserError(
            f"These {field} cannot be kept.",
            f"They are at most {MOST_MARKS}, each with a name and its place.",
            'Write them as [{"name": "nose", "x": 0.5, "y": 0.4, …}].',
        )
    return marks


def _name(field: str, mark: dict) -> str:
    return " ".join(composed(arguments.text(field, mark.get("name", ""))).split())[:LONGEST_TAG]


def _fractions(field: str, value: object, count: int) -> list[float]:
    numbers = arguments.several(field, value)
    if len(numbers) != count:
        raise UserError(f"{field} has {count} numbers, not {len(numbers)}.", "", f"Write {field}=[x, y, width, height].")
    return [_fraction(field, number) for number in numbers]


def _fraction(field: str, value: object) -> float:
    number = arguments.number(field, value)
    if not -0.001 <= number <= 1.001 or math.isnan(number):
        raise UserError(
            f"A place of {field} lies outside of the picture: {number:g}.",
            "Places are fractions of its width and height, from 0 to 1.",
            "Divide pixels by the width or the height.",
        )
    return round(min(1.0, max(0.0, number)), 5)


def _within(field: str, x: float, y: float, w: float, h: float) -> list[float]:
    """The box, cut at the border of the picture."""
    w, h = round(min(w, 1 - x), 5), round(min(h, 1 - y), 5)
    if w <= 0 or h <= 0:
        raise UserError(f"A box of {field} is empty.", "Its width or its height is nothing.", "Draw it larger.")
    return [x, y, w, h]


def _mask(field: str, value: object) -> str:
    if not value:
        return ""
    from PIL import Image

    words = arguments.text(field, value)
    try:
        if not words.startswith(_MASK_HEAD) or len(words) > _MASK_BYTES * 1.4:
            raise ValueError("not a small PNG")
        png = base64.b64decode(words[len(_MASK_HEAD) :], validate=True)
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if max(picture.size) > _MASK_SIDE:
                raise ValueError("too large")
            clean = picture.convert("L").point(lambda light: 255 * (light > 127)).convert("1")
    except (ValueError, OSError, EOFError, binascii.Error, struct.error, zlib.error, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(
            "This mask cannot be kept.",
            f"It is a black and white PNG of at most {_MASK_SIDE} px ({error}).",
            "Draw it again, or make it smaller.",
        ) from error
    if not clean.getbbox():
        return ""
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", optimize=True)
    return _MASK_HEAD + base64.b64encode(buffer.getvalue()).decode()


def _pair(field: str, value: object) -> str:
    return arguments.item_id(value) if value else ""


_CHECKS: dict[str, Callable[[str, object], str]] = {
    "caption": _words, "transcript": _words, "note": _words, "class_name": _line, "excluded": _excluded,
    "tags": _tags, "crop": _crop, "points": _points, "regions": _regions, "mask": _mask, "pair": _pair,
}  # fmt: skip
JSON_FIELDS = ("tags", "crop", "points", "regions")
assert set(_CHECKS) | {"slip"} == set(labels.FIELDS)


def as_plain(field: str, text: str) -> Any:
    """The other way round: what the record keeps, as a browser or a notebook wants it."""
    if field in JSON_FIELDS:
        return json.loads(text) if text else []
    return text
