"""What is learned from: each picture as latents and its text as the U-Net hears it, made once and kept. Read `Data`.

Latents tell a picture word for word, so they lie where `run.keep` says, under the hash of all that they depend on: of an edited
picture nothing old is found, and of a withdrawn one nothing at all. Pictures keep their shape: each comes to the nearest size of
about the same area whose sides suit the base, so that next to nothing is cut off that a caption names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save

from lib.media.files import write_bytes
from lib.media.picture import open_picture
from lib.models.diffusion.words import sizes_of
from lib.models.lora.base import edition_of, find
from lib.models.lora.captions import text_of
from lib.models.lora.parts import Parts
from lib.project.dataset_folder import MASK, DatasetFolder, opened_mask

SUFFIX = ".latents"


@dataclass(frozen=True)
class Seen:
    """One picture, or its mirrored twin."""

    item: str
    text: str
    moments: torch.Tensor           # (2 C, h, w): mean and logarithm of the variance, not scaled
    weight: torch.Tensor | None     # (1, h, w): how much each place counts; None where all count alike
    sizes: tuple[int, ...] = ()     # as lib/models/diffusion/words.py has them: what SDXL is told of where the picture comes from

    @property
    def shape(self) -> torch.Size:
        return self.moments.shape


class Data:
    """The pictures of a dataset. train: those to learn from, test: those of the dataset's own held-out part, prior: the base's own (prior.py)."""

    def __init__(self, folder: Path, parts: Parts, run, settings, prior: Sequence[Seen] = ()):
        self.prior = list(prior)
        self.parts, self.run, self.settings = parts, run, settings
        self.size = settings.size or parts.size
        self.dataset, self.edition = DatasetFolder(folder), edition_of(find(settings.base))
        self._kept: set[Path] = set()
        self.train = [seen for row, file in self._rows("train") for seen in self._both(row, file)]
        self.test = [self._seen(row, file, False) for row, file in self._rows("test")]
        self.items = list(dict.fromkeys(seen.item for seen in self.train))
        self.words = {text: parts.said(text) for text in {"", *(seen.text for seen in (*self.train, *self.test, *self.prior))}}
        self._forget_others()

    def _rows(self, split: str) -> Iterator[tuple[dict, Path]]:
        return zip(self.dataset.rows(split), self.dataset.files(split))

    def _both(self, row: dict, file: Path) -> list[Seen]:
        return [self._seen(row, file, mirrored) for mirrored in ((False, True) if self.settings.mirror else (False,))]

    def _seen(self, row: dict, file: Path, mirrored: bool) -> Seen:
        drawn = row.get(MASK, "") if self.settings.masked < 1 else ""
        kept = self.run.keep(row["item"], self._name(file, mirrored, drawn))
        if not kept.exists():
            write_bytes(kept, save(self._encoded(file, mirrored, drawn)), durable=False)
        self._kept.add(kept)
        found = load_file(kept)
        return Seen(row["item"], text_of(row, self.settings.trigger), found["moments"], found.get("weight"), tuple(found["sizes"].tolist()))

    def _name(self, file: Path, mirrored: bool, drawn: str) -> str:
        vae = json.dumps(dict(self.parts.vae.config), sort_keys=True, default=str)
        depends = json.dumps([self.size, mirrored, self.settings.masked, drawn, self.edition, vae])
        return hashlib.sha256(file.read_bytes() + depends.encode()).hexdigest()[:32] + SUFFIX

    def _encoded(self, file: Path, mirrored: bool, drawn: str) -> dict[str, torch.Tensor]:
        """drawn: the mask of the picture, as its row has it; "" where none is drawn."""
        whole = open_picture(file).convert("RGB")
        picture = self._laid(whole, mirrored)
        cover = Cover.of(whole.width, whole.height, self.size, self.parts.unit)
        found = {"moments": moments_of(self.parts, picture), "sizes": torch.tensor(sizes_of(*cover.bucket, whole.size, cover.cut))}
        if self.settings.masked < 1:
            mask = self._laid(opened_mask(drawn, whole.size), mirrored) if drawn else sought(picture)
            found["weight"] = counting(mask, self.settings.masked, self.parts.factor)
        return found

    def _laid(self, picture: Image.Image, mirrored: bool) -> Image.Image:
        picture = fitted(picture, self.size, self.parts.unit)
        return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture

    def _forget_others(self) -> None:
        """What was kept of pictures as they were before."""
        for folder in {path.parent for path in self._kept}:
            for old in set(folder.glob(f"*{SUFFIX}")) - self._kept:
                old.unlink(missing_ok=True)


@dataclass(frozen=True)
class Cover:
    """How a picture comes to its `bucket`: it is made so `large` that it covers it, then cut evenly: so much from (left, top). (width, height) each, px."""

    bucket: tuple[int, int]
    large: tuple[int, int]
    cut: tuple[int, int]

    @classmethod
    def of(cls, width: int, height: int, size: int, unit: int) -> Cover:
        w, h = bucket(width, height, size, unit)
        scale = max(w / width, h / height)
        large = (max(w, round(width * scale)), max(h, round(height * scale)))
        return cls((w, h), large, ((large[0] - w) // 2, (large[1] - h) // 2))


def fitted(picture: Image.Image, size: int, unit: int) -> Image.Image:
    """Brought to `bucket`: covered whole, and what stands over is cut off evenly on both sides."""
    cover = Cover.of(picture.width, picture.height, size, unit)
    if picture.size == cover.bucket:
        return picture
    left, top = cover.cut
    return picture.resize(cover.large, Image.Resampling.LANCZOS).crop((left, top, left + cover.bucket[0], top + cover.bucket[1]))


def bucket(width: int, height: int, size: int, unit: int) -> tuple[int, int]:
    """The (width, height) nearest in shape among those whose sides are multiples of `unit` and whose area is at most size x size."""
    most = (max(size, unit) // unit) ** 2
    shapes = [(w, h) for w in range(1, most + 1) for h in {most // w} if h]
    w, h = min(shapes, key=lambda sides: abs(np.log(sides[0] / sides[1] * height / width)))
    return w * unit, h * unit


def moments_of(parts: Parts, picture: Image.Image) -> torch.Tensor:
    """(2 C, h, w), on the processor."""
    pixels = torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)[None].float() / 127.5 - 1      # (1, 3, H, W)
    return parts.moments(pixels)[0].cpu().contiguous()


def sought(picture: Image.Image) -> Image.Image:
    """Where the person or thing is that is found in it (mode L); everywhere where nothing is."""
    from lib.media import cutout

    try:
        mask, _ = cutout.cut(picture)
    except cutout.NothingFound:
        return Image.new("L", picture.size, 255)
    return Image.fromarray((np.asarray(mask, np.float32) / max(1e-6, float(np.max(mask))) * 255).round().astype(np.uint8))


def counting(mask: Image.Image, around: float, factor: int) -> torch.Tensor:
    """How much each place counts, (1, h, w): 1 on the thing (white), `around` elsewhere, 1 on average."""
    thing = F.avg_pool2d(torch.from_numpy(np.asarray(mask, np.float32) / 255)[None, None], factor)[0]
    weight = around + (1 - around) * thing
    return (weight / weight.mean()).contiguous() if float(weight.mean()) > 0 else torch.ones_like(weight)


def in_shapes(some: Iterable[Seen]) -> list[list[Seen]]:
    """Those of one shape together: a step takes each shape by itself."""
    groups: dict[torch.Size, list[Seen]] = {}
    for seen in some:
        groups.setdefault(seen.shape, []).append(seen)
    return list(groups.values())
