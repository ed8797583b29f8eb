"""LoRA: teaches a text-to-image model your pictures and words, as a small addition beside it. Its card and its settings; read `Settings` first.

train.py reads from top to bottom; captions.py says which words go with which picture; files.py writes the addition as other programs read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from lib.errors import UserError
from lib.models import Belongings, Card, Origin, setting

if TYPE_CHECKING:
    from lib.models.lora.captions import Before
    from lib.project.dataset_folder import DatasetFolder

LEAST = 3           # with fewer pictures there is nothing that they have in common
ADVISED = 12        # with fewer it runs, and learns their backgrounds too
MASKS = ("mediapipe", "opencv-contrib-python", "onnxruntime")     # what finds the thing in a picture
FEW = 10            # below it no picture can be spared for good, so they are held back in turns

CARD = Card(
    title="LoRA",
    what=(
        "It teaches a model that makes pictures of words what your pictures show, and which words go with them.",
        "The model stays as it is; what it learns from you is a small addition that can be switched on, off and in between.",
        "A dozen pictures with a caption each are enough, since the model knows how to make pictures before it sees yours.",
    ),
    learns="image",
    makes="image",
    takes=("seed", "words", "picture", "mask", "mix"),
    base=Origin(
        title="Tiny base", whose="Handmade", licence="As Handmade itself.",
        data="Paper-cut scenes that Handmade draws itself, each with its caption; all of them can be looked at. Another base by one setting.",
    ),
    least=LEAST,
    advised=ADVISED,
    paper="Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models",
    licence="Written for Handmade after the examples of diffusers; the addition is yours, and the licence of its base holds for what it makes.",
)  # fmt: skip


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str = setting(
        "tiny_base", max_length=4096, label="Base", format="base",
        help="What it adds to: tiny_base, the name of a model at Hugging Face, a folder, or one .safetensors file.")
    steps: int = setting(
        1200, ge=1, le=100_000, label="Steps",
        help="How long to train at most; it stops by itself where new pictures get worse.")
    batch: int = setting(
        4, ge=1, le=64, label="Pictures a step",
        help="2 for the tiny base, 1 or 2 for a large one; where memory runs out it halves by itself.")
    trigger: str = setting(
        "", max_length=80, label="Trigger word",
        help="A word that no dictionary has, put before each caption: what all your pictures share is called by it.")
    rank: int = setting(
        8, ge=1, le=128, label="Rank",
        help="How much the addition can know: 4 to 8 for a thing, 16 for a style.")
    mirror: bool = setting(
        False, label="Mirror",
        help="Show each picture mirrored too; not for letters, and not where captions say left or right.")
    stops: bool = setting(
        True, label="Stops by itself",
        help="Ends when pictures that are held back have not got better for a while; off goes on to the last step, and plays that.")
    prompts: str = setting(
        "", max_length=2000, format="lines", label="Prompts of the samples",
        help="One a line, four at most, painted on the way; empty takes the words of your own pictures.")
    transfer_from: str = setting(
        "", max_length=4096, label="Start from",
        help="An earlier run of the same base and rank, whose addition is the starting point; empty starts from nothing.")
    size: int = setting(
        0, ge=0, le=1536, multiple_of=8, label="Size in pixels",
        help="Side of the pictures that it learns; 0 takes the size that the base was made for, less saves time and memory.")
    alpha: float = setting(
        0.0, ge=0.0, le=256.0, level="expert", label="Alpha",
        help="How strongly the addition counts, divided by the rank; 0 takes the rank itself.")
    layers: Literal["attention", "attention and MLP", "all"] = setting(
        "attention", level="expert", label="Layers",
        help="Attention decides what goes where and is enough for a large base; all, with the convolutions, learns forms that the base has never seen.")
    optimiser: Literal["Prodigy", "AdamW"] = setting(
        "Prodigy", level="expert", label="Optimiser",
        help="Prodigy finds the learning rate by itself; AdamW takes the one below.")
    learning_rate: float = setting(
        1e-4, gt=0.0, le=0.1, level="expert", label="Learning rate",
        help="How far each step of AdamW goes: 0.0001 for Stable Diffusion, 0.001 for the tiny base; Prodigy does not read it.")
    min_snr: float = setting(
        5.0, ge=0.0, le=20.0, level="expert", label="Min-SNR",
        help="Lets steps that are almost without noise count less, after Hang and others 2023: 5 as in the paper, 0 for off.")
    caption_dropout: float = setting(
        0.1, ge=0.0, le=0.9, level="expert", label="Without words",
        help="How often a picture is shown without its caption, so that guidance works: 0.1, or 0 where the trigger word is all.")
    average: float = setting(
        0.99, ge=0.0, lt=1.0, level="expert", label="Averaging",
        help="How much of the average of the last steps stays at each step; 0 plays the last step itself.")
    prior: int = setting(
        0, ge=0, le=1000, level="expert", label="Pictures of the base",
        help="So many the base paints first, of the words below, and they are learned beside yours: with 100 or 200 “a cat” stays any cat, and 0 is for a style.")
    prior_words: str = setting(
        "", max_length=200, level="expert", label="Of what",
        help="What yours is one of, without the trigger word: a cat, a chair.")
    masked: float = setting(
        1.0, ge=0.0, le=1.0, level="expert", label="Background counts",
        help="How much what lies around the thing counts: 1 as much as the thing, 0.1 for things in ever the same room.")
    fewer_at_noise: bool = setting(
        False, level="expert", label="Fewer ranks at noisy steps",
        help="Noisy steps answer with a part of the ranks (T-LoRA); only for playing here, since other programs know nothing of it.")
    checkpointing: bool = setting(
        False, level="expert", label="Gradient checkpointing",
        help="Takes less than half of the memory and a third longer; for a large base on a small card.")

    @model_validator(mode="after")
    def _says_of_what(self) -> Settings:
        if self.prior and not self.prior_words.strip():
            raise ValueError(f"The base is to paint {self.prior} pictures, and nobody says of what: write it beside “Of what”, or set the pictures to 0")
        return self

    # quick: minutes on two processor cores with the tiny base. good: ten and more there. best: for a graphics card.
    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {"steps": 1200, "batch": 4, "rank": 8},
        "good": {"steps": 2000, "batch": 4, "rank": 8},
        "best": {"steps": 4000, "batch": 8, "rank": 16},
    }

    @classmethod
    def suited(cls, preset: str, size: int | None, count: int | None) -> dict:
        """What a preset means for `count` pictures: a hundred looks at each, within the bounds that the examples of others have."""
        values = dict(cls.PRESETS[preset])
        if count and preset != "quick":
            values["steps"] = round(values["steps"] * min(2.0, max(0.5, count / 20)))
        if count and count < FEW:
            values["steps"] = round(values["steps"] * 1.5)      # the time in which pictures are held back in turns
        return values


def check(settings: Settings) -> None:
    """Raises UserError where its base is not on this computer, before a run is asked for."""
    from lib.models.lora.base import find

    find(settings.base)


def look_before(data: DatasetFolder, settings: Settings) -> Before:
    """What to know of the captions and masks before a training begins. Raises UserError where the base is not on this computer."""
    from lib.models.lora.captions import look

    return look(data, settings)


def played_with(settings: Mapping[str, Any]) -> dict[str, Any]:
    """How its controls stand at first for a run with these settings, where that is not how they always stand."""
    from lib.models.lora.bases import guidance

    return {"guidance": guidance(str(settings.get("base", "")))}


def belongings(settings: Settings) -> Belongings:
    """The base goes along where Handmade carries it; one of Hugging Face is fetched there. Raises UserError for a folder or file of this computer."""
    from lib.models.lora.base import CARRIED

    packages = ("accelerate", *(MASKS if settings.masked < 1 else ()))
    base = settings.base.strip()
    if base in CARRIED:
        return Belongings(files=(CARRIED[base],), packages=packages)
    if base.count("/") == 1 and not base.startswith(("/", ".", "~")) and not base.endswith(".safetensors"):
        return Belongings(fetch=(f"hf download {base}",), packages=packages)
    raise UserError(
        f"The base {base!r} lies on this computer alone.", "It is too large for the zip, and another computer could not fetch it.",
        "Choose tiny_base, or a model of Hugging Face by its id.",
    )  # fmt: skip


class Controls(BaseModel):
    """What can be chosen when painting, beside the number of pictures and the seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = setting(
        "", max_length=1000, label="Prompt", help="What to paint, in words like those of your captions. Without any, it paints what comes to its mind.")
    negative: str = setting(
        "", max_length=1000, label="Not in it", help="What to keep away from, in words.")
    strength: float = setting(
        1.0, ge=0.0, le=1.5, label="Strength", untaught=0.0, help="How much of what it learned from you: 0 is the base alone, above 1 overdoes it.")
    guidance: float = setting(
        2.0, ge=1.0, le=20.0, label="Guidance", help="How closely it keeps to the words: 2 suits the tiny base, 7 Stable Diffusion, 5 SDXL, 1 turbo ones.")
    mix: dict[str, float] = setting(
        {}, label="Mixed with", format="mix", of="base", help="Other LoRAs of the same base that paint along: trained here, or a .safetensors file.")
    picture: str = setting(
        "", label="A picture to begin with", format="picture", level="expert", help="It is changed towards the words. Without one, it begins with nothing.")
    mask: str = setting(
        "", label="Only here", format="mask", of="picture", level="expert", help="Paint where it is to be drawn anew; the rest stays as it is.")
    anew: float = setting(
        0.6, gt=0.0, le=1.0, label="Drawn anew", level="expert", help="How much of a picture to begin with: 0.3 changes little, 1 nearly all.")
    steps: int = setting(
        20, ge=1, le=100, label="Steps", level="expert", help="How often it looks at the picture until it is done: 20 is enough for most.")
    size: int = setting(
        0, ge=0, le=1536, multiple_of=8, label="Size", level="expert", help="Side of what it paints, in pixels; 0 is the size that it learned, which suits it best.")


CONTROLS = Controls
