"""Language models of a few thousand numbers, made on the spot, that know nothing: one of each family that people bring. Read `tiny_language`."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path

WORDS = ["It rained on the hill, and the sun came out again.", "On day 3 it rained, and I wrote it down.", "Nobody asked the rain. The rain did not mind."]
END = "<|endoftext|>"


@functools.cache
def tiny_language(family: str = "llama", end: str = END) -> Path:
    """family: "llama", "qwen3" or "gpt2". The folder of a model with random weights and a tokenizer of its own, as transformers writes one."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

    folder = Path(tempfile.mkdtemp(prefix="handmade-test-language-")) / f"tiny-{family}"
    count = write_tokenizer(folder, end)
    small = {"vocab_size": count, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 0}  # fmt: skip
    torch.manual_seed(0)
    network = {
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**small)),
        "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**small, head_dim=4)),
        "gpt2": lambda: GPT2LMHeadModel(GPT2Config(vocab_size=count, n_embd=16, n_layer=2, n_head=4, n_positions=64, bos_token_id=0, eos_token_id=0)),
    }[family]()
    network.save_pretrained(folder)
    return folder


def write_tokenizer(folder: Path, end: str) -> int:
    """Byte pairs over bytes. Returns how many tokens there are."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    folder.mkdir(parents=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(WORDS, trainers.BpeTrainer(vocab_size=300, special_tokens=[end], initial_alphabet=alphabet, show_progress=False))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": end}), encoding="utf-8")
    return tokenizer.get_vocab_size()
