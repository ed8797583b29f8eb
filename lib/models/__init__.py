"""The kinds of model that can be trained: one folder each, one line each in `MODELS`. Read `validate` first.

A model's folder holds `CARD`, `Settings` and `CONTROLS` (in its `__init__.py`, which imports no torch), `train.py` with
`train(dataset_folder, run, settings)` and `generate.py` with `load(run_folder, device)` and `play(model, request)`, which
yields what comes out (playing.py); where it likes, `diagnostics.py` (how a training goes, in words and curves), `inside.py` (what can be seen in it while it learns),
`twin.py` (the same computed by hand, step by step) and `picture.webp` for its card. `_template/` is the smallest one that really works: copy it to begin a new one. A trainer knows
a dataset folder and a run, nothing else.

What can be played without ever having been trained here is one line in `BASES`: the same folder without `train.py`, with
`weights()` (where its weights lie on this machine) in its `__init__.py`; and, where all that it learned from can be shown,
`learned.py` (`learned`).
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.errors import UserError
from lib.media.curves import Axis
from lib.media.kinds import kind_of
from lib.media.setting import inputs_of, setting, shape_of
from lib.models.playing import InputFile, Medium, Request, in_pieces, numbered

if TYPE_CHECKING:
    from lib.project.dataset_folder import DatasetFolder

__all__ = [
    "BASES", "MODELS", "Axis", "Base", "Belongings", "Card", "Curve", "InputFile", "Medium", "Origin", "Request", "base", "base_field", "bases",
    "belongings", "card", "check", "check_data", "controls_class", "diagnostics", "forecast", "generator", "has_twin", "in_pieces", "inputs", "inside",
    "is_known", "learned", "learning_from", "look_before", "measure", "numbered", "pad", "picture", "played_with", "setting", "settings_class",
    "starts_from", "trainer", "twin", "validate",
]  # fmt: skip

MODELS = {
    "ddsp": "lib.models.ddsp",
    "gan": "lib.models.gan",
    "lora": "lib.models.lora",
    "microgpt": "lib.models.microgpt",
    "mosaic": "lib.models.mosaic",
    "pix2pix": "lib.models.pix2pix",
    "rave": "lib.models.rave",
    "rhythm_vae": "lib.models.rhythm_vae",
    "text_lora": "lib.models.text_lora",
}
BASES: dict[str, str] = {
    "tiny_base": "lib.models.tiny_base",
    "smollm2": "lib.models.smollm2",
    "rave_ts": "lib.models.rave_ts",
}


class Origin(BaseModel):
    """What a model starts from, where that is more than the data of a person."""

    model_config = ConfigDict(frozen=True)

    title: str      # "SmolLM2, 135 million numbers"
    whose: str      # who made it
    licence: str
    data: str       # what it was trained on, in a plain sentence


class Card(BaseModel):
    """What a person reads before choosing a kind of model."""

    model_config = ConfigDict(frozen=True)

    title: str
    what: tuple[str, str, str]                                  # what it is and does, in three plain sentences
    learns: Literal["image", "pairs", "text", "sound", ""]      # the kind of dataset that it learns from; "" where it is played only
    makes: Literal["image", "text", "sound"]                    # what comes out
    takes: tuple[str, ...] = ("seed",)                          # what it is given when it plays: seed, picture, mask, sound, voice, curves, words, lines, mix
    ways: tuple[Literal["make", "walk", "live", "write", "chat"], ...] = ("make",)     # playing.py says what each is
    base: Origin | None = None                                  # what it starts from; None is "nothing but your data"
    counts: tuple[str, str] = ("", "")                          # one and many of what `measure` counts; its kind's words where empty
    least: int                                                  # it refuses to train on less than this
    advised: int                                                # from here on it works well
    pictured: str = ""                                          # what its picture.webp shows, where that is no thing that it made
    beside: tuple[str, ...] = ()                                # files in its result beside the weights, as other programs read it
    lets_go: bool = False                                       # True where a withdrawal takes exactly that out of it, and the rest plays on
    paper: str
    licence: str
    terms: str = ""                                             # what a person is to know, and to say that they do, before the first training

    @property
    def starts_from(self) -> str:
        """What it starts from, in words."""
        return f"{self.base.title} by {self.base.whose}" if self.base else "nothing but your data"

    def amount(self, number: int) -> str:
        """"12 pictures", or so many of what this model counts."""
        if not self.counts[1]:
            return kind_of(self.learns).count(number)
        return f"{number:,} {self.counts[number != 1]}"


class Curve(BaseModel):
    """One picture of numbers over the steps: which of those that the trainer reports, and what to see in them."""

    model_config = ConfigDict(frozen=True)

    title: str
    axis: str                   # what the height means, with its unit
    lines: dict[str, str]       # name of the number -> what it is called
    hint: str                   # what is good, in a sentence or two
    mark: tuple[str, str] = ("", "")    # name of a number that is itself a step, and what is called by it: that place is marked

    def __init__(self, title: str, axis: str, lines: dict[str, str], hint: str, mark: tuple[str, str] = ("", "")):
        super().__init__(title=title, axis=axis, lines=lines, hint=hint, mark=mark)


def card(name: str) -> Card:
    return _module(name).CARD


def learning_from(kind: str) -> list[str]:
    """The names of the models that learn from a dataset of this kind; empty where none does yet."""
    return [name for name in MODELS if card(name).learns == kind_of(kind).name]


def measure(name: str, dataset_folder: DatasetFolder) -> int:
    """How much there is to learn from, in what this model counts (`Card.counts`): items, letters, seconds.

    A model says so itself by `measure(data: DatasetFolder)` in its `__init__.py`; else each row of the training side counts one.
    """
    own = getattr(_module(name), "measure", None)
    return own(dataset_folder) if own else dataset_folder.manifest["counts"]["train"]


def check(name: str, settings: BaseModel) -> None:
    """What the model itself has to say before a run is asked for, by `check(settings)` in its `__init__.py`. Raises UserError."""
    own = getattr(_module(name), "check", None)
    if own:
        own(settings)


def check_data(name: str, data: DatasetFolder, settings: BaseModel) -> None:
    """As `check`, of the dataset, by `check_data(data, settings)` in the model's `__init__.py`. Raises UserError."""
    own = getattr(_module(name), "check_data", None)
    if own:
        own(data, settings)


