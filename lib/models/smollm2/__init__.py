"""SmolLM2: a small language model that comes with Handmade and writes short answers in English. Its card; it is never trained here."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lib.media import weights as carried
from lib.models import Card, Origin, setting

NAME = "smollm2-135m-instruct"

CARD = Card(
    title="SmolLM2",
    what=(
        "It answers in a few sentences of English.",
        "It is a language model of 135 million numbers, small enough for any laptop, and often wrong where nobody gives it the facts.",
        "It comes with Handmade: it needs no network, and what you write stays on this computer.",
    ),
    learns="", makes="text", takes=("seed", "lines"), ways=("make", "write", "chat"), least=1, advised=1,
    base=Origin(
        title="SmolLM2, 135 million numbers", whose="Hugging Face", licence="Apache 2.0",
        data="Two million million words: chosen pages of the web, textbooks that a machine wrote, and code; then conversations that machines wrote.",
    ),
    paper="Allal et al. 2025, SmolLM2: When Smol Goes Big",
    licence="Apache 2.0.",
)  # fmt: skip


class Controls(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = setting("", max_length=4000, format="lines", label="Question", help="What to answer, or to go on with.")
    tokens: int = setting(120, ge=1, le=1000, label="Longest", help="Tokens of an answer: three of them are some two words.")
    temperature: float = setting(0.2, ge=0.0, le=2.0, label="Temperature", help="0 always takes the likeliest word; higher is freer, and more often wrong.")
    top_k: int = setting(0, ge=0, le=500, level="expert", label="Top k", help="Only the k likeliest words may come; 0 leaves all of them.")
    top_p: float = setting(0.9, gt=0.0, le=1.0, level="expert", label="Top p", help="Only the likeliest words that together make this share may come; 1 leaves all of them.")
    stop: str = setting("", max_length=400, level="expert", label="Stop at", help="It ends before these words; several are parted by a comma.", example="The end, Amen")


CONTROLS = Controls


def weights() -> Path | None:
    return carried.find(NAME)
