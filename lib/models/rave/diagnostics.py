"""How a training of RAVE goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch.

held_out is the spectral distance of windows that are held back from what the model makes of them, seen at the same place with the same
noise at each look; distance is that of the windows of one step, once on the whole sound and once on its bands. The bounds are rules of thumb.
"""

from __future__ import annotations

from lib.models import Curve

LOOKED = 3              # looks at what is held back; fewer say nothing
BEGUN = 1000            # steps; before them nothing can be told
FIRST = "Noise at first; then loudness and brightness follow, much later pitch."
WORSE = 1.05            # the held-out distance as a multiple of its best

CURVES = (
    Curve("Sounds held back", "Spectral distance", {"held_out": "held back"}, "How far what it makes is from what it heard: lower is better. It falls for days, ever more slowly; where it rises for long, it learns yours by heart."),
    Curve("Distance", "Spectral distance, whole and in bands", {"distance": "at this step"}, "It wavers by nature, since each step hears other windows."),
    Curve("Latents", "Regularization (KL)", {"kl": "at this step"}, "How much it tells itself of a sound; it must neither fall to nothing nor grow without end."),
    Curve("Second phase", "Loss", {"adversarial": "made by it", "feature_matching": "likeness in the judge", "loss_dis": "the judge"}, "Only from the second phase on: a judge hears what is real and what is made."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: not asked for here."""
    looks = [report for report in reports if "held_out" in report]
    phase = " It is in the second phase, in which sound gets crisp." if reports and "loss_dis" in reports[-1] else ""
    if len(looks) < LOOKED:
        return f"It is too early to tell. Listen to the samples: the first is what it makes of a sound of yours, the second a walk.{phase}"
    now, best = looks[-1]["held_out"], min(look["held_out"] for look in looks)
    told = f"What it makes of sounds held back is {now:.2f} away from them (at first it was {looks[0]['held_out']:.2f})."
    if now > WORSE * best:
        return f"{told} It was {best:.2f} before: if that goes on, it learns yours by heart.{phase}"
    return f"{told} Learning steadily.{phase}"