def forecast(name: str, settings: BaseModel, seconds_a_step: float) -> list[str]:
    """What to expect of a training, in words, by `forecast(settings, seconds_a_step)` in the model's `__init__.py`; [] where the minutes tell all."""
    own = getattr(_module(name), "forecast", None)
    return own(settings, seconds_a_step) if own else []


def look_before(name: str, data: DatasetFolder, settings: BaseModel) -> Any:
    """What to know of a dataset before this training begins, by `look_before(data, settings)` in the model's `__init__.py`; None where it has none.

    As that of lora (captions.Before): `in_words`, `texts` and `words`. Imports no torch. Raises UserError.
    """
    own = getattr(_module(name), "look_before", None)
    return own(data, settings) if own else None


@dataclass(frozen=True)
class Belongings:
    """What a training on another computer needs beside the data and the code.

    files: of Handmade's own (under its folder), which travel along. fetch: commands that fetch there what does not. packages: by the
    names under which they are installed, beside those that the model's modules import.
    """

    files: tuple[Path, ...] = ()
    fetch: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def belongings(name: str, settings: BaseModel) -> Belongings:
    """As the model says by `belongings(settings)` in its `__init__.py`; else nothing. Raises UserError where it cannot be done elsewhere."""
    own = getattr(_module(name), "belongings", None)
    return own(settings) if own else Belongings()


def settings_class(name: str) -> type[BaseModel]:
    return _module(name).Settings


def controls_class(name: str) -> type[BaseModel]:
    """What can be chosen when playing it, beside the seed: its CONTROLS. Imports no torch."""
    return _module(name).CONTROLS


