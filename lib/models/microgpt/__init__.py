"""microgpt: a GPT so small that all of it can be read, taught on nothing but a person's own words. Its card and its settings.

The preset quick is "the smallest" of Karpathy (microgpt, February 2026: a GPT in two hundred lines without a library), number for number: one
layer, 16 wide, 4 heads, 16 letters at a time, RMSNorm, ReLU, Adam, one document a step. by_hand.py is the same once more in plain Python, to
be read aloud. The dial makes it larger and changes nothing else. Read `Settings` first.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from lib.models import Card, setting
from lib.models.microgpt import before
from lib.models.texts.before import Before
from lib.models.texts.documents import LINES, letters
from lib.project.dataset_folder import DatasetFolder

LETTERS, PAIRS = "letters", "byte pairs"            # what is one token
ADVISED = 20_000                                    # letters

CARD = Card(
    title="microgpt",
    what=(
        "It writes new lines, names or poems in the manner of yours, one letter after the other.",
        "It is a GPT as small as one can be: it guesses the next letter from those before it, and gets better at guessing.",
        "It starts from nothing but your words: it knows no language until you give it one.",
    ),
    learns="text", makes="text", takes=("seed", "lines", "words"), ways=("make", "write"), counts=("letter", "letters"), least=200, advised=ADVISED,
    pictured="Its letters as it learned them, from psalms: the vowels lie together.",
    paper="Karpathy 2026, microgpt; Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
    licence="Written for Handmade from the papers; the model that you train is yours.",
)  # fmt: skip


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick", the smallest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    documents: Literal["lines", "poems", "files"] = setting(
        LINES, label="One document is",
        help="What the model learns to begin and to end: each line (names, verses), each poem (parted by an empty line), or each file as a whole.")
    tokens: Literal["letters", "byte pairs"] = setting(
        LETTERS, label="It reads",
        help="Letter by letter, or in pieces of words that it finds in your text (byte pairs): these see farther back, and want much text.")
    steps: int = setting(
        2000, ge=1, le=1_000_000, label="Steps",
        help="How long to train; what counts is the step at which text that is held back was guessed best, so too many do no harm.")
    layers: int = setting(1, ge=1, le=24, label="Layers", help="How often it thinks over what it read: 1 is the smallest, 4 suits a laptop, 6 a graphics card.")
    width: int = setting(16, ge=4, le=1024, multiple_of=2, label="Width", help="How many numbers stand for a letter: 16 is the smallest, 128 suits a laptop, 384 a graphics card.")
    context: int = setting(16, ge=4, le=1024, multiple_of=2, label="Context", help="How many letters (or pieces) it sees at a time: 16 for names, 64 for verses, 256 for poems.")
    heads: int = setting(4, ge=1, le=64, level="expert", label="Heads", help="How many things it can look back at in one layer; the width must be a multiple of it.")
    batch: int = setting(1, ge=1, le=512, level="expert", label="Texts a step", help="1 as in the smallest; 12 goes more steadily, 64 wants a graphics card.")
    alone: bool = setting(True, level="expert", label="One document by itself", help="Each text of a step is one document; off, they follow each other until the context is full, which wastes nothing.")
    pieces: int = setting(400, ge=50, le=20_000, level="expert", label="Pieces of words", help="How many byte pairs it may find, where it reads these: a few hundred for a book, fewer for less.")
    learning_rate: float = setting(0.01, gt=0.0, le=0.1, level="expert", label="Learning rate", help="How far the first steps go, before it falls to nothing at the last: 0.01 for width 16, 0.002 for 128, 0.001 for 384.")
    dropout: float = setting(0.0, ge=0.0, le=0.9, level="expert", label="Dropout", help="What part is left out by chance in each step, so that it learns less by heart: 0.2 for a large model and few words.")
    weight_decay: float = setting(0.0, ge=0.0, le=1.0, level="expert", label="Weight decay", help="Draws all numbers towards 0 a little: 0.1 for the larger ones.")

    # quick: the smallest, in seconds. good: a minute or two on a processor. best: for a graphics card, and a book's worth of words.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {"steps": 2000, "layers": 1, "width": 16, "heads": 4, "context": 16, "batch": 1, "alone": True, "learning_rate": 0.01},
        "good": {"steps": 2000, "layers": 4, "width": 128, "heads": 4, "context": 64, "batch": 12, "alone": False, "learning_rate": 2e-3, "dropout": 0.1,
                 "weight_decay": 0.1},
        "best": {"steps": 5000, "layers": 6, "width": 384, "heads": 6, "context": 256, "batch": 64, "alone": False, "learning_rate": 1e-3, "dropout": 0.2,
                 "weight_decay": 0.1},
    }  # fmt: skip

    @model_validator(mode="after")
    def _whole_heads(self) -> Settings:
        if self.width % self.heads:
            raise ValueError(f"the width ({self.width}) must be a multiple of the heads ({self.heads})")
        return self


class Controls(BaseModel):
    """What can be chosen when it writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = setting("", max_length=4000, format="lines", label="Beginning", help="How the text begins; empty lets it begin by itself.")
    letters: int = setting(200, ge=1, le=20_000, label="Longest", help="How many letters at most; it ends sooner where it ends by itself.")
    temperature: float = setting(0.7, ge=0.0, le=2.0, label="Temperature", help="0 always takes the likeliest letter, 0.5 is careful, 1 is as it learned, more is daring.")
    top_k: int = setting(0, ge=0, le=500, level="expert", label="Top k", help="Only the k likeliest letters may come; 0 leaves all of them.")
    top_p: float = setting(1.0, gt=0.0, le=1.0, level="expert", label="Top p", help="Only the likeliest letters that together make this share may come; 1 leaves all of them.")
    stop: str = setting("", max_length=400, level="expert", label="Stop at", help="It ends before these words; several are parted by a comma.", example="The end, Amen")


CONTROLS = Controls


def measure(data: DatasetFolder) -> int:
    """Letters."""
    return letters(data)


def look_before(data: DatasetFolder, settings: Settings) -> Before:
    """What the model will see of these texts: its documents, its alphabet, what is held back, and what does not fit its context."""
    return before.look(data, settings)
