"""Many small things on one sheet: where the separate pieces lie, and how each is cut out. Read `find` first.

    parts = find(open_picture("sheet.jpg"))         # every stroke and blot that stands out from the paper
    boxes = join(parts, usual_gap(parts))           # strokes that lie close together are one piece
    cut(open_picture("sheet.jpg"), boxes[0])

The paper may be unevenly lit, dark or light: a smooth surface is laid through what is most of the sheet, and what differs
from it is a piece. `find` needs OpenCV; the rest is quick enough for a slider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from lib.errors import UserError

GAP = 0.06              # part of the sheet's longer side: the widest gap that can be joined
_WORKED = 1400          # px, longer side at which pieces are looked for
_PAPER = 200            # px, longer side at which the paper is estimated
_MOST = 1500            # parts of which pieces are joined
_GAPS = 60              # gaps that are tried to find the usual one
_SMALLEST = 0.012       # part of the longer side: a piece below it, both ways, is a speck
_SPECK = 0.0025         # the same for a part, which may be a dot of an i
_MUCH_SMALLER = 0.25    # of the usual piece's longer side
_EDGE = 0.9             # part of a side: what runs along the sheet's edge that far is its shadow
_QUIET = 4.0            # standard deviations of the paper's grain that count as paper
_FAINT = 14.0           # of 255: what differs less from the paper is no mark


@dataclass(frozen=True)
class Parts:
    """What stands out from the paper. boxes: (N, 4) px of the sheet, x, y, w, h. width, height: of the sheet, px."""

    boxes: np.ndarray
    width: int
    height: int

    @property
    def longest(self) -> int:
        return max(self.width, self.height)


def find(sheet: Image.Image) -> Parts:
    """Everything on a sheet that stands out from the paper, as boxes; strokes that touch are one part.

    sheet: RGB, of any size. Raises UserError for one that is empty, or so full that no paper can be told.
    """
    import cv2

    scale = min(1.0, _WORKED / max(sheet.size))
    small = sheet.convert("RGB")
    if scale < 1:
        small = small.resize((max(1, round(sheet.width * scale)), max(1, round(sheet.height * scale))), Image.Resampling.BOX)
    scale_x, scale_y = sheet.width / small.width, sheet.height / small.height
    marks = _marks(cv2.GaussianBlur(np.asarray(small, np.float32), (0, 0), 0.7))
    marks = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    count, _, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    boxes = stats[1:count, :4].astype(np.float64)
    boxes = boxes[_stays(boxes, stats[1:count, cv2.CC_STAT_AREA], small.width, small.height)]
    boxes = boxes[np.argsort(-boxes[:, 2] * boxes[:, 3])[:_MOST]]
    if not len(boxes):
        raise UserError("Nothing is on this sheet.", "No mark on it stands out from the paper.", "Scan it with more contrast, or darker.")
    # Outwards to whole pixels of the sheet, so that no stroke loses its edge.
    left, top = np.floor(boxes[:, 0] * scale_x), np.floor(boxes[:, 1] * scale_y)
    right = np.minimum(np.ceil((boxes[:, 0] + boxes[:, 2]) * scale_x), sheet.width)
    bottom = np.minimum(np.ceil((boxes[:, 1] + boxes[:, 3]) * scale_y), sheet.height)
    return Parts(np.stack([left, top, right - left, bottom - top], axis=1).astype(int), sheet.width, sheet.height)


def _marks(picture: np.ndarray) -> np.ndarray:
    """1 where a mark is, 0 where paper is. picture: (H, W, 3) float32."""
    import cv2

    differs, grain = np.zeros(picture.shape[:2], np.float32), 0.0
    for channel in range(3):
        paper, noise = _paper(picture[..., channel])
        differs = np.maximum(differs, np.abs(picture[..., channel] - paper))
        grain = max(grain, noise)
    quiet = max(_FAINT, _QUIET * grain)
    if (differs > quiet).mean() < 1e-6:
        return np.zeros(differs.shape, np.uint8)
    # Otsu (1979) finds the valley between paper and ink; pencil lies below ink, so half of it will do where it is connected.
    valley, _ = cv2.threshold(np.clip(differs, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    strong, weak = differs > max(quiet, 0.75 * valley), (differs > max(quiet, 0.5 * valley)).astype(np.uint8)
    _, labels = cv2.connectedComponents(weak, connectivity=8)
    held = np.unique(labels[strong])
    return np.isin(labels, held[held > 0]).astype(np.uint8)


def _paper(channel: np.ndarray) -> tuple[np.ndarray, float]:
    """The paper's own brightness at each pixel, and its grain (standard deviation).

    A surface of the second degree through all pixels, then again and again through those that it lies close to.
    """
    height, width = channel.shape
    scale = min(1.0, _PAPER / max(height, width))
    small = np.asarray(Image.fromarray(channel).resize((max(4, round(width * scale)), max(4, round(height * scale))), Image.Resampling.BOX))
    at = _powers(*small.shape)
    values, close = small.ravel(), _commonest(small)
    for _ in range(12):
        surface, *_ = np.linalg.lstsq(at[close], values[close], rcond=None)
        left = values - at @ surface
        spread = 1.4826 * np.median(np.abs(left[close])) + 0.5
        close = np.abs(left) < 2.5 * spread
        if close.sum() < 0.05 * close.size:
            break
    paper = (_powers(height, width) @ surface).reshape(height, width)
    residual = (channel - paper)[np.abs(channel - paper) < 3 * spread + 6]
    return paper.astype(np.float32), float(1.4826 * np.median(np.abs(residual - np.median(residual)))) if residual.size else 0.0


def _commonest(small: np.ndarray) -> np.ndarray:
    """Which pixels have about the commonest brightness: a first guess of what is paper."""
    blocks = np.bincount(np.clip(small.ravel() / 4, 0, 63).astype(int), minlength=64)
    smooth = np.convolve(blocks, [1, 2, 3, 2, 1], "same")
    return np.abs(small.ravel() - (np.argmax(smooth) * 4 + 2)) < 32


def _powers(height: int, width: int) -> np.ndarray:
    """(H·W, 6): 1, x, y, x², xy, y² of each pixel, from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    x, y = x.ravel(), y.ravel()
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _stays(boxes: np.ndarray, areas: np.ndarray, width: int, height: int) -> np.ndarray:
    """Which boxes are no specks of dust and no shadow of the sheet's edge."""
    x, y, w, h = boxes.T
    speck = np.maximum(w, h) < max(2.0, _SPECK * max(width, height))
    upright = (w < 0.05 * width) & (h > _EDGE * height) & ((x <= 1) | (x + w >= width - 1))
    lying = (h < 0.05 * height) & (w > _EDGE * width) & ((y <= 1) | (y + h >= height - 1))
    frame = (w > 0.98 * width) & (h > 0.98 * height)
    return ~(speck | upright | lying | frame) & (areas > 2)


