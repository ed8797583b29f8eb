"""How a training of the GAN goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch.

loss_d is the judge's hinge loss: 2 while it guesses, 0 when it tells every picture. sign is ADA's r_t (Karras et al. 2020,
Training GANs with Limited Data): 0 while the judge does not know the pictures, 1 when it knows each by heart.
The bounds below are rules of thumb, and the sentences say no more than the numbers do.
"""

from __future__ import annotations

from lib.models import Curve

ENOUGH = 20             # reports; fewer say nothing
BEGUN = 300             # steps; before them nothing can be told of a training, nor advised for the next
FIRST = "Grey at first: the model begins knowing nothing. Shapes come after some hundred steps."
GUESSES, WINS = 1.9, 0.3    # losses of the judge
BY_HEART = 0.75         # sign, from here on the judge knows the pictures
STRONG = 0.8            # augmentation that cannot be raised much more
ALIKE = 0.4             # diversity of what is painted, where 1 is that of the dataset
STILL = 0.015           # samples that change less than this from one to the next stand still

CURVES = (
    Curve("Painter and judge", "Loss", {"loss_d": "judge", "loss_g": "painter"},
          "They play against each other, so neither should win: lines that wander side by side are good; "
          "a judge at 0 has won, a judge at 2 is guessing."),
    Curve("What the judge knows", "Share", {"sign": "knows your pictures by heart", "augment": "augmentation"},
          "When the judge knows your pictures by heart, the painter learns nothing new; augmentation is raised against it."),
    Curve("Variety", "Variety, 1 = as in your pictures", {"diversity": "what is painted"},
          "How much the painted pictures differ from each other. Towards 0 they all look the same."),
    Curve("Speed", "Pictures a second", {"images_per_second": "pictures a second"},
          "It drops while this computer does other work."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: how much the samples still change (0 to 1), if known."""
    if len(reports) < ENOUGH or reports[-1]["step"] < BEGUN:
        return "It is too early to tell: the first numbers are only noise. Watch the samples."
    recent = reports[-100:]
    judge, sign, augmentation = (_mean(recent, name) for name in ("loss_d", "sign", "augment"))
    variety = _mean(recent, "diversity")
    if variety is not None and variety < ALIKE and reports[-1]["step"] >= 500:
        return ("The painted pictures look much alike. If that stays so, try half the learning rate, "
                "or bring more varied pictures.")
    if judge is not None and judge < WINS:
        return ("The judge wins: it tells almost every painted picture from yours, so the painter hardly learns. "
                "If that stays so, more pictures help most, then a stronger augmentation.")
    if sign is not None and sign > BY_HEART and (augmentation or 0) >= STRONG:
        return ("The judge knows your pictures by heart, although they are changed as much as is good. "
                "The samples may come close to copies now; more pictures help most.")
    if judge is not None and judge > GUESSES:
        return ("The judge is guessing. Early on that is usual; later it means that the painter fools it, "
                "or that neither learns: the samples tell which.")
    if change is not None and change < STILL:
        return "The samples hardly change any more. More steps of the same kind will bring little."
    return "Learning steadily: painter and judge keep each other in balance, and the samples still change."


def _mean(reports: list[dict], name: str) -> float | None:
    values = [report[name] for report in reports if name in report]
    return sum(values) / len(values) if values else None
