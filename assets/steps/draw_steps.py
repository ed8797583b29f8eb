"""Draws what each step of a recipe does, before and after side by side, as assets/steps/<Step>.webp. Run it when a step is new:

    .venv/bin/python assets/steps/draw_steps.py [Edges Pose …]

The pictures are our own tulips (assets/samples), and for people the astronaut of scikit-image: Eileen Collins, by NASA, in
the public domain. Each file has some 4 kB; the menu of steps loads them when it is opened.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from lib import augment  # noqa: E402  (the repository must be on the path first)
from lib.augment import Step  # noqa: E402

SIDE, GAP, INK = 132, 4, "#2B2320"
TULIP = ROOT / "assets" / "samples" / "tulips" / "tulip_040.png"
# Where the default is hardly seen in a small picture: what shows it.
SHOWN = {
    "Resize": {"size": 16}, "Blur": {"radius": 3.0}, "Sharpen": {"strength": 2.0}, "Noise": {"strength": 0.15}, "Rotate": {"degrees": 25.0},
    "Colour": {"brightness": 0.5, "contrast": 0.4, "saturation": 0.6}, "ConvertMode": {}, "PaperTexture": {"strength": 0.6},
    "Posterise": {"levels": 3}, "Pad": {"colour": "#e8dcc4"}, "Edges": {"thickness": 2},
}  # fmt: skip
PEOPLE = ("people", "background")
LONG = ("CropSquare", "Pad", "CropByHand")      # those that need a picture that is not square
MARKS = {"crop": [0.3, 0.08, 0.5, 0.62], "mask": ""}


def main(names: list[str]) -> None:
    total = 0
    for name, step in augment.STEPS.items():
        if step.kind == "image" and (not names or name in names):
            total += draw(name, step)
    print(f"{total / 1000:.0f} kB")


def draw(name: str, step: type[Step]) -> int:
    """Writes the picture of one step; returns its bytes."""
    fields = {field: value for field, value in SHOWN.get(name, {}).items() if field in step.model_fields}
    before = source(name, step)
    after = drawn_hand(bones=True) if name == "Hands" else apply(step(**fields), before)
    sheet = Image.new("RGB", (2 * SIDE + GAP, SIDE), INK)
    sheet.paste(fitted(before), (0, 0))
    sheet.paste(fitted(after, pixels=name == "Resize"), (SIDE + GAP, 0))
    path = HERE / f"{name}.webp"
    sheet.save(path, quality=78, method=6)
    return path.stat().st_size


def source(name: str, step: type[Step]) -> Image.Image:
    if name == "Hands":
        return drawn_hand()
    if step.group in PEOPLE:
        from skimage.data import astronaut

        person = Image.fromarray(astronaut())
        if name == "CropPerson":    # hung on a wall, so that there is something to cut off
            wall = Image.new("RGB", (760, 760), "#C9CFCB")
            wall.paste(person.resize((460, 460)), (40, 260))
            return wall
        return person if name not in ("CropFace", "AlignFace", "FaceMesh") else person.crop((90, 0, 370, 280))
    tulip = Image.open(TULIP).convert("RGB")
    if name in LONG:
        wide = tulip.width * 3 // 5
        return tulip.crop(((tulip.width - wide) // 2, 0, (tulip.width + wide) // 2, tulip.height))
    return tulip


# A hand as MediaPipe counts its 21 points, in shares of the picture; no picture of a hand is at hand that may be passed on.
HAND = [(0.50, 0.94), (0.36, 0.84), (0.26, 0.72), (0.19, 0.61), (0.13, 0.52), (0.39, 0.55), (0.36, 0.39), (0.345, 0.28), (0.335, 0.18),
        (0.50, 0.53), (0.50, 0.34), (0.50, 0.22), (0.50, 0.11), (0.60, 0.56), (0.63, 0.39), (0.645, 0.28), (0.655, 0.18),
        (0.69, 0.62), (0.75, 0.49), (0.785, 0.41), (0.815, 0.33)]    # fmt: skip
FINGERS = [((0, 1, 2, 3, 4), "#ff3030"), ((5, 6, 7, 8), "#ffb000"), ((9, 10, 11, 12), "#30c030"), ((13, 14, 15, 16), "#3080ff"),
           ((17, 18, 19, 20), "#c040ff"), ((0, 5, 9, 13, 17, 0), "#c0c0c0")]    # fmt: skip


def drawn_hand(bones: bool = False) -> Image.Image:
    """A hand of paper, or its bones in the colours of the fingers, as the step Hands draws them."""
    side = 4 * SIDE
    points = [(round(x * side), round(y * side)) for x, y in HAND]
    picture = Image.new("RGB", (side, side), "black" if bones else "#7C9AA0")
    draw = ImageDraw.Draw(picture)
    if not bones:
        draw.polygon([points[place] for place in (0, 1, 2, 5, 9, 13, 17)], fill="#E9BC98")
    for places, colour in FINGERS:
        width = 7 if bones else 150 if places[-1] == 0 else 52
        line = [points[place] for place in places]
        draw.line(line, fill=colour if bones else "#E9BC98", width=min(width, 60), joint="curve")
        for x, y in line:
            radius = 9 if bones else 26
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour if bones else "#E9BC98")
    return picture


def apply(step: Step, picture: Image.Image) -> Image.Image:
    """What becomes of it; of several copies the first, of several pieces the first."""
    if hasattr(step, "apply") and not step.adds:
        return step.apply(picture, marks=marks(picture)) if step.needs_marks else step.apply(picture)
    if hasattr(step, "pieces"):
        return step.pieces(picture)[0]
    return next(iter(step.variants(picture, random.Random(3))))[1]


def marks(picture: Image.Image) -> dict:
    """What a person would mark on the tulip: a crop, and a mask painted over its head."""
    import base64
    import io

    mask, buffer = Image.new("L", picture.size), io.BytesIO()
    ImageDraw.Draw(mask).ellipse([part * side for part, side in zip((0.22, 0.1, 0.78, 0.56), picture.size * 2, strict=True)], fill=255)
    mask.save(buffer, "PNG")
    return MARKS | {"mask": f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"}


def fitted(picture: Image.Image, pixels: bool = False) -> Image.Image:
    """Whole in a square on warm paper; pixels: with its pixels to be seen."""
    scale = SIDE / max(picture.size)
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    small = picture.convert("RGB").resize(size, Image.Resampling.NEAREST if pixels else Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIDE, SIDE), "#FBF8F2")
    square.paste(small, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return square


if __name__ == "__main__":
    main(sys.argv[1:])
