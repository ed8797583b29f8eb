"""What was learned, as other programs read it: the two files of peft, and one for llama.cpp. Read `config_of`, then `as_gguf`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from lib.models.adversarial import read_weights
from lib.models.text_lora.network import PREFIX

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def read_run(run_folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The weights of a run by their names in peft, and its facts: of its result, else of its latest checkpoint. Raises UserError where it has none."""
    return read_weights(run_folder, {PREFIX: "own"})


def config_of(config: Any, base: str) -> bytes:
    """adapter_config.json. config: peft's own, base: whom it belongs to."""
    plain = {name: sorted(value) if isinstance(value, set) else value for name, value in config.to_dict().items()}
    plain |= {"base_model_name_or_path": base, "inference_mode": True, "lora_alpha": int(plain["lora_alpha"])}
    return json.dumps(plain, indent=2, default=str).encode()


def as_safetensors(weights: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> bytes:
    return save({name: value.detach().cpu().float().contiguous() for name, value in weights.items()}, {"format": "pt", **metadata})
