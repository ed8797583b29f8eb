"""The parts of a Stable Diffusion model or of SDXL, opened one by one: words to numbers, pictures to latents and back.

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
from lib.models.diffusion.words import Words, encode_words
from lib.models.lora import single_file


@dataclass
class Parts:
    tokenizer: Any
    text: Any           # the text encoder
    unet: Any
    vae: Any
    scheduler: Any      # how its maker paints with it
    fewer: Any = None   # layers.FewerAtNoise, where an addition was taught so
    tokenizer_2: Any = None
    text_2: Any = None  # the second text encoder, which SDXL has
    empty_is_zero: bool = False

    @property
    def networks(self) -> list[Any]:
        return [network for network in (self.text, self.text_2, self.unet, self.vae) if network is not None]

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

    def said(self, text: str) -> Words:
        """A text as the U-Net hears it, in float32. What is longer than the encoder's tokens is cut."""
        return encode_words(self.for_playing(), [text]).to(torch.float32)

    @torch.no_grad()
    def moments(self, pixels: torch.Tensor) -> torch.Tensor:
        """Mean and logarithm of the variance of the latents, (B, 2 C, h, w), not scaled. pixels: (B, 3, H, W) from -1 to 1."""
        return self.vae.encode(pixels.to(self.vae.device, self.vae.dtype)).latent_dist.parameters.float()

    def for_playing(self) -> diffusion.Parts:
        """The same, as whatever paints takes them."""
        around = self.fewer.of if self.fewer else None
        return diffusion.Parts(self.vae, self.text, self.tokenizer, self.unet, self.scheduler, self.device.type, around, self.text_2, self.tokenizer_2,
                               self.empty_is_zero)  # fmt: skip


LARGE = 200_000_000     # numbers of a U-Net


def open_parts(path: Path, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32) -> Parts:
    """path: a StableDiffusionPipeline or StableDiffusionXLPipeline folder, or one .safetensors file. Only safetensors are read. The networks learn nothing by themselves.

    On a card a large base is kept in half, but for its autoencoder, whose numbers may run over there: bfloat16, in which a training computes.

    Raises UserError where a part is missing or damaged.
    """
    try:
        parts = _from_file(path, dtype) if path.is_file() else _from_folder(path, dtype)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"The base {path.name} cannot be opened.", f"{str(error).splitlines()[0][:300]}", "Fetch it again, or choose another one.") from error
    if torch.device(device).type == "cuda" and parts.unet.num_parameters() > LARGE:
        for network in parts.networks:
            network.to(torch.float32 if network is parts.vae else torch.bfloat16)
    for network in parts.networks:
        network.to(device).eval().requires_grad_(False)
    return parts


def _from_folder(folder: Path, dtype: torch.dtype) -> Parts:
    opened = diffusion.open_parts(folder, dtype=dtype)
    return Parts(opened.tokenizer, opened.text_encoder, opened.unet, opened.vae, opened.scheduler, tokenizer_2=opened.tokenizer_2,
                 text_2=opened.text_encoder_2, empty_is_zero=opened.empty_is_zero)  # fmt: skip


def _scheduler(folder: Path) -> Any:
    import diffusers

    from lib.media.files import read_json

    name = read_json(folder / "scheduler" / "scheduler_config.json")["_class_name"]
    kind = getattr(diffusers, name) if name.endswith("Scheduler") else diffusers.DDIMScheduler
    return kind.from_pretrained(folder / "scheduler", local_files_only=True)


def _from_file(path: Path, dtype: torch.dtype) -> Parts:
    """In the layout of Stable Diffusion's first code. What it leaves out is carried, and no network is asked."""
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

    kind = single_file.kind_of(path)
    folder, is_xl = single_file.CARRIED / kind, kind == single_file.XL
    tokenizers = [
        CLIPTokenizer.from_pretrained(single_file.CARRIED / single_file.TOKENIZER, local_files_only=True, pad_token=filled)
        for filled in single_file.FILLED_UP_WITH[kind]
    ]  # fmt: skip
    beside = {"tokenizer_2": tokenizers[1]} if is_xl else {"safety_checker": None}
    made = (StableDiffusionXLPipeline if is_xl else StableDiffusionPipeline).from_single_file(
        str(path), config=str(folder), tokenizer=tokenizers[0], scheduler=_scheduler(folder), torch_dtype=dtype, local_files_only=True, **beside,
    )  # fmt: skip
    if not is_xl:
        return Parts(made.tokenizer, made.text_encoder, made.unet, made.vae, made.scheduler)
    return Parts(made.tokenizer, made.text_encoder, made.unet, made.vae, made.scheduler, tokenizer_2=made.tokenizer_2, text_2=made.text_encoder_2,
                 empty_is_zero=made.config.force_zeros_for_empty_prompt)  # fmt: skip
