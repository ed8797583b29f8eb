"""The addition as a file: as diffusers and peft write it, as kohya's sd-scripts do (which ComfyUI and AUTOMATIC1111 read), and back.

Read `as_kohya` and `read`. Between them lies {name of the base's layer: Layer}. Names, by the key maps of ComfyUI (comfy/lora.py),
AUTOMATIC1111 (extensions-builtin/Lora/networks.py) and diffusers (loaders/lora_conversion_utils.py):

    peft        unet.down_blocks.0.….attn1.to_q.lora_A.weight         .lora_B.weight     alpha stands in the file's metadata
    diffusers   unet.down_blocks.0.….attn1.to_q.lora.down.weight      .lora.up.weight    earlier: attn1.processor.to_q_lora.down.weight
    kohya       lora_unet_down_blocks_0_…_attn1_to_q.lora_down.weight .lora_up.weight    .alpha beside them, or else the rank
    …of SDXL    lora_unet_input_blocks_4_1_…_attn1_to_q.…             the names of its first code, where each is counted through

ComfyUI and AUTOMATIC1111 take either kind of name for SDXL; kohya's own scripts only the last, so that is what is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from lib.errors import UserError
from lib.models.adversarial import read_weights
from lib.models.lora.layers import Layer, layers_of

PREFIX = "unet."
ADAPTER = "lora_adapter_metadata"       # where diffusers looks for rank and alpha
OF_XL = "sdxl_base_v1-0"
_EACH = 3                               # layers of an up block in Stable Diffusion and SDXL; a down block has as many with the one that halves
_RESNET = {"conv1": "in_layers_2", "conv2": "out_layers_3", "time_emb_proj": "emb_layers_1", "conv_shortcut": "skip_connection"}
_NAMED = 6                              # so many keys stand in an error
_ENDS = (
    (".lora_A.weight", "down"), (".lora_B.weight", "up"), (".lora.down.weight", "down"), (".lora.up.weight", "up"), (".lora_down.weight", "down"),
    (".lora_up.weight", "up"), ("_lora.down.weight", "down"), ("_lora.up.weight", "up"), (".alpha", "alpha"),
)  # fmt: skip
_BEFORE = ("base_model.model.", "unet.", "lora_unet_", "lycoris_")


# ---- a run


def read_run(run_folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The weights of a run, "unet.….lora_A.weight", and its facts: of its result, else of its latest checkpoint. Raises UserError where it has none."""
    weights, facts = read_weights(run_folder, {"unet": "average"})
    return weights, facts


def layers_of_run(run_folder: Path) -> tuple[dict[str, Layer], dict[str, Any]]:
    weights, facts = read_run(run_folder)
    return layers_of({key.removeprefix(PREFIX): value for key, value in weights.items()}, facts["alpha"]), facts


def version_of(unet: Any, velocity: bool) -> str:
    """As kohya's sd-scripts call a base: SDXL by what else it hears, others by the width of its words; what is neither is so told."""
    if unet.config.addition_embed_type == "text_time":
        return OF_XL
    known = {768: "sd_v1", 1024: "sd_v2"}.get(unet.config.cross_attention_dim)
    return f"{known}_v" if known == "sd_v2" and velocity else known or "other"


# ---- writing


def as_kohya(layers: Mapping[str, Layer], metadata: Mapping[str, str], is_xl: bool = False) -> bytes:
    """The content of a .safetensors file by kohya's names, its alpha beside each layer. is_xl: of SDXL, whose names are others."""
    tensors = {}
    for name, layer in layers.items():
        key = f"lora_unet_{first_name(name) if is_xl else name.replace('.', '_')}"
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = _plain(layer.down), _plain(layer.up)
        tensors[f"{key}.alpha"] = torch.tensor(float(layer.alpha))
    return save(tensors, {"format": "pt", **metadata})


def as_peft(layers: Mapping[str, Layer], metadata: Mapping[str, str]) -> bytes:
    """The content of pytorch_lora_weights.safetensors, which diffusers' load_lora_weights takes."""
    tensors = {}
    for name, layer in layers.items():
        tensors[f"{PREFIX}{name}.lora_A.weight"], tensors[f"{PREFIX}{name}.lora_B.weight"] = _plain(layer.down), _plain(layer.up)
    ranks, alphas = {layer.rank for layer in layers.values()}, {layer.alpha for layer in layers.values()}
    config = {"r": max(ranks), "lora_alpha": max(alphas), "target_modules": sorted(layers)}
    if len(ranks) > 1:
        config["rank_pattern"] = {name: layer.rank for name, layer in layers.items()}
    if len(alphas) > 1:
        config["alpha_pattern"] = {name: layer.alpha for name, layer in layers.items()}
    return save(tensors, {"format": "pt", ADAPTER: json.dumps({f"{PREFIX}{key}": value for key, value in config.items()}), **metadata})


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().cpu().float().contiguous().clone()


# ---- reading


