"""How a camera's picture comes to look like the sources of a model. Read `live_source`. No torch.

Edges are drawn in the browser (lib/ui/live/edges.js) as lib/steps/drawing.py draws them; a camera's picture that is a source as
it is (by day, and by night) is cut and made small. What takes more than that (a silhouette, a skeleton) the player draws, to which
the frames go (lib/player/frames.py): on a busy core a line drawing takes it 2 ms, a hand 50, a person's silhouette or skeleton 80, a
face's net 120; of a thing (GrabCut) it makes two silhouettes a second, and the page says that it follows slowly. What was painted by hand no camera does: then one draws, or brings a source.
"""

from __future__ import annotations

from lib.steps import Step
from lib.steps.drawing import Edges
from lib.steps.pairing import source_of
from lib.steps.picture import ConvertMode, CropSquare, Pad, Resize
from lib.steps.recipe import Recipe
from lib.steps.source_kind import kind_of_source

_FITS = (CropSquare, Pad, Resize)


def direction(source: list | None, dataset: str, is_reversed: bool = False) -> str:
    """"Edges, 0.15 of them, on white → tulips-128-v1"; of a model that goes the other way, "tulips-128-v1 → Edges …"."""
    words = source_of(source).words if source else "A source"
    return f"{dataset} → {words}" if is_reversed else f"{words} → {dataset}"


def live_source(source: list | None, recipe: list, is_reversed: bool = False) -> dict:
    """As plain values, for the browser. is_reversed: what it is given are pictures as they are.

    ground, ink: the colours of paper and pencil.   camera: who makes the source: "edges" or "plain" the browser, "player" the player
    (steps: what it does), "" nobody; then why_not.   kind: what sort of picture a source is (lib/steps/source_kind.py).
    edges: the values of that step.   lines: True where a source has two colours and nothing between.   fit: "crop" or "pad", with
    position or paper.   grey: whether colours go.   left_out: the steps of the recipe that are not done live.
    """
    way = source_of(source) if source and not is_reversed else None
    live = {"ground": "#ffffff", "ink": "#000000", "camera": "plain", "why_not": "", "steps": "", "edges": {}, "lines": False,
            "kind": kind_of_source(way).as_plain(), **_fitting(Recipe(recipe).steps)}    # fmt: skip
    if way is None or way.halves or way.matched:
        return live
    if len(way.steps) == 1 and isinstance(edges := way.steps[0], Edges):
        dark = {"ground": "#000000", "ink": "#ffffff"} if edges.paper == "black" else {}
        return live | dark | {"camera": "edges", "lines": True, "edges": {"amount": edges.amount, "calm": edges.calm, "thickness": edges.thickness, "black": edges.paper == "black"}}
    if live["kind"]["ground"] == "black":
        live |= {"ground": "#000000", "ink": "#ffffff"}
    live["lines"] = live["kind"]["sort"] == "areas"
    if way.is_marked:
        return live | {"camera": "", "why_not": "Its sources were painted over by hand, which no camera does."}
    return live | {"camera": "player", "steps": " and ".join(f"“{step.title}”" for step in way.steps)}


def _fitting(steps: tuple[Step, ...]) -> dict:
    """How a picture becomes square, and what else the recipe does to all."""
    pads = next((step for step in steps if isinstance(step, Pad)), None)
    crops = next((step for step in steps if isinstance(step, CropSquare)), None)
    grey = any(isinstance(step, ConvertMode) and step.mode == "grey" for step in steps)
    known = [step for step in steps if isinstance(step, _FITS) or (isinstance(step, ConvertMode) and step.mode == "grey") or bool(getattr(step, "adds", 0))]
    paper = pads.colour if pads and pads.fill == "paper" else "#ffffff"
    return {
        "fit": "pad" if pads and not crops else "crop", "position": crops.position if crops else "centre", "paper": paper, "grey": grey,
        "left_out": [step.title for step in steps if step not in known],
    }  # fmt: skip
