"""The loop in which a picture comes out of noise: of words, of a picture, or where a mask was painted on one. Read `sample`.

It does what diffusers' StableDiffusionPipeline and StableDiffusionXLPipeline, their Img2Img and their Inpaint pipelines do, to the same numbers,
as one loop that can be read, looked at and left between two steps. DDPM (Ho, Jain & Abbeel 2020), latents (Rombach et al. 2022), guidance (Ho & Salimans
2022), its rescaling (Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed", 3.4).
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from lib.errors import UserError
from lib.models.diffusion.parts import Parts
from lib.models.diffusion.words import Words, encode_words, heard, joined, sizes_of

_FLAWLESS = 0.7     # how much of the rescaling, for schedules that begin with nothing but noise (the paper's own)


@dataclass(frozen=True)
class Asked:
    """What a picture shall be.

    prompt, negative: what it shall show, and what not. prompts: instead of the one, one for each picture. guidance: how strictly it follows the words; 1 looks at them only once, in
    half the time. rescale: how far guidance is kept from making it glaring; None for what its schedule needs. steps: more are finer.
    width, height: px, multiples of the model's factor; None for what it has learned. picture: (1, 3, height, width) from -1 to 1, to
    begin with. strength: how much of that is drawn anew, up to 1. mask: (1, 1, height, width), 1 where the picture is to be drawn anew
    and 0 where it stays.
    """

    prompt: str = ""
    negative: str = ""
    guidance: float = 7.5
    rescale: float | None = None
    steps: int = 20
    width: int | None = None
    height: int | None = None
    picture: torch.Tensor | None = None
    strength: float = 1.0
    mask: torch.Tensor | None = None
    prompts: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """number of `of` is done. latents: as they are now. clean: what they would become if all noise were taken out at once. (n, channels, h, w)"""

    number: int
    of: int
    latents: torch.Tensor
    clean: torch.Tensor


def sample(parts: Parts, asked: Asked, seeds: Sequence[int]) -> Iterator[Step]:
    """One picture for each seed, all together: yields after each step, the last one holds the finished latents.

    Each has dice of its own, thrown on the processor: a seed makes the same picture alone, among others, and on another device.
    Raises UserError for a size that the model cannot make.
    """
    shape = _shape(parts, asked, len(seeds))
    dice = [torch.Generator().manual_seed(seed) for seed in seeds]
    scheduler = copy.deepcopy(parts.scheduler)
    scheduler.set_timesteps(asked.steps, device=parts.device)
    times = _times(scheduler, asked)
    words = _words(parts, asked, len(seeds))
    begun = _begin(parts, asked, scheduler, times, shape, dice)
    latents, chance = begun.latents, {"generator": dice} if "generator" in inspect.signature(scheduler.step).parameters else {}
    for at, time in enumerate(times):
        noise = _foretold(parts, asked, scheduler, latents, time, words)
        latents, clean = _less_noisy(scheduler, noise, time, latents, chance)
        if begun.mask is not None:
            latents = _kept_outside(begun, begun.mask, scheduler, latents, times[at + 1 : at + 2])
        yield Step(at + 1, len(times), latents, clean)


@torch.inference_mode()
def decode(parts: Parts, latents: torch.Tensor) -> torch.Tensor:
    """Latents as pictures: float32 (n, 3, height, width), about -1 to 1, on the processor."""
    latents = latents.to(parts.vae.dtype) / parts.vae.config.scaling_factor
    return torch.cat([parts.vae.decode(one[None]).sample.float().cpu() for one in latents])


@torch.inference_mode()
def encode(parts: Parts, picture: torch.Tensor, dice: Sequence[torch.Generator]) -> torch.Tensor:
    """A picture (1, 3, height, width) as latents, once for each dice: (n, channels, h, w)."""
    seen = parts.vae.encode(picture.to(parts.device, parts.vae.dtype)).latent_dist
    return torch.cat([seen.sample(one) for one in dice]).to(parts.dtype) * parts.vae.config.scaling_factor


# ---- before the first step -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Begun:
    """latents: where it begins. noise: by its seeds. own: the latents of the picture that was given. mask: over the latents; None without one."""

    latents: torch.Tensor
    noise: torch.Tensor
    own: torch.Tensor
    mask: torch.Tensor | None = None


def size_of(parts: Parts, asked: Asked) -> tuple[int, int]:
    """(width, height) in px. Raises UserError where it is no multiple of the model's factor."""
    width, height = asked.width or parts.side, asked.height or parts.side
    if width % parts.factor or height % parts.factor or min(width, height) < parts.factor:
        near = [max(parts.factor, round(side / parts.factor) * parts.factor) for side in (width, height)]
        raise UserError(f"A picture of {width} × {height} px cannot be made.", f"Each side has to be a multiple of {parts.factor} px.", f"Choose {near[0]} × {near[1]} px.")
    return width, height


