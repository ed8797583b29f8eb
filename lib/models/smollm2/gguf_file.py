"""A language model's .gguf file: its facts, its tensors, and the tokenizer that lies in it. Read `Reader`, then `tokenizer_of`. Imports no torch."""

from __future__ import annotations

import struct
from typing import Any

from gguf import GGUFReader, GGUFValueType
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

_CONTROL = 3    # the kind of a token that is no text: <|im_end|>


class Reader(GGUFReader):
    """The library looks at each entry of a list by itself, for seconds where it is a tokenizer; here a list is read in one go."""

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> tuple[int, list, list[int], list[GGUFValueType]]:
        if raw_type != GGUFValueType.ARRAY:
            return super()._get_field_parts(orig_offs, raw_type)
        file: Any = self.data
        kind, count = struct.unpack_from("<IQ", file, orig_offs)
        at = orig_offs + 12
        if kind != GGUFValueType.STRING:
            values = self._get(at, self.gguf_scalar_to_np[GGUFValueType(kind)], count)
            return 12 + values.nbytes, [values], [0], [GGUFValueType.ARRAY, GGUFValueType(kind)]
        words, whole = [], memoryview(file)
        for _ in range(count):
            (length,) = struct.unpack_from("<Q", whole, at)
            words.append(whole[at + 8 : at + 8 + length])
            at += 8 + length
        return at - orig_offs, words, list(range(count)), [GGUFValueType.ARRAY, GGUFValueType.STRING]

    @property
    def facts(self) -> dict[str, Any]:
        """ "llama.embedding_length" -> 576"""
        return {name: field.contents() for name, field in self.fields.items()}


def tokenizer_of(facts: dict[str, Any]) -> Tokenizer:
    """Byte pairs over bytes, each digit alone. facts: as Reader.facts."""
    tokens = facts["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ", 1)) for pair in facts["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    kinds = facts["tokenizer.ggml.token_type"]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL])
    return tokenizer
