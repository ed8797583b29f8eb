"""How a training of a LoRA goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch.

held_out is the error on pictures that are held back, always with the same noise at the same moments; seen is the same of some that
it learns from, untouched that of the base alone, and best the step of the lowest held-out error so far.
The bounds are rules of thumb, and the sentences say no more than the numbers do.
"""

from __future__ import annotations

from lib.models import Curve

LOOKED = 3              # looks at the pictures held back; fewer say nothing
BEGUN = 60              # steps; before them nothing can be told
FIRST = "What the base knew before: your pictures show after some hundred steps."
WORSE = 1.01            # the held-out error as a multiple of its best
NOTHING = 0.995         # the best held-out error as a multiple of the base's: from here up it has learned nothing that holds
STILL = 0.015           # samples that change less than this from one to the next stand still

CURVES = (
    Curve("Pictures held back", "Error, always with the same noise", {"held_out": "held back", "seen": "learned from", "untouched": "held back, the base alone"},
          "The line of those held back falls, then rises again: its lowest step is the result. Where only the other one falls, it learns by heart.",
          mark=("best", "best")),
    Curve("Loss", "Squared error, at random moments", {"loss": "your own", "prior": "pictures of the base"},
          "It wavers by nature, since each step has another noise; the curve above tells more."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: how much the samples still change (0 to 1), if known."""
    looks = [report for report in reports if "held_out" in report]
    if not looks and reports and reports[-1]["step"] >= BEGUN:
        return "It learns from all pictures, and none is held back: the samples tell how well."
    if len(looks) < LOOKED:
        return "It is too early to tell. Watch the samples: one prompt each, of ever the same seeds."
    now, best = looks[-1], min(looks, key=lambda look: look["held_out"])
    told = f"Of pictures held back it was best at step {int(now['best'])}."
    base = next((look["untouched"] for look in reversed(looks) if "untouched" in look), None)
    if base is not None and best["held_out"] > NOTHING * base:
        return f"{told} So far that is hardly better than the base alone: more steps, or captions that say what is seen, may help."
    gained = f" It is {1 - best['held_out'] / base:.0%} nearer to them than the base alone." if base else ""
    if now["held_out"] > WORSE * best["held_out"]:
        return f"{told}{gained} Since then they get worse: it learns yours by heart, and what counts is that best step."
    if change is not None and change < STILL:
        return f"{told}{gained} The samples hardly change any more."
    return f"{told}{gained} Learning steadily."
