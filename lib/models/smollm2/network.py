"""SmolLM2 out of its .gguf file: a Llama of 30 layers, and the tokenizer that lies in the same file. Read `open_gguf`.

The transformers library can read such a file too, and takes 40 seconds of a processor for it, since it reads it three times.
Here the library gguf reads it once (10 seconds), and what it holds gets the names that transformers' Llama knows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf.quants import dequantize
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from lib.models.smollm2.gguf_file import Reader, tokenizer_of

_OF_A_LAYER = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}  # fmt: skip
_ALONE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}


def open_gguf(path: Path, device: str = "cpu") -> tuple[LlamaForCausalLM, Tokenizer]:
    """The network in float32, and its tokenizer. path: a Llama in a .gguf file whose embedding is its output too."""
    reader = Reader(path)
    fields = reader.facts
    config = _config(fields)
    with torch.device("meta"):
        network = LlamaForCausalLM(config)
    weights = {_name(tensor.name): _tensor(tensor, config) for tensor in reader.tensors}
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    network.load_state_dict(weights, assign=True)
    network.tie_weights()
    network.model.rotary_emb = type(network.model.rotary_emb)(config)   # counted, not stored
    return network.eval().requires_grad_(False).to(device), tokenizer_of(fields)


def _config(fields: dict[str, Any]) -> LlamaConfig:
    of = lambda name: fields[f"llama.{name}"]
    return LlamaConfig(
        vocab_size=of("vocab_size"), hidden_size=of("embedding_length"), intermediate_size=of("feed_forward_length"),
        num_hidden_layers=of("block_count"), num_attention_heads=of("attention.head_count"), num_key_value_heads=of("attention.head_count_kv"),
        max_position_embeddings=of("context_length"), rms_norm_eps=of("attention.layer_norm_rms_epsilon"), rope_parameters={"rope_type": "default", "rope_theta": of("rope.freq_base")},
        tie_word_embeddings=True, bos_token_id=fields["tokenizer.ggml.bos_token_id"], eos_token_id=fields["tokenizer.ggml.eos_token_id"],
    )  # fmt: skip


def _name(name: str) -> str:
    """"blk.3.attn_q.weight" -> "model.layers.3.self_attn.q_proj.weight"."""
    if not name.startswith("blk."):
        return f"{_ALONE[name.removesuffix('.weight')]}.weight"
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{_OF_A_LAYER[part]}.weight"


def _tensor(tensor, config: LlamaConfig) -> torch.Tensor:
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if tensor.name.endswith("attn_q.weight"):
        values = _unpaired(values, config.num_attention_heads)
    elif tensor.name.endswith("attn_k.weight"):
        values = _unpaired(values, config.num_key_value_heads or config.num_attention_heads)
    return torch.from_numpy(np.ascontiguousarray(values))


def _unpaired(values: np.ndarray, heads: int) -> np.ndarray:
    """A .gguf has the two halves that turn together beside each other, transformers has them one after the other."""
    rows = values.reshape(heads, -1, 2, values.shape[-1])
    return rows.swapaxes(1, 2).reshape(values.shape)
