"""How a training of rhythms goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch."""

from __future__ import annotations

from lib.models import Curve

FIRST = "Single hits at first, which gather into bars after some hundred steps."
GOOD = 0.9      # F1 of the hits, from which on a bar is itself again
COLLAPSED = 0.1     # nats: under it the plane says nothing

CURVES = (
    Curve("Hits that come back", "F1", {"f1_seen": "bars it learned from", "f1_held_out": "bars held back"},
          "1 is every hit at its place and none more. Bars that it never heard come back as their nearest relatives."),
    Curve("What it gets wrong", "Nats a bar", {"hits": "hits", "divergence": "order of the plane"}, "The first should fall; the second says how much of a bar the two numbers tell."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: of the samples, 0 to 1, if known."""
    seen = [report["f1_seen"] for report in reports if "f1_seen" in report]
    if not seen:
        return "It is too early to tell. Listen to the samples: single hits gather into bars."
    held = [report["f1_held_out"] for report in reports if "f1_held_out" in report]
    told = f"Of the bars that it learned from, {seen[-1]:.0%} of the hits come back" + (f"; of bars held back, {held[-1]:.0%}." if held else ".")
    divergence = next((report["divergence"] for report in reversed(reports) if "divergence" in report), 1.0)
    if divergence < COLLAPSED:
        return f"{told} All places of the plane sound alike: give the order of the plane less weight."
    if seen[-1] < GOOD:
        return f"{told} It still confuses some: go on, or make it wider."
    return f"{told} It knows them; move on the plane to hear what lies between."
