"""Differentiable augmentation: what the discriminator sees of a picture, tinted, shifted and cut. Read `augment` first.

After "Differentiable Augmentation for Data-Efficient GAN Training" (Zhao et al. 2020): real and painted pictures pass the
same kind of random changes and the generator learns through them, so that few pictures go a long way and the changes do
not show in what it paints. `Strength` raises their probability by itself, after "Training Generative Adversarial Networks
with Limited Data" (Karras et al. 2020, ADA).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

TARGET = 0.6                # ADA's sign r_t: above this the discriminator knows the real pictures too well
MOST = 0.8                  # a higher probability would leak the changes into what the generator paints
PICTURES_TO_FULL = 50_000   # from 0 to 1 in so many pictures at the fastest (ADA: 500,000; small sets are learnt sooner)
EVERY = 4                   # steps between two decisions, as in ADA


def augment(x, p: float):
    """Each change happens to each picture with probability p. x and the result: (B, 3, S, S) between -1 and 1."""
    return cut(shift(tint(x, p), p), p) if p > 0 else x


def chosen(x, p: float):
    """1 for the pictures that are changed, 0 for the others: (B, 1, 1, 1)."""
    return (torch.rand(x.shape[0], 1, 1, 1, device=x.device) < p).to(x.dtype)


def tint(x, p: float):
    """Another brightness, saturation and contrast."""
    brightness, saturation, contrast = torch.rand(3, x.shape[0], 1, 1, 1, device=x.device)
    tinted = x + (brightness - 0.5)
    grey = tinted.mean(1, keepdim=True)
    tinted = (tinted - grey) * (2 * saturation) + grey
    middle = tinted.mean((1, 2, 3), keepdim=True)
    tinted = (tinted - middle) * (contrast + 0.5) + middle
    return x + (tinted - x) * chosen(x, p)


def shift(x, p: float, most: float = 0.125):
    """Moved by up to an eighth of the side; what comes in at the edge is middle grey."""
    size = x.shape[-1]
    reach = int(size * most + 0.5)
    moves = torch.randint(0, 2 * reach + 1, (x.shape[0], 2)).tolist()      # drawn on the CPU: no waiting for the card
    stays = torch.rand(x.shape[0]) >= p
    padded = F.pad(x, (reach, reach, reach, reach))
    return torch.stack([
        picture[:, reach:reach + size, reach:reach + size] if stay else picture[:, top:top + size, left:left + size]
        for picture, (top, left), stay in zip(padded, moves, stays.tolist())
    ])


def cut(x, p: float, side: float = 0.5):
    """A square of half the side, at a random place, becomes middle grey."""
    size = x.shape[-1]
    hole = int(size * side + 0.5)
    top, left = torch.randint(-(hole // 2), size - hole // 2 + 1, (2, x.shape[0], 1), device=x.device)     # (B, 1) each
    place = torch.arange(size, device=x.device)
    rows, columns = (place >= top) & (place < top + hole), (place >= left) & (place < left + hole)         # (B, S) each
    inside = (rows[:, :, None] & columns[:, None, :])[:, None].to(x.dtype)                                 # (B, 1, S, S)
    return x * (1 - inside * chosen(x, p))


class Strength:
    """The probability p of augmentation: raised while the discriminator overfits, lowered while it does not.

    sign is ADA's r_t, the average sign of the marks of real pictures: 0 while the discriminator guesses, 1 when it knows
    every picture by heart. With the hinge loss the marks have no fixed zero, so it is taken from the middle between the
    running averages of the marks of real and painted pictures.
    """

    def __init__(self, p: float, adaptive: bool):
        self.p, self.adaptive = p, adaptive
        self.sign = self.middle = 0.0

    def see(self, step: int, pictures: int, real, fake) -> None:
        """Called after each step: `pictures` real ones were shown, with the marks `real`; `fake` are those of painted ones."""
        if step % EVERY:
            return
        self.middle += 0.05 * (float(real.mean() + fake.mean()) / 2 - self.middle)
        self.sign += 0.05 * (float((real.float() - self.middle).sign().mean()) - self.sign)
        if self.adaptive:
            way = EVERY * pictures / PICTURES_TO_FULL
            self.p = min(MOST, max(0.0, self.p + (way if self.sign > TARGET else -way)))

    def state_dict(self) -> dict:
        return {"p": self.p, "sign": self.sign, "middle": self.middle}

    def load_state_dict(self, state: dict) -> None:
        self.p, self.sign, self.middle = state["p"], state["sign"], state["middle"]
