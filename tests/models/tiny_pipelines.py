"""Text-to-image models of random weights in Stable Diffusion's own format, made on the spot: one as the tiny base is, one as SD 1.5 is,
one as SDXL is, and one by the tool that trains the tiny base (`write_pipeline`), with its own words and size."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers import pre_tokenizers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from tools import train_tiny_base as tool

WIDTH, SECOND = 16, 24      # of the text encoder, and of the second one
MERGES = ["r e", "re d</w>", "f i", "fi s", "fis h</w>"]    # of the tool's words
_FOLDERS: list[tempfile.TemporaryDirectory] = []    # removed when the tests end


@functools.cache
def tiny_base() -> Path:
    """Of the tiny base's shape, and smaller: 16 channels, v-prediction down to nothing but noise."""
    unet = UNet2DConditionModel(
        sample_size=4, in_channels=16, out_channels=16, block_out_channels=(8, 16), layers_per_block=1, attention_head_dim=2, norm_num_groups=4,
        cross_attention_dim=WIDTH, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    vae = AutoencoderKL(
        latent_channels=16, block_out_channels=(4, 4, 8, 8), layers_per_block=1, norm_num_groups=1, sample_size=32,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    noise = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction", clip_sample=False,
        set_alpha_to_one=False, rescale_betas_zero_snr=True, timestep_spacing="trailing", steps_offset=1,
    )  # fmt: skip
    return _made(unet, vae, noise, gain=1.5)


@functools.cache
def tiny_sd15() -> Path:
    """Of the shape and the keys of Stable Diffusion 1.5, a hundredth as wide: 4 channels, epsilon, four levels, two layers each."""
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(4, 8, 8, 8), layers_per_block=2, attention_head_dim=2, norm_num_groups=2, cross_attention_dim=WIDTH,
    )  # fmt: skip
    vae = AutoencoderKL(
        latent_channels=4, block_out_channels=(4, 4, 8, 8), layers_per_block=2, norm_num_groups=2, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    noise = PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    return _made(unet, vae, noise, gain=1.0)


@functools.cache
def tiny_sdxl() -> Path:
    """Of the shape and the keys of SDXL, a hundredth as wide: two text encoders, sizes beside them, three levels of which the first hears no words."""
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(4, 8, 8), layers_per_block=2, attention_head_dim=(1, 2, 2), norm_num_groups=2, cross_attention_dim=WIDTH + SECOND,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 1, 2), use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + SECOND,
    )  # fmt: skip
    vae = AutoencoderKL(
        latent_channels=4, block_out_channels=(4, 4, 8, 8), layers_per_block=2, norm_num_groups=2, sample_size=64, scaling_factor=0.13025, force_upcast=True,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    noise = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading")
    return _made(unet, vae, noise, gain=1.0, is_xl=True)


def _made(unet, vae, noise, gain: float, is_xl: bool = False) -> Path:
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-pipeline-"))
    folder = Path(_FOLDERS[-1].name)
    _write_vocabulary(folder / "words")
    words = CLIPTokenizer.from_pretrained(folder / "words")
    words("red", padding="max_length", max_length=77, truncation=True)     # which the file then remembers, as those of others do
    ends = {"bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id}
    shape = {"vocab_size": len(words), "intermediate_size": 32, "num_attention_heads": 2, **ends}
    text = CLIPTextModel(CLIPTextConfig(hidden_size=WIDTH, num_hidden_layers=2 if is_xl else 1, projection_dim=WIDTH, **shape))
    parts = {"vae": vae, "text_encoder": text, "tokenizer": words, "unet": unet, "scheduler": noise}
    if is_xl:
        second = CLIPTextModelWithProjection(CLIPTextConfig(hidden_size=SECOND, num_hidden_layers=2, projection_dim=SECOND, hidden_act="gelu", **shape))
        _draw(gain, text, second, unet, vae)
        pipeline = StableDiffusionXLPipeline(**parts, text_encoder_2=second, tokenizer_2=words)
    else:
        _draw(gain, text, unet, vae)
        pipeline = StableDiffusionPipeline(**parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.save_pretrained(folder / "pipeline", safe_serialization=True)
    return folder / "pipeline"


@torch.no_grad()
def _draw(gain: float, *networks) -> None:
    """The same weights each time, and such that words and seeds show in the pictures."""
    luck = torch.Generator().manual_seed(0)
    for network in networks:
        for weight in network.parameters():
            if weight.dim() > 1:
                weight.copy_(torch.randn(weight.shape, generator=luck) * (gain / weight[0].numel() ** 0.5))


def _write_vocabulary(folder: Path) -> None:
    """CLIP's way of cutting words, where each is cut into its letters but for "the" and "red"."""
    folder.mkdir()
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e</w>"), ("r", "e"), ("re", "d</w>")]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)]) + "\n")
    marks = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**marks, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}))


def write_pipeline(folder: Path, latents: int = 16) -> Path:
    """latents: channels of them; 4 as Stable Diffusion has, or more."""
    words = folder.parent / f"{folder.name}-words"
    words.mkdir(parents=True)
    tool.write_vocabulary(words, MERGES)
    cutter = CLIPTokenizer.from_pretrained(words)
    torch.manual_seed(0)
    ends = dict(bos_token_id=cutter.bos_token_id, eos_token_id=cutter.eos_token_id, pad_token_id=cutter.pad_token_id)
    text = CLIPTextModel(CLIPTextConfig(vocab_size=len(cutter), **ends, **tool.TEXT))
    vae = AutoencoderKL(**{
        **tool.VAE, "latent_channels": latents, "block_out_channels": (8,) * 4, "scaling_factor": 0.5,
        "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
    })  # fmt: skip
    unet = UNet2DConditionModel(**{
        **tool.UNET, "sample_size": 8, "in_channels": latents, "out_channels": latents, "block_out_channels": (16, 32),
        "down_block_types": ("CrossAttnDownBlock2D",) * 2, "up_block_types": ("CrossAttnUpBlock2D",) * 2,
    })  # fmt: skip
    made = tool.pipeline(vae, cutter, text, unet)
    made.save_pretrained(folder, safe_serialization=True)
    return folder
