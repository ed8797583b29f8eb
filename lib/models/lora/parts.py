"""The parts of a Stable Diffusion model, opened one by one: words to numbers, pictures to latents and back.

Read `Parts`; what paints with them is lib/models/diffusion. B pictures of H x W pixels are latents of (B, C, h, w), where h = H / factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import CLIPTokenizer

from lib.errors import UserError
from lib.models.diffusion import parts as diffusion
from lib.models.lora import single_file


@dataclass
class Parts:
    tokenizer: Any
    text: Any           # the text encoder
    unet: Any
    vae: Any
    scheduler: Any      # how its maker paints with it
    fewer: Any = None   # layers.FewerAtNoise, where an addition was taught so

    @property
    def device(self) -> torch.device:
        return next(self.unet.parameters()).device

    @property
    def factor(self) -> int:
        """Pixels to a latent, along each side."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)

    @property
    def unit(self) -> int:
        """The sides of a picture must be a multiple of so many pixels."""
        return self.factor * 2 ** (len(self.unet.config.block_out_channels) - 1)

    @property
    def size(self) -> int:
        """The side, in pixels, that it was made for."""
        side = self.unet.config.sample_size
        return (side if isinstance(side, int) else max(side)) * self.factor

    @torch.no_grad()
    def said(self, text: str) -> torch.Tensor:
        """A text as the U-Net hears it: (1, tokens, D). What is longer than the encoder's tokens is cut."""
        most = self.text.config.max_position_embeddings
        ids = self.tokenizer(text, padding="max_length", truncation=True, max_length=most, return_tensors="pt").input_ids
        return self.text(ids.to(self.text.device)).last_hidden_state.float()

    @torch.no_grad()
    def moments(self, pixels: torch.Tensor) -> torch.Tensor:
        """Mean and logarithm of the variance of the latents, (B, 2 C, h, w), not scaled. pixels: (B, 3, H, W) from -1 to 1."""
        return self.vae.encode(pixels.to(self.vae.device, self.vae.dtype)).latent_dist.parameters.float()

    def for_playing(self) -> diffusion.Parts:
        """The same, as whatever paints takes them."""
        around = self.fewer.of if self.fewer else None
        return diffusion.Parts(self.vae, self.text, self.tokenizer, self.unet, self.scheduler, self.device.type, around)


LARGE = 200_000_000     # numbers of a U-Net


def open_parts(path: Path, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32) -> Parts:
    """path: a StableDiffusionPipeline folder, or one .safetensors file. Only safetensors are read. The networks learn nothing by themselves.

    On a card a large base is kept in half, but for its autoencoder, whose numbers may run over there: bfloat16, in which a training computes.

    Raises UserError where a part is missing or damaged.
    """
    try:
        parts = _from_file(path, dtype) if path.is_file() else _from_folder(path, dtype)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"The base {path.name} cannot be opened.", f"{str(error).splitlines()[0][:300]}", "Fetch it again, or choose another one.") from error
    if torch.device(device).type == "cuda" and parts.unet.num_parameters() > LARGE:
        for network in (parts.text, parts.unet):
            network.to(torch.bfloat16)
    for network in (parts.text, parts.unet, parts.vae):
        network.to(device).eval().requires_grad_(False)
    return parts


def _from_folder(folder: Path, dtype: torch.dtype) -> Parts:
    opened = diffusion.open_parts(folder, dtype=dtype)
    return Parts(opened.tokenizer, opened.text_encoder, opened.unet, opened.vae, opened.scheduler)


def _scheduler(folder: Path) -> Any:
    import diffusers

    from lib.media.files import read_json

    name = read_json(folder / "scheduler" / "scheduler_config.json")["_class_name"]
    kind = getattr(diffusers, name) if name.endswith("Scheduler") else diffusers.DDIMScheduler
    return kind.from_pretrained(folder / "scheduler", local_files_only=True)


def _from_file(path: Path, dtype: torch.dtype) -> Parts:
    """In the layout of Stable Diffusion's first code. What it leaves out is carried, and no network is asked."""
    from diffusers import StableDiffusionPipeline

    kind = single_file.kind_of(path)
    folder = single_file.CARRIED / kind
    words = CLIPTokenizer.from_pretrained(single_file.CARRIED / single_file.TOKENIZER, local_files_only=True, pad_token=single_file.FILLED_UP_WITH[kind])
    made = StableDiffusionPipeline.from_single_file(
        str(path), config=str(folder), tokenizer=words, scheduler=_scheduler(folder), safety_checker=None, torch_dtype=dtype, local_files_only=True,
    )  # fmt: skip
    return Parts(made.tokenizer, made.text_encoder, made.unet, made.vae, made.scheduler)
