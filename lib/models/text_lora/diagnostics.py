"""How a training of a language LoRA goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch.

held_out and seen are bits for each byte of texts that are held back and of some that it learns from, untouched that of the base alone with those held
back, and best the step that is kept so far: the last of those that did as well as the best with texts held back. The bounds are rules of thumb, and the sentences say no more than the numbers do.
"""

from __future__ import annotations

from lib.models import Curve

LOOKED = 2              # looks at what is held back; fewer say nothing
BEGUN = 20              # steps; before them nothing can be told
FIRST = "What the base wrote before: your voice shows after some ten steps."
WORSE = 1.02            # the bits of what is held back as a multiple of their best
NOTHING = 0.98          # the best of them as a multiple of the base's: from here up it has learned little that holds
BY_HEART = 2.0          # the bits of what is held back as a multiple of those of what it learned from

CURVES = (
    Curve("Texts held back", "Bits for each byte", {"held_out": "held back", "seen": "learned from", "untouched": "held back, the base alone"},
          "The line of those held back falls, then rises again: its lowest step is the result, or the last one that is hardly worse. Where only the other one "
          "falls, it learns by heart.",
          mark=("best", "kept")),
    Curve("Loss", "Surprise at each token (nats)", {"loss": "at this step"}, "It wavers by nature, since each step reads other texts; the curve above tells more."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: nothing for texts."""
    looks = [report for report in reports if "held_out" in report]
    if not looks and any("seen" in report for report in reports):
        return "It learns from all texts, and none is held back: the samples tell how well."
    if len(looks) < LOOKED:
        return "It is too early to tell. Watch the samples: they begin with ever the same seeds."
    now, best = looks[-1], min(looks, key=lambda look: look["held_out"])
    base = next((look["untouched"] for look in reversed(looks) if "untouched" in look), None)
    told = f"Texts held back were guessed best by step {int(now['best']):,}"
    told += f", with {1 - best['held_out'] / base:.0%} fewer bits than by the base alone." if base and best["held_out"] < base else "."
    if base and best["held_out"] > NOTHING * base:
        return f"{told} So far that is hardly better than the base alone: more texts would help most."
    if now["held_out"] > WORSE * best["held_out"]:
        return f"{told} Since then they get worse: it learns yours by heart, and what counts is that step."
    if now["held_out"] > BY_HEART * now["seen"]:
        return f"{told} It knows those by heart that it learned from; more texts would help most."
    return f"{told} Learning steadily: what it learns holds for new sentences too."
