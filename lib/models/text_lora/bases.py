"""The bases that are offered, and what is known of each: size, licence, memory, time, languages, and what it learned from. Read `OFFERED`, then `suited`.

Imports no torch. Memory is worked out, not measured: four bytes for each number of the base on a processor and two on a card, what a step keeps of its
tokens until it goes back, and the scores of all tokens of the vocabulary, which are computed in parts (judge.AT_ONCE).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.media import hub
from lib.models.text_lora.base import CARRIED, is_here, shown_name

KIND = hub.LANGUAGE
BRINGS = "owner/model, or a folder"
BRINGS_HELP = ("A language model at Hugging Face in the format of transformers (Llama, Qwen, GPT-2, Mistral, Gemma …), as safetensors; or the folder of one on "
               "this computer.")  # fmt: skip
HALVED = ""
WORKED_OUT = "worked out, not measured"
CARDS = (6, 8, 12, 16, 24)      # GB, as cards are sold
_SPARE = 0.85                   # so much of a memory is counted on
_AROUND = 1.2                   # GB: programs and libraries, and the scores
_KEPT = 1.2                     # GB that a step of 512 tokens keeps, for each thousand million numbers of the base
_BATCHES = (8, 4, 2, 1)


@dataclass(frozen=True)
class Facts:
    """name: what stands in the setting. gigabytes: to be fetched. millions: of numbers in it, 0 where it is small enough for any computer. languages: that it
    knows. time: how long a training takes. note: when to choose it, and what to know. belongs: whom a file of the addition says that it belongs to."""

    name: str
    title: str
    whose: str
    licence: str
    learned: str
    note: str
    time: str
    languages: str = "English"
    gigabytes: float = 0.0
    millions: int = 0
    rate: float = 3e-4
    belongs: str = ""

    @property
    def needs(self) -> str:
        """Its size, in words."""
        come = f"{self.gigabytes:g} GB to fetch" if self.gigabytes else "Comes with Handmade"
        return f"{come}; {self.languages}."


_OFFERED_SMOL = "Two million million words: chosen pages of the web, textbooks that a machine wrote, and code; then conversations that machines wrote."
_QWEN = "Not disclosed: \"a large-scale dataset\" of so many languages, of pages of the web, books, code and texts that machines wrote, is what its makers say."
OFFERED = (
    Facts(
        "smollm2", "SmolLM2, 135 million numbers", "Hugging Face, 2025", "Apache 2.0; what you teach it is yours.", _OFFERED_SMOL,
        "Writes plain English sentences. Small enough to be taught on any computer, and to be wrong about most things.",
        "Minutes on two processor cores. The time for your dataset is measured here, below.", rate=5e-4, belongs="HuggingFaceTB/SmolLM2-135M-Instruct",
    ),
    Facts(
        "distilbert/distilgpt2", "DistilGPT2", "Hugging Face, 2019, after GPT-2 by OpenAI", "Apache 2.0",
        "OpenWebText: eight million pages of the web to which people on Reddit had linked, gathered without asking those who wrote them.",
        "What poets taught in the first years (ReRites was written with GPT-2): odder and freer than newer ones.",
        f"About as SmolLM2. {WORKED_OUT.capitalize()}.", gigabytes=0.36, millions=82, rate=1e-3,
    ),
    Facts(
        "HuggingFaceTB/SmolLM2-360M-Instruct", "SmolLM2, 360 million numbers", "Hugging Face, 2025", "Apache 2.0", _OFFERED_SMOL,
        "Steadier sentences than its smaller sister; the same English.", f"Three times as long as the smaller one. {WORKED_OUT.capitalize()}.",
        gigabytes=0.73, millions=362,
    ),
    Facts(
        "Qwen/Qwen3-0.6B-Base", "Qwen3, 600 million numbers", "Alibaba, 2025", "Apache 2.0", _QWEN,
        "For other languages than English: Turkish, Greek, French, Chinese, and a hundred more. It was not made to chat, and goes on with any text.",
        f"Some ten times as long as SmolLM2: an evening on a processor, minutes on a card. {WORKED_OUT.capitalize()}.",
        languages="119 languages", gigabytes=1.2, millions=596,
    ),
    Facts(
        "Qwen/Qwen2.5-0.5B-Instruct", "Qwen2.5, 500 million numbers", "Alibaba, 2024", "Apache 2.0", _QWEN,
        "29 languages, made to answer; the larger base that Ollama runs with an addition.", f"Some eight times as long as SmolLM2. {WORKED_OUT.capitalize()}.",
        languages="29 languages", gigabytes=1.0, millions=494,
    ),
)  # fmt: skip


def facts(name: str) -> Facts | None:
    """What is known of it; None of one that a person brings."""
    return next((one for one in OFFERED if one.name == name.strip()), None)


def told(name: str) -> str:
    """Whose it is and what it learned from, in words; of one that a person brought only its name, never where it lies."""
    if of := facts(name):
        return f"{of.title} by {of.whose}. What that one learned from: {of.learned}"
    return f"the base {shown_name(name)}. What that one learned from is not known here."


def can_be_fetched(name: str) -> bool:
    return name not in CARRIED and hub.is_name(name) and not Path(name).exists()


def memory(of: Facts, batch: int, on_card: bool) -> float:
    """GB that a training takes, worked out, with texts of 128 tokens."""
    billions = (of.millions or 135) / 1000
    return billions * (2 if on_card else 4) + _AROUND + _KEPT * billions * batch / 4


def suited(name: str, gigabytes: float | None, on_card: bool) -> dict[str, Any] | None:
    """The settings that such a base is taught with where there is so much memory; {} where any will do or nothing is known of it, or of the memory
    (None); None where none does."""
    of = facts(name)
    if of is None or not of.millions or gigabytes is None:
        return {}
    for batch in _BATCHES if on_card else _BATCHES[1:]:
        if memory(of, batch, on_card) <= gigabytes * _SPARE:
            return {"batch": batch, "learning_rate": of.rate}
    return None


def in_words(name: str, values: dict[str, Any] | None) -> str:
    """ "4 texts a step"; "too small" where nothing fits."""
    if values is None:
        return "too small"
    batch = values.get("batch", 0)
    return f"{batch} {'texts' if batch > 1 else 'text'} a step" if batch else ""


def presets(name: str) -> dict[int, dict[str, Any] | None]:
    """By the memory of cards, in GB: what such a base is taught with there."""
    return {card: suited(name, card, True) for card in CARDS}


__all__ = [
    "BRINGS", "BRINGS_HELP", "CARDS", "HALVED", "KIND", "OFFERED", "WORKED_OUT", "Facts", "can_be_fetched", "facts", "in_words", "is_here", "memory", "presets", "suited",
    "told",
]  # fmt: skip
