"""How a training of microgpt goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch.

held_out and seen are bits for each byte (judge.py) of documents that are held back and of some that it learns from; best is the step of the
lowest held_out so far. The bounds are rules of thumb, and the sentences say no more than the numbers do.
"""

from __future__ import annotations

from lib.models import Curve

LOOKED = 4              # looks at what is held back; fewer say nothing
BEGUN = 100             # steps; before them nothing can be told
FIRST = "Letters by chance at first; then their pairs, then words."
WORSE = 1.02            # the bits of what is held back as a multiple of their best
BY_HEART = 1.5          # the bits of what is held back as a multiple of those of what it learned from, from which on it knows that by heart

CURVES = (
    Curve("Bits for each byte", "Bits", {"held_out": "held back", "seen": "learned from"},
          "How many yes-or-no questions it still needs for each letter: fewer are better, 5 is hardly an idea. Where only the line of what it learned from falls, it learns by heart.",
          mark=("best", "best")),
    Curve("Loss", "Surprise at each letter (nats)", {"loss": "at this step"}, "It wavers by nature, since each step reads other words; the curve above tells more."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: nothing for texts."""
    looks = [report for report in reports if "held_out" in report]
    if not looks and any("seen" in report for report in reports):
        return "It learns from all documents, and none is held back: the samples tell how well."
    if len(looks) < LOOKED:
        return "It is too early to tell. Watch the samples: they begin with ever the same seeds."
    now, best = looks[-1], min(looks, key=lambda look: look["held_out"])
    told = f"Of what is held back it needs {now['held_out']:.2f} bits for each byte, of what it learned from {now['seen']:.2f}."
    if now["held_out"] > WORSE * best["held_out"]:
        return f"{told} It was best at step {int(now['best']):,}: since then it learns yours by heart, and what counts is that step."
    if now["held_out"] > BY_HEART * now["seen"]:
        return f"{told} It knows those by heart that it learned from; more words would help most."
    return f"{told} Learning steadily: what it learns holds for new words too."
