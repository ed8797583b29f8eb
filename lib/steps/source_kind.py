"""What sort of picture the sources of a model are, so that one of another sort is told before anybody wonders. Read `remark`.

A model that learned from thin lines makes little of a silhouette, and the other way round; nothing is refused, but said. The live
page looks in the same way in the browser (lib/ui/live/source.js), with these sentences.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from lib.steps.background import Silhouette
from lib.steps.drawing import Edges, Mask
from lib.steps.pairing import Source
from lib.steps.people import FaceMesh, Hands, Pose

TONES, GROUND, SHAPE = "tones", "ground", "shape"   # what may be different
_SIDE = 128             # px at which it is looked at
_REACH = 2              # px: ink that has ink all around so far is an area, not a line
_TWO_TONED = 0.85       # share of pixels that are almost black or almost white
_MOST_INK = 0.6         # with more, paper and ink have changed places
_AREA, _LINE = 0.5, 0.15    # share of the ink that lies in areas: with more it is filled, with less it is lines
_LEAST_INK = 0.01       # with less there is nothing to tell


@dataclass(frozen=True)
class Kind:
    """sort: "lines", "areas", "figures" (coloured lines on their ground), or "" for all else.   ground: "white" or "black".
    says: the sentence for each way in which a picture may be of another sort."""

    sort: str = ""
    ground: str = "white"
    says: dict[str, str] = field(default_factory=dict)

    def as_plain(self) -> dict:
        return asdict(self)


def kind_of_source(source: Source | None) -> Kind:
    step = source.steps[-1] if source else None
    if isinstance(step, Edges):
        return _kind("lines", step.paper, "lines, white on black" if step.paper == "black" else "lines, black on white")
    if isinstance(step, Silhouette | Mask):
        black = isinstance(step, Mask) or step.inverted
        return _kind("areas", "black" if black else "white", "filled shapes, white on black" if black else "filled shapes, black on white")
    if isinstance(step, Pose | FaceMesh | Hands) and step.on != "picture":
        return _kind("figures", step.on, f"coloured lines on {step.on}")
    return Kind()


def _kind(sort: str, ground: str, what: str) -> Kind:
    learned = f"This model learned from {what}"
    prepared = "If it is a photograph, untick “It is a source already”: then it is prepared as your pairs were."
    says = {
        TONES: f"{learned}, and this has many tones. {prepared}",
        GROUND: f"{learned}, and here the ground is another. {prepared if sort == 'figures' else 'Turn it round: ink for paper.'}",
        SHAPE: f"{learned}, and this is filled. Draw outlines only." if sort == "lines" else f"{learned}, and these are only lines. Fill them, with a wide line.",
    }
    return Kind(sort, ground, says)


def remark(kind: Kind, picture: Image.Image) -> str:
    """The sentence where a source is of another sort than the model has learned from; "" where it is not."""
    return kind.says.get(difference(kind, picture), "")


def difference(kind: Kind, picture: Image.Image) -> str:
    """TONES, GROUND, SHAPE, or "" where there is none."""
    if not kind.sort:
        return ""
    small = picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    light = np.asarray(small.convert("L"), np.int16)
    far = np.abs(light - (255 if kind.ground == "white" else 0))
    if kind.sort == "figures":
        return GROUND if (far < 64).mean() < 0.5 else ""
    ink = far > 128
    if ((light < 64) | (light > 191)).mean() < _TWO_TONED:
        return TONES
    if ink.mean() > _MOST_INK:
        return GROUND
    if ink.mean() < _LEAST_INK:
        return ""
    share = _inside(ink) / ink.sum()
    return SHAPE if (share > _AREA if kind.sort == "lines" else share < _LINE) else ""


def _inside(ink: np.ndarray) -> int:
    """How many of its pixels have ink all around."""
    shrunk = Image.fromarray(ink.astype(np.uint8)).filter(ImageFilter.MinFilter(2 * _REACH + 1))
    return int(np.asarray(shrunk).sum())
