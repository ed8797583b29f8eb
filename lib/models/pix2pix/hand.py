"""Lines as a hand draws them: thicker, wobbling, with gaps, so that a model that learned from clean edges knows a drawing too.

Read `as_drawn`. Only sources that are lines on one paper are changed (`paper_of`); the picture that belongs to them stays as it is.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

LINES = ("Edges", "LineDrawing")    # the steps that draw lines on a sheet of one colour
THICKEST = 0.03         # of the side: up to 2 px more at 64 px
WOBBLE = 0.02           # of the side, about: how far a line leaves its place
CELLS = 8               # what happens by chance is alike within an eighth of the side
GAP = 0.9               # the higher, the less of a drawing is missing


def paper_of(source: list[dict] | None) -> str:
    """"white" or "black" where the last step that drew the sources draws lines, else ""."""
    last = source[-1] if source else {}
    return last.get("paper", "white") if last.get("step") in LINES else ""


def as_drawn(source, share: float, paper: str):
    """source: (B, 3, S, S) between -1 and 1, grey. This share of it comes back as drawn by hand, the rest as it is."""
    chosen = torch.rand(len(source)) < share                                        # (B,)
    count, side = int(chosen.sum()), source.shape[-1]
    if not count:
        return source
    sign = 1.0 if paper == "white" else -1.0
    clean = sign * source[chosen.to(source.device), :1]                             # (b, 1, S, S), ink -1, paper 1
    luck = F.interpolate(torch.randn(count, 3, CELLS, CELLS), (side, side), mode="bilinear").to(source.device)
    steadiness = torch.rand(count, 1, 1, 1).to(source.device)
    places = _places(side, source.device) + 2 * WOBBLE * steadiness * luck[:, :2]   # (b, 2, S, S), -1 to 1
    drawn = F.grid_sample(_thicker(clean), places.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)
    drawn = torch.where(luck[:, 2:] > GAP, 1.0, drawn)
    source = source.clone()
    source[chosen.to(source.device)] = sign * drawn.expand(-1, 3, -1, -1)
    return source


def _thicker(lines):
    """All of a batch by the same number of pixels."""
    extra = int(torch.randint(max(2, 1 + round(THICKEST * lines.shape[-1])), ()))
    return -F.max_pool2d(F.pad(-lines, (extra // 2, extra - extra // 2) * 2, value=-1.0), extra + 1, 1) if extra else lines


def _places(side: int, device: torch.device):
    """Where each pixel is, across and down: (1, 2, S, S), -1 to 1."""
    line = (torch.arange(side, device=device) + 0.5) * (2 / side) - 1
    return torch.stack([line.expand(side, side), line[:, None].expand(side, side)])[None]
