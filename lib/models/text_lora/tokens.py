"""How a base cuts texts into tokens, and how well that fits a language. Read `open_words`, then `fit`. Imports no torch, so pages may ask."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from lib.errors import UserError
from lib.media.files import edition, read_json
from lib.models.text_lora.base import CONFIG, TOKENIZER

_PARTING = "<|endoftext|>"      # what stands between two texts where most language models learned
# Plain English of everyday words, to compare with: what the tokens of nearly all bases were made for.
ENGLISH = (
    "The old woman put the kettle on and looked out of the window. It had rained all night, and the garden was full of small lakes. "
    "“They will be late again,” she said to the cat, who did not answer. Then she took two cups from the shelf, set them on the table, "
    "and sat down to wait. Nobody had told her that the road was under water, or that the children were already on their way by boat."
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    """start: the token before a text, end: the one after it."""

    tokenizer: Tokenizer
    start: int
    end: int

    def encode(self, text: str) -> list[int]:
        """What looks like a control token ("<|im_end|>") is only text."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def whole(self, text: str) -> list[int]:
        """A text with the tokens before and after it."""
        return [self.start, *self.encode(text), self.end]

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def split(self, text: str) -> list[str]:
        """Its tokens as they stand in the text; where a letter is made of several, it stands with the last of them."""
        spans = self.tokenizer.encode(text, add_special_tokens=False).offsets
        ends = [end for (_, end), (following, _) in zip(spans, [*spans[1:], (len(text), 0)], strict=True) if following >= end]
        return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def open_words(path: Path) -> Words:
    """path: as base.find gives it. Raises UserError where its tokenizer cannot be read, or has no token that ends a text."""
    return _opened(path, edition(path if path.is_file() else path / TOKENIZER))


@functools.lru_cache(maxsize=4)
def _opened(path: Path, _edition: tuple) -> Words:
    try:
        tokenizer, facts = _of_gguf(path) if path.is_file() else (Tokenizer.from_file(str(path / TOKENIZER)), _facts(path))
    except Exception as error:      # the library raises no kind of its own
        raise UserError(f"The tokenizer of {path.name} cannot be read.", f"{str(error)[:300]}", "Fetch the base again, or choose another one.") from error
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    tokenizer.no_padding()
    end = _first(facts.get("eos_token_id"))
    parting = tokenizer.token_to_id(_PARTING)
    ends = [number for number in (end, parting) if number is not None]
    begins = [number for number in (parting, _first(facts.get("bos_token_id")), end) if number is not None]
    if not ends:
        raise UserError(f"{path.name} cannot be the base of a LoRA here.", "It names no token that ends a text.", "Choose another base.")
    return Words(tokenizer, begins[0], ends[0])


def _of_gguf(path: Path) -> tuple[Tokenizer, dict[str, Any]]:
    from lib.models.smollm2.gguf_file import Reader, tokenizer_of

    facts = Reader(path).facts
    return tokenizer_of(facts), {name: facts.get(f"tokenizer.ggml.{name}") for name in ("bos_token_id", "eos_token_id")}


def _facts(folder: Path) -> dict[str, Any]:
    config = read_json(folder / CONFIG)
    return {name: config.get(name) for name in ("bos_token_id", "eos_token_id")}


def _first(number: int | list[int] | None) -> int | None:
    return number[0] if isinstance(number, list) and number else number if isinstance(number, int) else None


# ---- how well they fit a language

GOOD, POOR = 0.8, 0.55      # letters a token of a text, as a share of those of plain English


@dataclass(frozen=True)
class Fit:
    """letters: a token, of a text. english: of plain English. word: one that is cut into many pieces, and its pieces."""

    letters: float
    english: float
    pieces: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        return self.letters / self.english

    @property
    def in_words(self) -> str:
        """What it means, and what to do; honest about what cannot be told from it."""
        told = f"Its tokens hold {self.letters:.1f} letters each in your texts, and {self.english:.1f} in plain English"
        cut = f" “{''.join(self.pieces).strip()}” is cut into {' · '.join(piece.strip() or '␣' for piece in self.pieces)}." if len(self.pieces) > 2 else ""
        if self.share >= GOOD:
            return f"{told}: they fit."
        if self.share >= POOR:
            return f"{told}: they fit half.{cut} It reads your language in smaller pieces and may misspell it; a base of many languages, such as Qwen3, would do better."
        return (f"{told}: they do not fit.{cut} It was made for another language, and will hardly write whole words of yours. Choose microgpt, which learns "
                "your letters from nothing, or a base of many languages, such as Qwen3.")  # fmt: skip


def fit(words: Words, texts: list[str], most: int = 20_000) -> Fit:
    """most: letters that are looked at, from the first text on."""
    joined = "\n".join(texts)[:most]
    count = len(words.encode(joined))
    word = max(dict.fromkeys(re.findall(r"\w+", joined)), key=lambda one: len(words.split(f" {one}")) - len(one) / 3, default="")
    return Fit(len(joined) / max(1, count), len(ENGLISH) / len(words.encode(ENGLISH)), tuple(words.split(f" {word}")) if word else ())