def read(path: Path, unet: Any, called: str = "") -> tuple[dict[str, Layer], list[str]]:
    """The layers of a LoRA file that fit this U-Net, and the keys that fit nothing in it (such as those for a text encoder).

    called: what its person calls it. Raises UserError where it is no .safetensors file, where nothing fits, and where a layer has the name of one
    but another size, as those of another base have; then it names some of the keys.
    """
    tensors, alpha = _opened(path)
    places, known = _places(unet), {name for name, _ in _modules(unet)}
    found: dict[str, dict[str, Any]] = {}
    keys: dict[str, list[str]] = {}
    others = []
    for key, tensor in tensors.items():
        name, part = _split(key, places, known)
        if not part:
            others.append(key)
        else:
            found.setdefault(name, {})[part] = tensor
            keys.setdefault(name, []).append(key)
    layers, modules, strange = {}, dict(_modules(unet)), []
    for name, parts in found.items():
        if not {"down", "up"} <= parts.keys():
            others += keys[name]
        elif _fits(parts, modules[name]):
            rank = parts["down"].shape[0]
            layers[name] = Layer(parts["down"].float(), parts["up"].float(), float(parts.get("alpha", alpha.get(name, alpha.get("", rank)))))
        else:
            strange += keys[name]
    if strange:
        raise _refusal(called or path.name, strange, "Some of its layers are of another size than those of the base")
    if not layers:
        raise _refusal(called or path.name, others, "None of its layers belongs to a layer of it")
    return layers, sorted(others)


def _opened(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """Its tensors, and the alphas that its metadata speaks of: by layer, and "" for all others."""
    if path.suffix != ".safetensors":
        raise UserError(f"{path.name} is not opened.", "Only .safetensors files are: others can run a stranger's program while they are read.",
                        "Look for the same LoRA as .safetensors.")  # fmt: skip
    try:
        with safe_open(path, "pt") as file:
            told = json.loads((file.metadata() or {}).get(ADAPTER, "{}"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}
    except (OSError, SafetensorError, ValueError) as error:
        raise UserError(f"{path.name} cannot be read.", str(error), "Fetch it again.") from error
    told = told if isinstance(told, dict) else {}
    alphas = {name: float(alpha) for name, alpha in (told.get(f"{PREFIX}alpha_pattern") or {}).items()}
    return tensors, alphas | ({"": float(told[f"{PREFIX}lora_alpha"])} if f"{PREFIX}lora_alpha" in told else {})


def _modules(unet: Any) -> Iterable[tuple[str, Any]]:
    """The layers of the base itself, also where additions lie beside them by now."""
    return (
        (name.removesuffix(".base_layer"), part) for name, part in unet.named_modules()
        if isinstance(part, torch.nn.Linear | torch.nn.Conv2d) and ".lora_" not in name
    )  # fmt: skip


def _places(unet: Any) -> dict[str, str]:
    """Names with underscores -> the layer's own name; by the names of diffusers and by those of Stable Diffusion's first code."""
    each = (unet.config.layers_per_block if isinstance(unet.config.layers_per_block, int) else unet.config.layers_per_block[0]) + 1
    places = {first_name(name, each): name for name, _ in _modules(unet)}
    return places | {name.replace(".", "_"): name for name, _ in _modules(unet)}


def first_name(name: str, each: int = _EACH) -> str:
    """A layer's name with underscores as Stable Diffusion's first code has it, in which all layers of a way are counted through.

    each: layers of an up block. What has no other name there, or none that a LoRA is for, keeps its own.
    """
    if match := re.fullmatch(r"(down|up)_blocks\.(\d+)\.(attentions|resnets)\.(\d+)\.(.+)", name):
        way, block, layer = match[1], int(match[2]), int(match[4])
        at = f"input_blocks_{1 + each * block + layer}" if way == "down" else f"output_blocks_{each * block + layer}"
        return f"{at}_{_within(match[3], match[5])}"
    if match := re.fullmatch(r"mid_block\.(attentions|resnets)\.(\d+)\.(.+)", name):
        return f"middle_block_{1 if match[1] == 'attentions' else 2 * int(match[2])}_{_within('', match[3])}"
    if match := re.fullmatch(r"down_blocks\.(\d+)\.downsamplers\.0\.conv", name):
        return f"input_blocks_{each * (int(match[1]) + 1)}_0_op"
    return name.replace(".", "_")


def _within(kind: str, rest: str) -> str:
    inside = _RESNET.get(rest, rest.replace(".", "_"))
    return inside if not kind else f"{1 if kind == 'attentions' else 0}_{inside}"


def _split(key: str, places: Mapping[str, str], known: set[str]) -> tuple[str, str]:
    """(the layer's own name, "down", "up" or "alpha"); ("", "") where it fits no layer."""
    for end, part in _ENDS:
        if key.endswith(end):
            name = key.removesuffix(end)
            for before in _BEFORE:
                name = name.removeprefix(before)
            name = name.replace(".processor.", ".")
            name = f"{name}.0" if name.endswith("to_out") else name
            name = name if name in known else places.get(name.replace(".", "_"), "")
            return (name, part) if name else ("", "")
    return "", ""


def _fits(parts: Mapping[str, Any], module: Any) -> bool:
    down, up, weight = parts["down"], parts["up"], module.weight
    return down.dim() == up.dim() == weight.dim() and down.shape[1] == weight.shape[1] and up.shape[0] == weight.shape[0] and up.shape[1] == down.shape[0]


def _refusal(name: str, others: list[str], why: str) -> UserError:
    named = ", ".join(sorted(others)[:_NAMED]) + (f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else "")
    return UserError(
        f"{name} does not fit this base.", f"{why}: {named or 'it holds none'}.",
        "It was made for another base, such as Stable Diffusion, SDXL or Flux: choose that one, or another file.",
    )  # fmt: skip