def _shape(parts: Parts, asked: Asked, count: int) -> tuple[int, int, int, int]:
    width, height = size_of(parts, asked)
    return count, parts.unet.config.in_channels, height // parts.factor, width // parts.factor


def _times(scheduler, asked: Asked) -> torch.Tensor:
    """The times that are gone through; of a picture that is changed, only the last of them."""
    if asked.picture is None:
        return scheduler.timesteps
    first = asked.steps - min(max(1, int(asked.steps * asked.strength)), asked.steps)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first * scheduler.order)
    return scheduler.timesteps[first * scheduler.order :]


def _words(parts: Parts, asked: Asked, count: int) -> Words:
    """Of n pictures, or with guidance of twice as many: what not, then what."""
    prompts = encode_words(parts, asked.prompts) if asked.prompts else encode_words(parts, [asked.prompt]).times(count)
    return joined([encode_words(parts, [asked.negative]).times(count), prompts]) if asked.guidance > 1 else prompts


@torch.inference_mode()
def _begin(parts: Parts, asked: Asked, scheduler, times: torch.Tensor, shape: tuple, dice: list[torch.Generator]) -> _Begun:
    own = None if asked.picture is None else encode(parts, asked.picture, dice)     # first: its dice are thrown before the noise
    noise = torch.cat([torch.randn((1, *shape[1:]), generator=one) for one in dice]).to(parts.device, parts.dtype)
    if own is None:
        return _Begun(noise * scheduler.init_noise_sigma, noise, noise)
    all_anew = asked.mask is not None and asked.strength == 1
    latents = noise * scheduler.init_noise_sigma if all_anew else scheduler.add_noise(own, noise, times[:1])
    mask = None if asked.mask is None else F.max_pool2d(asked.mask.to(parts.device, parts.dtype), parts.factor)
    return _Begun(latents, noise, own, mask)


# ---- one step --------------------------------------------------------------------------------------------------------------


@torch.inference_mode()
def _foretold(parts: Parts, asked: Asked, scheduler, latents: torch.Tensor, time: torch.Tensor, words: Words) -> torch.Tensor:
    """What the U-Net says of the noise, led by the words."""
    guided = asked.guidance > 1
    given = scheduler.scale_model_input(torch.cat([latents] * 2) if guided else latents, time)
    height, width = (side * parts.factor for side in latents.shape[2:])
    sizes = torch.tensor([sizes_of(width, height)]).expand(len(given), -1)
    with parts.around(time.expand(len(given))) if parts.around else nullcontext():
        said = parts.unet(given, time, **heard(words, sizes)).sample
    if not guided:
        return said
    without, with_ = said.chunk(2)
    led = without + asked.guidance * (with_ - without)
    rescale = asked.rescale if asked.rescale is not None else _FLAWLESS if scheduler.config.get("rescale_betas_zero_snr") else 0.0
    return _rescaled(led, with_, rescale) if rescale else led


def _rescaled(led: torch.Tensor, with_: torch.Tensor, share: float) -> torch.Tensor:
    """As strong as it was before it was led."""
    strength = lambda x: x.std(dim=(1, 2, 3), keepdim=True)
    return share * led * (strength(with_) / strength(led)) + (1 - share) * led


@torch.inference_mode()
def _less_noisy(scheduler, noise: torch.Tensor, time: torch.Tensor, latents: torch.Tensor, chance: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """(the latents one step on, those without any noise as far as one can tell)"""
    done = scheduler.step(noise, time, latents, **chance)
    clean = getattr(done, "pred_original_sample", None)
    return done.prev_sample, done.prev_sample if clean is None else clean


@torch.inference_mode()
def _kept_outside(begun: _Begun, mask: torch.Tensor, scheduler, latents: torch.Tensor, next_time: torch.Tensor) -> torch.Tensor:
    """What is not painted over stays the picture that was given, as noisy as the rest is by now."""
    own = scheduler.add_noise(begun.own, begun.noise, next_time) if len(next_time) else begun.own
    return (1 - mask) * own + mask * latents
