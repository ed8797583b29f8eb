"""How a training of pix2pix goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch.

seen and held_out are the mean distance in a pixel, 0 (the same) to 1 (black against white), of pairs that it learned from and of
pairs that were held back; eyes is how different the latter look to eyes that learned on ImageNet. What a source does not tell, such
as the colour of an outline, pixels count as wrong and eyes hardly: so where eyes are there, they decide what is called worse.
The bounds are rules of thumb, and the sentences say no more than the numbers do.
"""

from __future__ import annotations

from lib.models import Curve

ENOUGH = 20             # reports; fewer say nothing
BEGUN = 300             # steps; before them nothing can be told
FIRST = "Blots at first: colours come after some hundred steps, then shapes."
BY_HEART = 1.6          # the distance of held-out pairs as a multiple of that of seen ones, from which on it knows those by heart
WORSE = 1.05            # the held-out distance in pixels as a multiple of its best
WORSE_TO_EYES = 1.1     # the same of that to eyes, which comes from few pairs and wavers
STILL = 0.015           # samples that change less than this from one to the next stand still

CURVES = (
    Curve("Distance", "Distance in a pixel", {"seen": "pairs it learned from", "held_out": "pairs held back"},
          "Both should fall. Where only the lower one goes on falling, it learns your pairs by heart."),
    Curve("To eyes", "Distance to eyes", {"eyes": "pairs held back"},
          "How different new answers look from their pictures to eyes that learned on ImageNet: shapes and textures more than colours."),
    Curve("Painter and judge", "Loss", {"loss_d": "judge", "loss_g": "painter"},
          "They play against each other, so neither should win: a judge at 0.7 is guessing, one at 0 has won."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: how much the samples still change (0 to 1), if known."""
    if len(reports) < ENOUGH or reports[-1]["step"] < BEGUN:
        return "It is too early to tell. Watch the samples: source, answer and picture stand above each other."
    held = [report["held_out"] for report in reports if "held_out" in report]
    seen = [report["seen"] for report in reports if "seen" in report]
    if not held or not seen:
        return "It learns. No pair is held back, so only your own eyes can tell whether it knows them by heart."
    gap = held[-1] / max(seen[-1], 1e-6)
    told = f"Pairs held back are {held[-1]:.3f} off in a pixel, those it learned from {seen[-1]:.3f}."
    eyes = [report["eyes"] for report in reports if "eyes" in report]
    if held[-1] > WORSE * min(held) and gap > BY_HEART:
        if not eyes:
            return f"{told} New ones get worse, pixel by pixel: it learns your pairs by heart, or picks colours that no source tells. Look."
        if eyes[-1] > WORSE_TO_EYES * min(eyes):
            return f"{told} It learns your pairs by heart now, and new ones get worse: an earlier moment was better. More pairs help most."
        return f"{told} It picks colours of its own for new ones, since a source does not tell them; their shapes are as good as ever."
    if gap > BY_HEART:
        return f"{told} It knows your pairs better than new ones: more pairs, or more augmentation, would help."
    if change is not None and change < STILL:
        return f"{told} The samples hardly change any more."
    return f"{told} Learning steadily: what it learns holds for new pairs too."
