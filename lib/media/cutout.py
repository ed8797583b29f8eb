"""Telling a person or a thing from its background. Read `cut` first; what each way can do stands at `WAYS`.

    mask, how = cutout.cut(picture)      # how: "MediaPipe 0.10.21 selfie segmentation"

All works offline. The models that the project rembg hands out are better, and are used only where their file is already on
this computer: `models` says which are; lib/media/weights.py fetches one, when somebody asks for it. Heavy packages are
imported inside the functions.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media import detect, weights

Way = Literal["automatic", "person", "thing", "model"]
WAYS = {
    "automatic": "a fetched model where there is one, otherwise the person, otherwise the thing in the middle",
    "person": f"{detect.LIBRARY} selfie segmentation: for people up to about two metres away",
    "thing": "GrabCut (OpenCV): for one thing on a calm ground, away from the edges",
    "model": "a fetched model of rembg: for all kinds of things and people, the finest edges",
}
_SMALL = 256            # px: GrabCut works on a picture of this length
_STRIP = 0.02           # of the picture's length along its left, upper and right edge is taken for background
_LEAST, _MOST = 0.005, 0.97  # shares of the picture: with less or more, nothing was told from its background


class NothingFound(Exception):
    """There is nothing that could be told from its background; the words say what was looked for."""


# --- a mask, by one way or another ------------------------------------------------------------------------------------------

def cut(picture: Image.Image, way: Way = "automatic", model: str = "") -> tuple[np.ndarray, str]:
    """How surely each pixel belongs to the person or thing, and which library said so.

    Gives float32 (height, width) 0..1 and words such as "GrabCut (OpenCV 4.11.0)". model: the name of a fetched model; ""
    takes the best that is here. Raises NothingFound, and UserError where a model is asked for that is not here.
    """
    if way == "model" or (way == "automatic" and (model or best_model())):
        return _by_model(picture, model)
    if way == "person" or (way == "automatic" and _somebody(picture)):
        return _person(picture)
    return _thing(picture)


def _somebody(picture: Image.Image) -> bool:
    """The segmentation sees people in cups, too; so a face or a body must be there."""
    return bool(detect.faces(picture)) or detect.body(picture) is not None


def _person(picture: Image.Image) -> tuple[np.ndarray, str]:
    mask = detect.person_mask(picture) if _somebody(picture) else np.zeros(1)
    if not _LEAST <= float((mask > 0.5).mean()):
        raise NothingFound("no person found")
    return mask, f"{detect.LIBRARY} selfie segmentation"


def _thing(picture: Image.Image) -> tuple[np.ndarray, str]:
    import cv2

    mask = grabcut(picture)
    if not _LEAST <= float((mask > 0.5).mean()) <= _MOST:
        raise NothingFound("no thing told from its background")
    return mask, f"GrabCut (OpenCV {cv2.__version__})"


def _by_model(picture: Image.Image, name: str) -> tuple[np.ndarray, str]:
    name = name or best_model()
    if not name:
        raise UserError(
            "There is no background model on this computer.",
            "They are fetched only when somebody asks for it.",
            "Fetch one, or choose another way to find the background.",
        )
    mask = model_mask(picture, name)
    if not _LEAST <= float((mask > 0.5).mean()):
        raise NothingFound("no thing told from its background")
    return mask, f"{name} (rembg's model, by ONNX Runtime)"


# --- GrabCut ----------------------------------------------------------------------------------------------------------------

def grabcut(picture: Image.Image) -> np.ndarray:
    """How surely each pixel belongs to the thing in the picture: float32 (height, width), 0..1.

    Rother, Kolmogorov and Blake 2004, "GrabCut": Interactive Foreground Extraction using Iterated Graph Cuts. Instead of a
    rectangle drawn by hand it begins with what differs in colour from the picture's edges, most in the middle; the edges of the result are drawn to those of the picture with a guided filter. The same each time.
    """
    import cv2

    small = picture.convert("RGB")
    small.thumbnail((_SMALL, _SMALL), Image.Resampling.BOX)
    pixels = cv2.GaussianBlur(np.asarray(small), (3, 3), 0)
    marks = _first_guess(pixels)
    if (marks == cv2.GC_PR_FGD).any() and (marks != cv2.GC_PR_FGD).any():
        cv2.setRNGSeed(1)
        cv2.grabCut(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 4,  # type: ignore[call-overload]
                    cv2.GC_INIT_WITH_MASK)  # fmt: skip
    kept = _without_crumbs(np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)))
    return fitted(kept.astype(np.float32), picture)


def _first_guess(pixels: np.ndarray) -> np.ndarray:
    """GrabCut's marks, uint8 (h, w): surely background along three edges, perhaps the thing where the colours differ."""
    import cv2

    height, width = pixels.shape[:2]
    strip = max(2, round(max(height, width) * _STRIP))
    edge = np.ones((height, width), bool)
    edge[strip:, strip:-strip] = False  # not the lower edge: people, hands and vases reach over it
    colours = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    cv2.setRNGSeed(1)
    grounds = cv2.kmeans(colours[edge], min(5, int(edge.sum())), None, (cv2.TERM_CRITERIA_COUNT, 10, 0), 2,  # type: ignore[call-overload]
                         cv2.KMEANS_PP_CENTERS)[2]  # fmt: skip
    apart = np.linalg.norm(colours[:, :, None] - grounds, axis=3).min(axis=2)
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    apart *= np.exp(-(down**2 + across**2) / 1.5)
    scaled = np.clip(apart / max(float(apart.max()), 1e-6) * 255, 0, 255).astype(np.uint8)
    differs = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1] > 0
    marks = np.where(differs, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[edge] = cv2.GC_BGD
    return marks


def _without_crumbs(mask: np.ndarray) -> np.ndarray:
    """Only the parts that are at least a tenth of the largest, with small holes filled."""
    import cv2

    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, parts, facts, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return mask
    areas = facts[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0  # the background
    return np.isin(parts, np.flatnonzero(areas >= areas.max() / 10))


# --- the edges of a mask ----------------------------------------------------------------------------------------------------

def fitted(mask: np.ndarray, picture: Image.Image) -> np.ndarray:
    """A small mask brought to the picture's size, its edges drawn to those of the picture (guided filter, He et al. 2010)."""
    import cv2

    seen = picture.convert("RGB")
    seen.thumbnail((1024, 1024), Image.Resampling.BILINEAR)
    wide = cv2.resize(mask, seen.size, interpolation=cv2.INTER_LINEAR)
    radius = max(2, round(max(seen.size) / 200))
    filtered = cv2.ximgproc.guidedFilter(guide=np.asarray(seen), src=wide, radius=radius, eps=60.0)
    return np.clip(cv2.resize(filtered, picture.size, interpolation=cv2.INTER_LINEAR), 0.0, 1.0)


def softened(mask: np.ndarray, softness: float, fine: bool = True) -> np.ndarray:
    """The same mask with a smooth outline whose edge has a chosen width: softness in hundredths of the picture's longer side.

    0 cuts as with scissors. What is unsure far from the outline is decided: in or out. fine: hair and fur near the outline
    stay as see-through as the mask has them.
    """
    import cv2

    longer = max(mask.shape)
    smooth = cv2.GaussianBlur(mask, (0, 0), max(longer * 0.002, 0.5))
    if softness <= 0:
        return (smooth > 0.5).astype(np.float32)
    inside = (smooth > 0.5).astype(np.uint8)
    away = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    half = max(softness / 100 * longer, 1.0)
    edge = np.clip(away / (2 * half) + 0.5, 0.0, 1.0)
    if not fine:
        return edge.astype(np.float32)
    unsure = (mask > 0.05) & (mask < 0.95) & (np.abs(away) < 3 * half)
    hair = np.clip((mask - 0.2) / 0.6, 0.0, 1.0)
    return np.where(unsure, np.maximum(edge, hair), edge).astype(np.float32)


# --- the models of rembg ----------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Model:
    """A background model of rembg. What it is good at, whose it is and where its file lies stands in lib/media/weights.py."""

    name: str
    side: int        # px: it looks at a square of this side
    mean: float      # subtracted from 0..1 values; 0 stands for ImageNet's means and deviations

    @property
    def says(self) -> str:
        return weights.facts(self.name).use

    @property
    def megabytes(self) -> int:
        return weights.facts(self.name).megabytes

    @property
    def licence(self) -> str:
        return weights.facts(self.name).licence

    @property
    def learned(self) -> str:
        return weights.facts(self.name).learned

    @property
    def here(self) -> bool:
        return weights.find(self.name) is not None


# Best first. Prepared as in rembg's sessions; only models that may be used for anything.
_MODELS = (
    Model("isnet-general-use", 1024, 0.5), Model("u2net", 320, 0.0), Model("silueta", 320, 0.0),
    Model("u2net_human_seg", 320, 0.0), Model("u2netp", 320, 0.0),
)  # fmt: skip
MODEL_NAMES = tuple(model.name for model in _MODELS)
_IMAGENET = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def models() -> list[Model]:
    """The background models that can be used, best first; `here` says whether its file is on this computer."""
    return list(_MODELS)


def best_model() -> str:
    """The best model that is on this computer; "" if there is none."""
    return next((model.name for model in _MODELS if model.here), "")


def model_mask(picture: Image.Image, name: str) -> np.ndarray:
    """What a fetched model says: float32 (height, width), 0..1. Qin et al. 2020, U2-Net (arXiv:2005.09007); 2022, IS-Net
    (arXiv:2203.03041). Raises UserError where the model is not on this computer or cannot be read."""
    model = _named(name)
    path = weights.find(name)
    if path is None:
        raise UserError(
            f"The background model {name} is not on this computer.",
            f"It would lie in {weights.rembg_folder()}.",
            f"Fetch it ({model.megabytes} MB), or choose another way to find the background.",
        )
    session = _session(str(path), path.stat().st_mtime, os.getpid())
    output = session.run(None, {session.get_inputs()[0].name: _prepared(picture, model)})[0][0, 0]
    low, high = float(output.min()), float(output.max())
    mask = (output - low) / max(high - low, 1e-6)
    return fitted(np.ascontiguousarray(mask, np.float32), picture)


def _prepared(picture: Image.Image, model: Model) -> np.ndarray:
    """float32 (1, 3, side, side), as the model was trained."""
    pixels = picture.convert("RGB").resize((model.side, model.side), Image.Resampling.LANCZOS)
    values = np.asarray(pixels, np.float32)
    values /= max(float(values.max()), 1e-6)
    mean, deviation = (model.mean, 1.0) if model.mean else _IMAGENET
    return np.ascontiguousarray(((values - mean) / deviation).transpose(2, 0, 1)[None], np.float32)


@lru_cache(maxsize=2)
def _session(path: str, edited: float, process: int) -> Any:
    """The model, ready to be asked; one for each process, since a forked one cannot use its parent's."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(3)
    try:
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UserError(
            f"The background model {Path(path).name} cannot be read.", str(error)[:200], "Delete the file and fetch it again."
        ) from error


def _named(name: str) -> Model:
    for model in _MODELS:
        if model.name == name:
            return model
    raise UserError(f"There is no background model called {name}.", "", f"Choose one of: {', '.join(MODEL_NAMES)}.")