def played_with(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The CONTROLS that stand otherwise at first for a run with these settings, as the model says by `played_with(settings)` in its `__init__.py`."""
    own = getattr(_module(name), "played_with", None)
    fields = controls_class(name).model_fields
    return {control: value for control, value in own(settings).items() if value != fields[control].default} if own else {}


def inputs(name: str) -> dict[str, str]:
    """What a model works on when it plays: name in its CONTROLS -> "words", "lines", "picture", "mask", "sound", "voice", "curves" or "mix"."""
    return inputs_of(controls_class(name))


def trainer(name: str) -> Callable[..., None]:
    """`train(dataset_folder, run, settings)` of this model. Imports torch."""
    return _module(name, "train").train


def generator(name: str) -> ModuleType:
    """The generate.py of a model or a base: `load(folder, device)` and `play(model, request)`. Imports torch."""
    return _module(name, "generate")


def learned(name: str) -> ModuleType | None:
    """The model's learned.py, if it has one: every picture that it learned from, its caption, its words, and which are like another.

    As that of the tiny base: COUNT, SIZES, KIND, JOINING, `edition`, `picture`, `caption`, `words_in`, `search`, `counts`, `nearest`. Imports no torch.
    """
    there = Path(_module(name).__file__ or "").with_name("learned.py").exists()
    return _module(name, "learned") if there else None


@dataclass(frozen=True)
class Base:
    """A model that was never trained here, and is played all the same."""

    name: str

    @property
    def card(self) -> Card:
        return card(self.name)

    @property
    def folder(self) -> Path | None:
        """Where its weights lie on this machine; None where they are not here."""
        return _module(self.name).weights()


def base(name: str) -> Base:
    """The base of that name. Raises UserError for an unknown one."""
    _known("base", [name], BASES)
    return Base(name)


def bases(name: str) -> ModuleType | None:
    """The model's bases.py, if it has one: what can be chosen in its setting of the format "base", and what is known of each.

    As that of lora: KIND (of what the hub is asked for), OFFERED, BRINGS, BRINGS_HELP, CARDS, WORKED_OUT, HALVED, `facts`, `is_here`, `can_be_fetched`, `suited`, `in_words`, `presets`, `told`. Imports no torch.
    """
    there = Path(_module(name).__file__ or "").with_name("bases.py").exists()
    return _module(name, "bases") if there else None


def base_field(name: str) -> str:
    """The setting in which it stands what a training starts from; "" where it starts from nothing, or always from the same."""
    fields = settings_class(name).model_fields
    return next((field for field in fields if shape_of(fields[field]) == "base"), "") if bases(name) else ""


def starts_from(name: str, settings: Mapping[str, Any]) -> str:
    """What a training with these settings starts from, in words, with a full stop."""
    field, known = base_field(name), bases(name)
    return known.told(settings[field]) if known and field in settings else f"{card(name).starts_from}."


def picture(name: str) -> Path | None:
    """What such a model makes, as a small picture for its card (picture.webp in its folder); None where there is none."""
    path = Path(_module(name).__file__ or "").with_name("picture.webp")
    return path if path.exists() else None


def diagnostics(name: str) -> ModuleType | None:
    """The model's diagnostics.py, if it has one: `how_it_goes(reports, change)` and `CURVES`. Imports no torch."""
    there = Path(_module(name).__file__ or "").with_name("diagnostics.py").exists()
    return _module(name, "diagnostics") if there else None


def pad(name: str) -> ModuleType | None:
    """The model's pad.py, if it has one: what a browser that plays it on a plane of two numbers needs to know.

    As that of rhythm_vae: REACH, SIDE, GRID, BEATS, `bars`. Imports no torch.
    """
    there = is_known(name) and Path(_module(name).__file__ or "").with_name("pad.py").exists()
    return _module(name, "pad") if there else None


def inside(name: str) -> ModuleType | None:
    """The model's inside.py, if it has one: what can be seen in it, also while it learns.

    As that of microgpt: `is_open`, `facts`, `weights`, `letter_map`, `surprises`. Imports no torch.
    """
    there = name in MODELS and Path(_module(name).__file__ or "").with_name("inside.py").exists()
    return _module(name, "inside") if there else None


def twin(name: str) -> ModuleType | None:
    """The model's twin.py, if it has one: the same model computed by hand, step by step. As that of microgpt: `load`, `read`, `learn`. Imports torch."""
    return _module(name, "twin") if has_twin(name) else None


def has_twin(name: str) -> bool:
    """The same without importing it."""
    return name in MODELS and Path(_module(name).__file__ or "").with_name("twin.py").exists()


def validate(name: str, given: Mapping[str, Any] | None = None, *, preset: str = "quick",
             size: int | None = None, count: int | None = None) -> BaseModel:
    """The settings of one training: the preset's values for such a dataset, with what the person gave on top.

    given: settings by name, all optional.   preset: "quick", "good" or "best".
    size: side of the pictures in pixels, count: how many there are; where known, the preset suits itself to them.
    Raises UserError for an unknown model, preset or setting (naming the nearest known one) and for a value out of bounds.
    """
    given = dict(given or {})
    settings = settings_class(name)
    _known("setting", given, settings.model_fields, f" of the model {name!r}")
    _known("preset", [preset], settings.PRESETS, f" of the model {name!r}")
    suited = settings.suited(preset, size, count) if hasattr(settings, "suited") else settings.PRESETS[preset]
    try:
        return settings(**{**suited, **given})
    except ValidationError as error:
        raise _explained(settings, error) from error


def is_known(name: str) -> bool:
    """False for a model of another version of Handmade, or of somebody else's."""
    return name in MODELS or name in BASES


def _module(name: str, part: str = "") -> ModuleType:
    there = {**MODELS, **BASES}
    _known("model", [name], there)
    return importlib.import_module(there[name] + (f".{part}" if part else ""))


def _known(noun: str, names, allowed, where: str = "") -> None:
    """Raises UserError at the first of `names` that is not in `allowed`, naming the nearest one that is."""
    for name in names:
        if name not in allowed:
            if not allowed:
                raise UserError(f"There is no {noun} called {name!r}.", f"There is no {noun} here yet.", "Choose a run of your own.")
            nearest = difflib.get_close_matches(str(name), list(allowed), n=1)
            raise UserError(
                f"There is no {noun} called {name!r}.",
                f"The {noun}s{where} are: {', '.join(allowed)}.",
                f"Did you mean {nearest[0]!r}?" if nearest else "Choose one of these.",
            )


def _explained(settings: type[BaseModel], error: ValidationError) -> UserError:
    """The first complaint of pydantic, in words for a person."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    field = settings.model_fields.get(name)
    complaint = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if field is None:
        return UserError("These settings do not go together.", complaint + ".", "Change one of them and start again.")
    return UserError(
        f"The setting {field.title!r} ({name}) cannot be {first['input']!r}.",
        f"It should be {complaint}.",
        field.description,
    )
