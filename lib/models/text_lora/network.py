"""A base opened, with the addition beside it. Read `open_base`, then `Voice`.

Only safetensors are read, and no program that a base brings along is run. Beside a layer W lies B A, of rank r: it answers W x + (alpha / r) B A x (Hu et al. 2021).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM
from transformers.pytorch_utils import Conv1D

from lib.errors import UserError
from lib.models.text_lora import ATTENTION, OPEN_TO_ALL
from lib.models.text_lora.tokens import Words, open_words

NAME = "default"
PREFIX = "base_model"           # how the names of an addition begin, by peft
_ASKS = ("q_proj", "k_proj")    # what decides where to look
_IN_ATTENTION = ("attn", "attention")


def open_base(path: Path, device: str | torch.device = "cpu") -> tuple[Any, Words]:
    """The network in float32 (on a card in bfloat16), learning nothing by itself, and how it cuts words. path: as base.find gives it.

    Raises UserError where it cannot be opened.
    """
    words = open_words(path)
    try:
        network = _of_gguf(path) if path.is_file() else _of_folder(path)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise UserError(f"The base {path.name} cannot be opened.", f"{str(error).splitlines()[0][:300]}", "Fetch it again, or choose another one.") from error
    if torch.device(device).type == "cuda":
        network = network.to(torch.bfloat16)
    return network.to(device).eval().requires_grad_(False), words


def _of_gguf(path: Path) -> Any:
    from lib.models.smollm2.network import open_gguf

    return open_gguf(path)[0]


def _of_folder(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32)


def layers_of(network: Any, which: str) -> list[str]:
    """The names of the layers that learn. which: as in Settings.

    "values and MLP" leaves out what decides where to look, where that lies in layers of its own (as in Llama and Qwen; GPT-2 has all in one).
    """
    out = network.get_output_embeddings()
    names = [name for name, part in network.named_modules() if isinstance(part, torch.nn.Linear | Conv1D) and part is not out]
    if which == ATTENTION:
        return [name for name in names if any(word in name for word in _IN_ATTENTION)]
    return [name for name in names if not name.endswith(_ASKS)] if which == OPEN_TO_ALL else names


class Voice:
    """A base with an addition beside it. model: the two together, by peft. own: the very tensors that learn, by their names in a file of peft."""

    def __init__(self, network: Any, words: Words, which: str, rank: int, alpha: int, dropout: float = 0.0):
        self.words, self.device = words, network.device
        targets = layers_of(network, which)
        config = LoraConfig(
            task_type="CAUSAL_LM", r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=targets,
            fan_in_fan_out=any(isinstance(network.get_submodule(name), Conv1D) for name in targets),
        )  # fmt: skip
        self.model: Any = get_peft_model(network, config)
        self.own = {name.replace(f".{NAME}.", "."): part for name, part in self.model.named_parameters() if part.requires_grad}
        for part in self.own.values():
            part.data = part.data.float()       # in half, small steps would be lost
        self._scale = alpha / rank
        self._strength = 1.0

    @property
    def context(self) -> int:
        """Tokens that the base can see at once."""
        return int(getattr(self.model.config, "max_position_embeddings", 0) or getattr(self.model.config, "n_positions", 0) or 2048)

    def scores(self, tokens: torch.Tensor, **more: Any) -> Any:
        """tokens: (B, T). What transformers answers: .logits (B, T, vocabulary), in which row t speaks of token t + 1."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            return self.model(input_ids=tokens.to(self.device), **more)

    @torch.no_grad()
    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        for name, part in self.own.items():
            part.copy_(weights[name])

    def copy(self) -> dict[str, torch.Tensor]:
        return {name: part.detach().clone() for name, part in self.own.items()}

    @contextlib.contextmanager
    def at(self, strength: float) -> Iterator[None]:
        """Within it the addition counts so much; at 0 it is the base itself, to the last bit."""
        with contextlib.ExitStack() as stack:
            if not strength:
                stack.enter_context(self.model.disable_adapter())
            self._weigh(strength or 1.0)
            try:
                yield
            finally:
                self._weigh(1.0)

    def _weigh(self, strength: float) -> None:
        if strength != self._strength:
            for part in self.model.modules():
                if isinstance(part, LoraLayer) and NAME in part.scaling:
                    part.scaling[NAME] = self._scale * strength
            self._strength = strength
