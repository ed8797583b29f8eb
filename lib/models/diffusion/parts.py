"""Opening a StableDiffusionPipeline folder as its parts. Read `open_parts`."""

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
_NEEDED = ("vae", "text_encoder", "tokenizer", "unet", "scheduler")


@dataclass(frozen=True)
class Parts:
    """vae: latents to a picture and back. text_encoder, tokenizer: words to vectors. unet: what noise is in latents. scheduler: in which steps
    it goes. around: what is set up around each look of the U-Net at its times (n,), where an addition to it wants that.
    """

    vae: Any
    text_encoder: Any
    tokenizer: Any
    unet: Any
    scheduler: Any
    device: str = "cpu"
    around: Callable[[torch.Tensor], AbstractContextManager] | None = None

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
        for part in (self.vae, self.text_encoder, self.unet):
            yield from part.parameters()


def open_parts(folder: Path, device: str = "cpu", dtype: torch.dtype | None = None) -> Parts:
    """folder: with model_index.json and a folder for each part; files in half precision will do. dtype: None for float32 on the processor, half on a card.

    Raises UserError where it is none, where a part is missing, or where one cannot be read. Only safetensors are opened, and no
    hub is asked.
    """
    diffusers, transformers = _libraries()
    folder, dtype = Path(folder), dtype or (torch.float32 if device == "cpu" else torch.float16)
    scheduler = _scheduler_class(diffusers, folder)
    where = lambda name: {"pretrained_model_name_or_path": folder / name, "local_files_only": True}
    weights = {"use_safetensors": True, "low_cpu_mem_usage": False, "torch_dtype": dtype}
    try:
        vae = diffusers.AutoencoderKL.from_pretrained(**where("vae"), **weights, **_variant(folder / "vae"))
        if dtype == torch.float16 and vae.config.force_upcast:      # in half, its numbers would be too large
            vae = vae.float()
        unet = diffusers.UNet2DConditionModel.from_pretrained(**where("unet"), **weights, **_variant(folder / "unet"))
        text = transformers.CLIPTextModel.from_pretrained(
            **where("text_encoder"), use_safetensors=True, dtype=dtype, **_variant(folder / "text_encoder"))  # fmt: skip
        tokenizer = transformers.CLIPTokenizer.from_pretrained(**where("tokenizer"))
        order = scheduler.from_pretrained(**where("scheduler"))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"The model in {folder.name} cannot be opened.", f"{_first_line(error)}", f"Put it into {folder} anew.") from error
    still = lambda part: part.to(device).eval().requires_grad_(False)
    return Parts(still(vae), still(text), tokenizer, still(unet), order, device)


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


def _scheduler_class(diffusers, folder: Path):
    """The one that its index names. Raises UserError where the folder is no pipeline, or is not whole."""
    fix = "Give the folder in which model_index.json lies, with all folders beside it."
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(f"There is no model in {folder.name}.", f"{INDEX} is missing, or cannot be read.", fix) from None
    missing = [name for name in _NEEDED if not (folder / name).is_dir()]
    if missing:
        raise UserError(f"The model in {folder.name} is not whole.", f"These folders are missing: {', '.join(missing)}.", fix)
    name = str((index.get("scheduler") or ["", ""])[-1])
    if not name.endswith("Scheduler") or not hasattr(diffusers, name):
        raise UserError(f"The model in {folder.name} is of a kind that is not known here.", f"Its scheduler is {name!r}.", "Choose another model.")
    return getattr(diffusers, name)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
