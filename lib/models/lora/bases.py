"""The bases that are offered, and what is known of each: size, licence, memory, time, and what it learned from. Read `OFFERED`, then `suited`.

Imports no torch. Memory is worked out, not measured: the numbers of the base (two bytes each on a card, four on a processor; four for
the autoencoder), what a step keeps until it goes back (counted on the network's shapes), and what the autoencoder takes while it makes a
picture. Where it was worked out too low, a training halves its batch by itself and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.media import hub
from lib.models.lora.base import CARRIED, is_here

KIND = hub.PICTURES
BRINGS = "owner/model, a folder, or one .safetensors file"
BRINGS_HELP = ("A model at Hugging Face in the format of Stable Diffusion 1, 2 or XL; the folder of such a model on this computer; or one file, as ComfyUI and "
               "AUTOMATIC1111 keep it.")  # fmt: skip
HALVED = " Where memory runs out, the pictures of a step are halved by themselves."
WORKED_OUT = "worked out, not measured"
CARDS = (6, 8, 12, 16, 24)      # GB, as cards are sold
GUIDANCE = 4.0                  # of a base of which nothing else is known
_SPARE = 0.85                   # so much of a memory is counted on
_AROUND = {True: 1.0, False: 0.7}   # GB: a card's own programs and libraries; those of a processor
_VAE_NUMBERS, _VAE_TAKES = 84, 3.0  # million numbers; GB while it makes a picture of 512 px
_ON_A_CARD = ((4, False), (2, False), (2, True), (1, True))     # (pictures a step, gradient checkpointing), best first
_ON_A_PROCESSOR = ((1, False), (1, True))
_SIDES = (1.0, 0.875, 0.75, 0.625, 0.5)     # of the side that the base was made for
_PATIENCE = 256                 # px; on a processor larger ones take days


@dataclass(frozen=True)
class Facts:
    """name: what stands in the setting. gigabytes: to be fetched. millions: of numbers in it, 0 where it is small enough for any computer.
    side: px of the pictures that it was made for. kept: GB that a step keeps of one such picture on a card, and with gradient checkpointing.
    guidance: how closely it is held to the words when it paints; 1 for one that was made to do without.
    time: how long a training takes. note: when to choose it, and what to know."""

    name: str
    title: str
    whose: str
    licence: str
    learned: str
    note: str
    time: str
    gigabytes: float = 0.0
    millions: int = 0
    side: int = 64
    kept: tuple[float, float] = (0.0, 0.0)
    guidance: float = GUIDANCE

    @property
    def needs(self) -> str:
        """Its size, in words."""
        if not self.gigabytes:
            return f"Comes with Handmade; made for pictures of {self.side} px."
        return f"{self.gigabytes:g} GB to fetch, {self.millions:,} million numbers; made for pictures of {self.side} px."


_LAION = (
    "LAION-5B is a list of 5.8 billion addresses of pictures and the words beside them, gathered from the web without asking the people who made "
    "them or are seen in them; in 2023 researchers found addresses of pictures of abused children on it."
)
OFFERED = (
    Facts(
        "tiny_base", "Tiny base", "Handmade", "As Handmade itself (Apache 2.0); what you teach it is yours.",
        "Paper-cut scenes that Handmade draws itself, each with its caption. All of them can be looked at, and each word is counted.",
        "Knows paper cuts and nothing else: no photograph, no face. Small enough to be taught on any computer.",
        "Minutes on two processor cores. The time for your dataset is measured here, below.",
        guidance=2.0,
    ),
    Facts(
        "stable-diffusion-v1-5/stable-diffusion-v1-5", "Stable Diffusion 1.5", "Runway, CompVis (LMU Munich) and Stability AI, 2022",
        "CreativeML Open RAIL-M: open, with a list of uses that it forbids; it goes on to what you make of it.",
        f"Parts of LAION-5B: some two billion pictures with English words, in the end those that a program found beautiful. {_LAION} Its word reader "
        "(CLIP by OpenAI) learned from 400 million pairs that are not disclosed.",
        "What most LoRAs are made for; every other program knows it.",
        f"On a card with 12 GB some 5 to 10 minutes for 800 steps. On two processor cores some hours at 256 px. Both {WORKED_OUT}.",
        gigabytes=2.1, millions=1_066, side=512, kept=(2.5, 0.6), guidance=7.0,
    ),
    Facts(
        "stabilityai/sd-turbo", "SD-Turbo", "Stability AI, 2023",
        "Stability AI's own, not an open one. Its makers gave it out for research; for what earns money they point to stability.ai/license.",
        f"Stable Diffusion 2.1, which learned from parts of LAION-5B without what a program took for nudes, taught it to paint in few steps. {_LAION} "
        "Which pictures it was shown meanwhile is not disclosed.",
        "Paints in one to four steps, without guidance. What it is taught here makes it need some steps more.",
        f"As Stable Diffusion 1.5, and paints in a fifth of the time. {WORKED_OUT.capitalize()}.",
        gigabytes=2.6, millions=1_290, side=512, kept=(2.4, 0.5), guidance=1.0,
    ),
    Facts(
        "stabilityai/stable-diffusion-xl-base-1.0", "SDXL", "Stability AI, 2023",
        "CreativeML Open RAIL++-M: open, with a list of uses that it forbids; it goes on to what you make of it.",
        "Not disclosed: \"an internal dataset\" is all that its makers say.",
        "Larger pictures, and closer to the words, than Stable Diffusion 1.5 makes. Teach it at 1024 px or near it: in small it paints poorly.",
        f"Some hours on a card with 24 GB; with 16 GB in small. On a processor days. {WORKED_OUT.capitalize()}.",
        gigabytes=6.9, millions=3_470, side=1024, kept=(17.0, 1.5), guidance=5.0,
    ),
)  # fmt: skip


def facts(name: str) -> Facts | None:
    """What is known of it; None of one that a person brings."""
    return next((one for one in OFFERED if one.name == name.strip()), None)


def guidance(name: str) -> float:
    """How closely what stands on such a base is held to the words, where nobody says otherwise."""
    of = facts(name)
    return of.guidance if of else GUIDANCE


def told(name: str) -> str:
    """Whose it is and what it learned from, in words; of one that a person brought only its name, never where it lies."""
    if of := facts(name):
        return f"{of.title} by {of.whose}. What that one learned from: {of.learned}"
    shown = name if can_be_fetched(name) else Path(name).name
    return f"the base {shown}. What that one learned from is not known here."


def can_be_fetched(name: str) -> bool:
    return name not in CARRIED and hub.is_name(name) and not Path(name).exists()


def memory(of: Facts, side: int, batch: int, checkpointing: bool, on_card: bool) -> float:
    """GB that a training takes, worked out: a step of it, or one look at a picture, whichever is more."""
    each = 2 if on_card else 4
    numbers = ((of.millions - _VAE_NUMBERS) * each + _VAE_NUMBERS * 4) / 1000
    area = (side / of.side) ** 2
    step = batch * of.kept[checkpointing] * area
    look = _VAE_TAKES * (side / 512) ** 2
    return numbers + _AROUND[on_card] + max(step, look)


TINY = "tiny_base"
# It knows so few forms that a new one needs all layers, and more steps than new pictures get better by (looked at: snails after 1,200).
ON_TINY = {"rank": 16, "layers": "all", "stops": False}


def suited(name: str, gigabytes: float | None, on_card: bool) -> dict[str, Any] | None:
    """The settings that such a base is taught with where there is so much memory: size, batch, checkpointing. {} where any will do or nothing is
    known of it, or of the memory (None); None where none does."""
    of = facts(name)
    if name == TINY:
        return dict(ON_TINY)
    if of is None or not of.millions or gigabytes is None:
        return {}
    sides = [round(of.side * part) for part in _SIDES] if on_card else [_PATIENCE]
    for side in sides:
        for batch, checkpointing in _ON_A_CARD if on_card else _ON_A_PROCESSOR:
            if memory(of, side, batch, checkpointing, on_card) <= gigabytes * _SPARE:
                return {"size": 0 if side == of.side else side, "batch": batch, "checkpointing": checkpointing}
    return None


def in_words(name: str, values: dict[str, Any] | None) -> str:
    """"512 px, 2 pictures a step, gradient checkpointing"; "too small" where nothing fits."""
    of = facts(name)
    if values is None:
        return "too small"
    if "batch" not in values or of is None:
        return ""
    side, batch = values["size"] or of.side, values["batch"]
    return f"{side} px, {batch} {'pictures' if batch > 1 else 'picture'} a step{', gradient checkpointing' if values['checkpointing'] else ''}"


def presets(name: str) -> dict[int, dict[str, Any] | None]:
    """By the memory of cards, in GB: what such a base is taught with there."""
    return {card: suited(name, card, True) for card in CARDS}


__all__ = [
    "BRINGS", "BRINGS_HELP", "CARDS", "HALVED", "KIND", "OFFERED", "WORKED_OUT", "Facts", "can_be_fetched", "facts", "guidance", "in_words", "is_here", "memory", "presets",
    "suited", "told",
]  # fmt: skip