# ---- from parts to pieces: no OpenCV from here -----------------------------------------------------------------------


def join(parts: Parts, gap: float) -> list[tuple[int, int, int, int]]:
    """The pieces: parts that overlap, or lie no further apart than `gap` (a part of the sheet's longer side), are one.

    In the order in which one reads them, without specks. Each is (x, y, w, h) in px of the sheet.
    """
    boxes = parts.boxes.astype(np.float64)
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)   # (N, 4): left, top, right, bottom
    near = max(0.0, gap) * parts.longest
    while True:
        groups = _groups(corners, near)
        if len(set(groups)) == len(corners):
            break
        corners = np.array([[*corners[groups == group][:, :2].min(0), *corners[groups == group][:, 2:].max(0)] for group in np.unique(groups)])
    least = _SMALLEST * parts.longest
    pieces = [(int(a), int(b), int(c - a), int(d - b)) for a, b, c, d in corners if max(c - a, d - b) >= least]
    return _as_read(_without_corners(pieces, parts))


def _without_corners(boxes: list[tuple[int, int, int, int]], parts: Parts) -> list[tuple[int, int, int, int]]:
    """Without what is much smaller than the usual piece and cut off by the sheet's edge: dirt, or the corner of a table."""
    usual = np.median([max(w, h) for _, _, w, h in boxes]) if boxes else 0
    edge = 0.003 * parts.longest + 1
    return [
        (x, y, w, h) for x, y, w, h in boxes
        if max(w, h) >= _MUCH_SMALLER * usual
        or (x > edge and y > edge and x + w < parts.width - edge and y + h < parts.height - edge)
    ]  # fmt: skip


