"""How the listening of a mosaic goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch."""

from __future__ import annotations

from lib.models import Curve

FIRST = "The first sample is made of the first recordings; with each step more voices join."
FEW = 30.0      # seconds, under which the same grains come again and again
SILENT = 0.5    # share of silence, from which on it is told

CURVES = (
    Curve("Heard so far", "Seconds", {"seconds_of_sound": "of your sounds"}, "It rises until everything was listened to once."),
    Curve("Families", "Mean squared distance", {"spread": "of a moment to its family"}, "How far moments lie from their family: it falls while they are sorted, and rises when new kinds of sound come."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: not asked for here."""
    if not reports:
        return "It begins to listen."
    last = reports[-1]
    told = f"It has listened to {last['seconds_of_sound']:,.0f} seconds, in {last['grains']:,.0f} grains."
    if last["heard"] < SILENT:
        return f"{told} {1 - last['heard']:.0%} of that is silence, which no mosaic uses: trim it, or record nearer."
    if last["seconds_of_sound"] < FEW:
        return f"{told} That is little: the same grains will come again and again. A minute or two gives it a choice."
    return f"{told} Anything can be followed with them now."
