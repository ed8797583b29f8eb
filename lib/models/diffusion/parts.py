"""Opening a StableDiffusionPipeline folder as its parts, or a StableDiffusionXLPipeline folder, which has two text encoders. Read `open_parts`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib.errors import UserError

INDEX = "model_index.json"
XL = "StableDiffusionXLPipeline"
_NEEDED = ("vae", "text_encoder", "tokenizer", "unet", "scheduler")
_NEEDED_OF_XL = ("text_encoder_2", "tokenizer_2")
EMPTY_IS_ZERO = "force_zeros_for_empty_prompt"      # in the index of SDXL; true where nothing else is said


@dataclass(frozen=True)
class Parts:
    """vae: latents to a picture and back. text_encoder, tokenizer: words to vectors. unet: what noise is in latents. scheduler: in which steps
    it goes. around: what is set up around each look of the U-Net at its times (n,), where an addition to it wants that.
    text_encoder_2, tokenizer_2: of SDXL, whose U-Net hears both encoders. empty_is_zero: it learned that a text without words is nothing but zeros.
    """

    vae: Any
    text_encoder: Any
    tokenizer: Any
    unet: Any
    scheduler: Any
    device: str = "cpu"
    around: Callable[[torch.Tensor], AbstractContextManager] | None = None
    text_encoder_2: Any = None
    tokenizer_2: Any = None
    empty_is_zero: bool = False

    @property
    def networks(self) -> list[Any]:
        return [part for part in (self.vae, self.text_encoder, self.text_encoder_2, self.unet) if part is not None]

    @property
    def factor(self) -> int:
        """px of a picture for one of its latents, each way."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)

    @property
    def side(self) -> int:
        """px of the pictures that it has learned."""
        return self.unet.config.sample_size * self.factor

    @property
    def dtype(self) -> torch.dtype:
        return self.unet.dtype

    def parameters(self) -> Iterator[torch.nn.Parameter]:
        for part in self.networks:
            yield from part.parameters()


def open_parts(folder: Path, device: str = "cpu", dtype: torch.dtype | None = None) -> Parts:
    """folder: with model_index.json and a folder for each part; files in half precision will do. dtype: None for float32 on the processor, half on a card.

    Raises UserError where it is none, where a part is missing, or where one cannot be read. Only safetensors are opened, and no
    hub is asked.
    """
    diffusers, transformers = _libraries()
    folder, dtype = Path(folder), dtype or (torch.float32 if device == "cpu" else torch.float16)
    index = _index(folder)
    scheduler, is_xl = _scheduler_class(diffusers, folder, index), index.get("_class_name") == XL
    where = lambda name: {"pretrained_model_name_or_path": folder / name, "local_files_only": True}
    weights = {"use_safetensors": True, "low_cpu_mem_usage": False, "torch_dtype": dtype}
    try:
        vae = diffusers.AutoencoderKL.from_pretrained(**where("vae"), **weights, **_variant(folder / "vae"))
        if dtype == torch.float16 and vae.config.force_upcast:      # in half, its numbers would be too large
            vae = vae.float()
        unet = diffusers.UNet2DConditionModel.from_pretrained(**where("unet"), **weights, **_variant(folder / "unet"))
        text_of = lambda kind, name: kind.from_pretrained(**where(name), use_safetensors=True, dtype=dtype, **_variant(folder / name))
        text = text_of(transformers.CLIPTextModel, "text_encoder")
        tokenizer = transformers.CLIPTokenizer.from_pretrained(**where("tokenizer"))
        second = text_of(transformers.CLIPTextModelWithProjection, "text_encoder_2") if is_xl else None
        its_tokenizer = transformers.CLIPTokenizer.from_pretrained(**where("tokenizer_2")) if is_xl else None
        order = scheduler.from_pretrained(**where("scheduler"))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"The model in {folder.name} cannot be opened.", f"{_first_line(error)}", f"Put it into {folder} anew.") from error
    still = lambda part: part.to(device).eval().requires_grad_(False)
    return Parts(still(vae), still(text), tokenizer, still(unet), order, device, text_encoder_2=second and still(second), tokenizer_2=its_tokenizer,
                 empty_is_zero=is_xl and bool(index.get(EMPTY_IS_ZERO, True)))  # fmt: skip


def _variant(folder: Path) -> dict[str, str]:
    """Where a part was fetched in half precision alone."""
    is_half = not list(folder.glob("*model.safetensors")) and any(folder.glob("*.fp16.safetensors"))
    return {"variant": "fp16"} if is_half else {}


def _libraries():
    """diffusers and transformers, quiet: they tell nobody who uses them, and say nothing of what they could do with more packages."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
    return diffusers, transformers


_FIX = "Give the folder in which model_index.json lies, with all folders beside it."


def _index(folder: Path) -> dict[str, Any]:
    """Raises UserError where the folder is no pipeline, or is not whole."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(f"There is no model in {folder.name}.", f"{INDEX} is missing, or cannot be read.", _FIX) from None
    needed = _NEEDED + (_NEEDED_OF_XL if index.get("_class_name") == XL else ())
    missing = [name for name in needed if not (folder / name).is_dir()]
    if missing:
        raise UserError(f"The model in {folder.name} is not whole.", f"These folders are missing: {', '.join(missing)}.", _FIX)
    return index


def _scheduler_class(diffusers, folder: Path, index: dict[str, Any]):
    """The one that its index names. Raises UserError for one that nobody knows."""
    name = str((index.get("scheduler") or ["", ""])[-1])
    if not name.endswith("Scheduler") or not hasattr(diffusers, name):
        raise UserError(f"The model in {folder.name} is of a kind that is not known here.", f"Its scheduler is {name!r}.", "Choose another model.")
    return getattr(diffusers, name)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
