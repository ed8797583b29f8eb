"""One .safetensors file of Stable Diffusion or SDXL, in the layout of its first code: which of them it is, by the names and shapes in its head.

Read `kind_of`. Imports no torch, so that a file that will not do is refused before a run is asked for. What such a file leaves out (the
shapes, the noise, the vocabulary) is carried in assets/stable_diffusion.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lib.errors import UserError

CARRIED = Path(__file__).resolve().parents[3] / "assets" / "stable_diffusion"
V1, V2, V2_VELOCITY, XL = "v1", "v2", "v2-velocity", "xl"   # folders of it
TOKENIZER = "tokenizer"
FILLED_UP_WITH = {V1: ["<|endoftext|>"], V2: ["!"], V2_VELOCITY: ["!"], XL: ["<|endoftext|>", "!"]}     # a text that is shorter than each encoder's tokens
_UNET, _VAE = "model.diffusion_model.", "first_stage_model."
_FIRST, _LAST_NORM = f"{_UNET}input_blocks.0.0.weight", f"{_UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias"
_CLIP, _OPEN_CLIP = "cond_stage_model.transformer.text_model.", "cond_stage_model.model."
_XL_CLIP, _XL_OPEN_CLIP, _REFINER = "conditioner.embedders.0.transformer.text_model.", "conditioner.embedders.1.model.", "conditioner.embedders.0.model."
_LARGEST_HEAD = 100_000_000
_VELOCITY = 0.09        # the deviation of _LAST_NORM, from which on ComfyUI takes a file for one that says the velocity


def kind_of(path: Path) -> str:
    """V1, V2, V2_VELOCITY or XL. Raises UserError for any other file, and says what it is where that can be told."""
    head = _head(path)
    others = {
        _REFINER: "It is SDXL's refiner, which goes over pictures that its base has made; take the base.",
        "edm_mean": "It is of Playground, whose noise goes another way.", "v_pred": "It is of SDXL, but says the velocity instead of the noise.",
        f"{_UNET}joint_blocks.": "It is of Stable Diffusion 3.", f"{_UNET}double_blocks.": "It is of Flux.", "double_blocks.": "It is of Flux.",
    }  # fmt: skip
    if any(key.startswith("lora_") or ".lora_" in key or ".lora." in key for key in head):
        raise _refusal(path, "It is a LoRA itself: an addition, not a base.")
    for beginning, why in others.items():
        if any(key.startswith(beginning) for key in head):
            raise _refusal(path, why)
    if _FIRST not in head:
        raise _refusal(path, "It has no U-Net as Stable Diffusion's first code names it.")
    if head[_FIRST]["shape"][1] != 4:
        raise _refusal(path, f"Its U-Net takes {head[_FIRST]['shape'][1]} channels, as one that fills in a part of a picture does; it should take 4.")
    if not any(key.startswith(_VAE) for key in head):
        raise _refusal(path, "It has no autoencoder (VAE), which makes pictures of what the U-Net says.")
    if any(key.startswith(_XL_CLIP) for key in head) and any(key.startswith(_XL_OPEN_CLIP) for key in head):
        return XL
    if any(key.startswith(_CLIP) for key in head):
        return V1
    if any(key.startswith(_OPEN_CLIP) for key in head):
        return V2_VELOCITY if _says_velocity(path, head) else V2
    raise _refusal(path, "It has no text encoder.")


def _refusal(path: Path, why: str) -> UserError:
    return UserError(f"{path.name} cannot be the base of a LoRA here.", why, "Choose one whole file of Stable Diffusion 1, 2 or XL, or another base.")


def _head(path: Path) -> dict[str, Any]:
    """Name -> {"dtype", "shape", "data_offsets"}, as the format has it: eight bytes that say how long it is, then JSON."""
    try:
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if length > _LARGEST_HEAD:
                raise ValueError("its head is too long")
            head = json.loads(file.read(length))
            return {key: value for key, value in head.items() if key != "__metadata__"}
    except (OSError, ValueError, struct.error, AttributeError) as error:
        raise UserError(f"{path.name} cannot be read.", f"It is no .safetensors file, or not whole: {error}.", "Fetch it again.") from error


def _says_velocity(path: Path, head: Mapping[str, Any]) -> bool:
    """Nothing in the file tells it in words. Files of the two kinds differ in how wide one row of numbers is spread, as ComfyUI found."""
    if head.get(_LAST_NORM, {}).get("dtype") not in ("F16", "BF16", "F32"):
        return False
    numbers = _numbers(path, head[_LAST_NORM])
    middle = sum(numbers) / len(numbers)
    return (sum((number - middle) ** 2 for number in numbers) / len(numbers)) ** 0.5 > _VELOCITY


def _numbers(path: Path, entry: Mapping[str, Any]) -> list[float]:
    start, end = entry["data_offsets"]
    with open(path, "rb") as file:
        at = 8 + struct.unpack("<Q", file.read(8))[0]
        file.seek(at + start)
        content = file.read(end - start)
    if entry["dtype"] == "BF16":        # the upper half of a float
        content = b"".join(b"\0\0" + content[place : place + 2] for place in range(0, len(content), 2))
    if entry["dtype"] == "F16":
        return list(struct.unpack(f"<{len(content) // 2}e", content))
    return list(array("f", content))