def _groups(corners: np.ndarray, near: float) -> np.ndarray:
    """The number of the group of each box: those that come as near as that belong together."""
    apart_x = np.maximum(corners[:, None, 0] - corners[None, :, 2], corners[None, :, 0] - corners[:, None, 2])
    apart_y = np.maximum(corners[:, None, 1] - corners[None, :, 3], corners[None, :, 1] - corners[:, None, 3])
    touches = np.hypot(np.maximum(apart_x, 0), np.maximum(apart_y, 0)) <= near
    touches &= (apart_x < near + 1e-9) & (apart_y < near + 1e-9)
    group = np.arange(len(corners))
    while True:
        lowest = np.where(touches, group[None, :], len(corners)).min(1)
        if (lowest == group).all():
            return group
        group = np.minimum(group, lowest)


def _as_read(boxes: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Row by row from the top, each from the left."""
    rows: list[list[tuple[int, int, int, int]]] = []
    for box in sorted(boxes, key=lambda box: box[1] + box[3] / 2):
        middle = box[1] + box[3] / 2
        if rows and middle <= np.median([other[1] + other[3] for other in rows[-1]]) and middle - np.mean(
            [other[1] + other[3] / 2 for other in rows[-1]]
        ) < 0.6 * np.median([other[3] for other in rows[-1]]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]


def usual_gap(parts: Parts) -> float:
    """The gap that suits a sheet: in the middle of the longest stretch of gaps that give the same pieces, two at least."""
    gaps = np.linspace(0, GAP, _GAPS // 2)
    counts = [len(join(parts, gap)) for gap in gaps]
    best, start = (0, 0), 0
    for place in range(1, len(gaps) + 1):
        if place == len(gaps) or counts[place] != counts[start]:
            if counts[start] > 1 and place - start > best[1] - best[0]:
                best = (start, place)
            start = place
    middle = gaps[(best[0] + max(best[0], best[1] - 1)) // 2]
    return round(float(middle), 4)


def cut(sheet: Image.Image, box: Sequence[int], margin: float = 0.0, straighten: bool = False) -> Image.Image:
    """One piece of a sheet, with paper around it. margin: part of the piece's longer side. At the sheet's edge it ends.

    straighten: turns a piece that is itself a rectangle (a photograph, a card) so that its edges are upright.
    """
    x, y, w, h = widened(box, margin, *sheet.size)
    if straighten and (leaning := _leaning(sheet, box)):
        return _turned(sheet, leaning, margin)
    return sheet.crop((x, y, x + w, y + h))


def widened(box: Sequence[int], margin: float, width: int, height: int) -> tuple[int, int, int, int]:
    """The box with its margin, inside the sheet."""
    x, y, w, h = (int(part) for part in box[:4])
    more = round(margin * max(w, h))
    left, top = max(0, x - more), max(0, y - more)
    return left, top, min(width, x + w + more) - left, min(height, y + h + more) - top


def _leaning(sheet: Image.Image, box: Sequence[int]) -> tuple[float, float, float, float, float] | None:
    """A rectangular piece that leans: its centre (x, y), its sides across and down, all in px of the sheet, and by how many
    degrees it leans (-45 to 45). None for one that stands upright, or is no rectangle."""
    import cv2

    x, y, w, h = widened(box, 0.02, *sheet.size)
    piece = np.asarray(sheet.crop((x, y, x + w, y + h)).convert("L"), np.float32)
    border = np.concatenate([piece[0], piece[-1], piece[:, 0], piece[:, -1]])
    marks = (np.abs(piece - np.median(border)) > _FAINT).astype(np.uint8)
    contours, _ = cv2.findContours(marks, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    (middle_x, middle_y), (across, down), angle = cv2.minAreaRect(largest)
    if across * down <= 0 or cv2.contourArea(largest) < 0.88 * across * down:
        return None
    if angle > 45:
        angle, across, down = angle - 90, down, across
    # A contour runs through the middle of its outermost pixels.
    return (x + middle_x + 0.5, y + middle_y + 0.5, across + 1, down + 1, float(angle)) if abs(angle) > 0.3 else None


def _turned(sheet: Image.Image, leaning: tuple[float, float, float, float, float], margin: float) -> Image.Image:
    """The leaning rectangle, upright, with its margin."""
    centre_x, centre_y, across, down, angle = leaning
    more = 2 * margin * max(across, down)
    across, down = across + more, down + more
    radius = int(np.hypot(across, down) / 2) + 2
    around = sheet.crop((round(centre_x - radius), round(centre_y - radius), round(centre_x + radius), round(centre_y + radius)))
    upright = around.rotate(angle, Image.Resampling.BICUBIC)
    return upright.crop((round(radius - across / 2), round(radius - down / 2), round(radius + across / 2), round(radius + down / 2)))
