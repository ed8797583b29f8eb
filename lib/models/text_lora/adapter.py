"""What was learned, as other programs read it: the two files of peft, and one for llama.cpp. Read `config_of`, then `as_gguf`."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from lib.errors import UserError
from lib.models.adversarial import read_weights
from lib.models.text_lora.network import PREFIX

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def read_run(run_folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The weights of a run by their names in peft, and its facts: of its result, else of its latest checkpoint. Raises UserError where it has none."""
    return read_weights(run_folder, {PREFIX: "own"})


def config_of(config: Any, base: str) -> bytes:
    """adapter_config.json. config: peft's own, base: whom it belongs to."""
    plain: dict[str, Any] = {name: sorted(value) if isinstance(value, set) else value for name, value in config.to_dict().items()}
    plain |= {"base_model_name_or_path": base, "inference_mode": True, "lora_alpha": int(plain["lora_alpha"])}
    return json.dumps(plain, indent=2, default=str).encode()


def as_safetensors(weights: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> bytes:
    return save({name: value.detach().cpu().float().contiguous() for name, value in weights.items()}, {"format": "pt", **metadata})


# ---- for llama.cpp, and what is built on it

# Families here -> there. Others may have their rows in another order in a .gguf file (Bloom, Granite), so nothing is written for them.
_FAMILIES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gpt2": "gpt2"}
_TURNED = ("llama",)            # those of which the halves that turn together lie beside each other there


def as_gguf(weights: Mapping[str, torch.Tensor], facts: Mapping[str, Any], about: str) -> bytes:
    """One file in the format of llama.cpp (convert_lora_to_gguf.py). weights, facts: as `read_run` gives them. about: what it is, in a few words.

    Beside blk.3.attn_q.weight lie .lora_a (r, in) and .lora_b (out, r); where the base's own rows are turned round for llama.cpp, those of B are too.
    Raises UserError for a family of models that it does not know.
    """
    import gguf

    family = _FAMILIES.get(facts["architecture"])
    if family is None:
        raise UserError(f"There is no .gguf file of a {facts['architecture']}.", f"It is written of these families: {', '.join(_FAMILIES)}.", "Use the files of peft.")
    kind = next(kind for kind, name in gguf.MODEL_ARCH_NAMES.items() if name == family)
    blocks = 1 + max((int(number) for name in weights for number in re.findall(r"\.(\d+)\.", name)), default=0)
    names = gguf.get_tensor_name_map(kind, blocks)
    with tempfile.TemporaryDirectory(prefix="handmade-gguf-") as folder:
        writer = gguf.GGUFWriter(Path(folder) / "adapter.gguf", family)
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_name(about)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(facts["alpha"]))
        for name, value in sorted(weights.items()):
            layer, _, side = name.removeprefix(f"{PREFIX}.model.").removesuffix(".weight").rpartition(".")
            there = names.get_name(layer)
            if there is None:
                raise UserError(f"{layer} has no place in a .gguf file.", f"llama.cpp knows no such layer of a {family}.", "Use the files of peft.")
            values = value.detach().cpu().float().numpy()
            if side == "lora_B" and family in _TURNED and layer.endswith(("q_proj", "k_proj")):
                values = turned(values, facts["heads"] if layer.endswith("q_proj") else facts["heads_kv"])
            writer.add_tensor(f"{there}.weight.{side.lower()}", np.ascontiguousarray(values))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return (Path(folder) / "adapter.gguf").read_bytes()


def turned(values: np.ndarray, heads: int) -> np.ndarray:
    """The rows of q or k as a .gguf has them: the two halves of a head that turn together beside each other. values: (out, …)."""
    return values.reshape(heads, 2, -1, values.shape[-1]).swapaxes(1, 2).reshape(values.shape)
