"""Reading the letters in a picture of a page, as a scanner or a camera makes it. Read `read`.

With PP-OCRv6 (small), which the package rapidocr carries: one network sees where lines stand, another reads each of them. Of the
package only these two files are used; nothing is fetched. It knows Latin letters with all their accents, Greek and Chinese,
and no Cyrillic; it is made for print, not for handwriting. What is done before and after the networks follows PaddleOCR.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

NAME = "PP-OCRv6"
_FILES = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
_SEEN, _SURE = 0.3, 0.5     # of a dot that it is of a line; of a line on average
_MORE = 1.6                 # how far a line is larger than what is seen of it
_LEAST_SCORE = 0.5          # of a line that is read: below it is noise
_LONGEST = 1_600            # px of a side that is looked at for lines
_HEIGHT = 48                # px of a line that is read
_WIDEST = 2_400
_STEP = 32                  # the networks take sides that are multiples of it


@dataclass(frozen=True)
class Line:
    """text: its letters.   score: 0 to 1.   box: left, top, right, bottom in px."""

    text: str
    score: float
    box: tuple[float, float, float, float]


def is_there() -> bool:
    """False where the package was left out."""
    return _folder() is not None


def read(picture: np.ndarray) -> list[Line]:
    """The lines of a page, in no order. picture: uint8 (height, width, 3), red first."""
    found = []
    for corners in _lines_in(picture):
        text, score = _letters_in(_cut(picture, corners))
        if score >= _LEAST_SCORE and text.strip():
            (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
            found.append(Line(text.strip(), score, (left, top, right, bottom)))
    return found


def in_order(lines: list[Line], height: float) -> tuple[list[str], list[Line]]:
    """The words of a page as a person reads them, and its lines in that order. height: of the page in px."""
    from lib.media import hyphens, layout

    chunks = [layout.Chunk(line.text, line.box[0], line.box[2], height - line.box[3], height - line.box[1], (place,)) for place, line in enumerate(lines)]
    return hyphens.mend(layout.lines(chunks, 0, height)), [lines[place] for place in layout.order(chunks, 0, height)]


# ---- the networks --------------------------------------------------------------------------------------------------


@functools.cache
def _folder() -> Path | None:
    """Where the package keeps its networks; it is not imported."""
    found = importlib.util.find_spec("rapidocr")
    folders = [Path(place) / "models" for place in (found.submodule_search_locations if found else None) or []]
    return next((folder for folder in folders if all((folder / name).is_file() for name in _FILES)), None)


@functools.cache
def _network(name: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str((_folder() or Path()) / name), options, providers=["CPUExecutionProvider"])


def _ask(name: str, rows: np.ndarray) -> np.ndarray:
    return _network(name).run(None, {"x": rows})[0]


def _as_rows(picture: np.ndarray) -> np.ndarray:
    """float32 (1, 3, height, width) from -1 to 1, blue first, as the networks learned it."""
    return ((picture[:, :, ::-1].astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None]


# ---- where lines stand ---------------------------------------------------------------------------------------------


def _lines_in(picture: np.ndarray) -> Iterator[np.ndarray]:
    """The corners of each line, (4, 2) in px: left above, right above, right below, left below."""
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    size = [max(_STEP, round(side * scale / _STEP) * _STEP) for side in (width, height)]
    seen = _ask(_FILES[0], _as_rows(cv2.resize(picture, size)))[0, 0]
    mask = cv2.dilate((seen > _SEEN).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        middle, (across, down), angle = cv2.minAreaRect(contour)
        if min(across, down) < 3 or _on_average(seen, cv2.boxPoints((middle, (across, down), angle))) < _SURE:
            continue
        more = across * down * _MORE / (across + down)      # twice the distance by which each side moves outwards
        corners = _from_left_above(cv2.boxPoints((middle, (across + more, down + more), angle)))
        yield np.clip(corners * (width / size[0], height / size[1]), 0, (width - 1, height - 1)).astype(np.float32)


def _on_average(seen: np.ndarray, corners: np.ndarray) -> float:
    import cv2

    low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, seen.shape[::-1])
    inside = np.zeros((high - low)[::-1], np.uint8)
    cv2.fillConvexPoly(inside, (corners - low).astype(np.int32), (1,))
    return cv2.mean(np.ascontiguousarray(seen[low[1] : high[1], low[0] : high[0]]), inside)[0]


def _from_left_above(corners: np.ndarray) -> np.ndarray:
    by_side = corners[np.argsort(corners[:, 0], kind="stable")]
    (left_above, left_below), (right_above, right_below) = (side[np.argsort(side[:, 1])] for side in (by_side[:2], by_side[2:]))
    return np.array([left_above, right_above, right_below, left_below])


def _cut(picture: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The line laid straight; one that stands upright is laid down."""
    import cv2

    width = max(1, round(float(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2])))))
    height = max(1, round(float(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))))
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    line = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, flat), (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.rot90(line) if height > 1.5 * width else line


# ---- what stands in a line -----------------------------------------------------------------------------------------


def _letters_in(line: np.ndarray) -> tuple[str, float]:
    """Its letters and how sure they are: of each step across the line the likeliest, those that repeat taken together (CTC)."""
    import cv2

    width = min(_WIDEST, max(_HEIGHT, round(line.shape[1] * _HEIGHT / line.shape[0])))
    told = _ask(_FILES[1], _as_rows(cv2.resize(np.ascontiguousarray(line), (width, _HEIGHT))))[0]      # (steps, letters)
    best, sure = told.argmax(1), told.max(1)
    fresh = (best != 0) & np.concatenate([[True], best[1:] != best[:-1]])
    if not fresh.any():
        return "", 0.0
    return "".join(_letters()[which] for which in best[fresh]), float(sure[fresh].mean())


@functools.cache
def _letters() -> list[str]:
    """As the network counts them: nothing, its letters, a blank."""
    return ["", *_network(_FILES[1]).get_modelmeta().custom_metadata_map["character"].split("\n"), " "]
