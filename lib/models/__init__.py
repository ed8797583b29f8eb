"""The kinds of model that can be trained: one folder each, one line each in `MODELS`. Read `validate` first.

A model's folder holds `CARD` and `Settings` (in its `__init__.py`, which imports no torch), `train.py` with
`train(dataset_folder, run, settings)` and `generate.py` with `load`, `generate`, `CONTROLS` and perhaps `walk`; where it likes, `diagnostics.py`
(how a training goes, in words and curves) and `picture.webp` for its card. `_template/` is the
smallest one that really works: copy it to begin a new one. A trainer knows a dataset folder and a run, nothing else.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.errors import UserError
from lib.media.setting import setting  # noqa: F401 - a model's settings are made of it

MODELS = {
    "gan": "lib.models.gan",
}


class Card(BaseModel):
    """What a person reads before choosing a kind of model."""

    model_config = ConfigDict(frozen=True)

    title: str
    what: tuple[str, str, str]                          # what it is and does, in three plain sentences
    needs: Literal["image", "pairs", "text", "audio"]   # what it learns from
    makes: Literal["image", "text", "audio"]            # what comes out
    least: int                                          # it refuses to train on fewer items than this
    advised: int                                        # from here on it works well
    paper: str
    licence: str
    walks: bool = False                                 # its generate.py has `walk`: the way between two of its pictures


class Curve(BaseModel):
    """One picture of numbers over the steps: which of those that the trainer reports, and what to see in them."""

    model_config = ConfigDict(frozen=True)

    title: str
    axis: str                   # what the height means, with its unit
    lines: dict[str, str]       # name of the number -> what it is called
    hint: str                   # what is good, in a sentence or two

    def __init__(self, title: str, axis: str, lines: dict[str, str], hint: str):
        super().__init__(title=title, axis=axis, lines=lines, hint=hint)


def card(name: str) -> Card:
    return _module(name).CARD


_NEEDED_AS = {"sound": "audio"}     # the kind of a dataset -> the word of a card, where they are not the same


def need(kind: str) -> str:
    """The kind of a dataset ("image", "pairs", "sound", "text") in the word that a card has for it (`Card.needs`)."""
    return _NEEDED_AS.get(kind, kind)


def learning_from(kind: str) -> list[str]:
    """The names of the models that learn from a dataset of this kind; empty where none does yet."""
    return [name for name in MODELS if card(name).needs == need(kind)]


def settings_class(name: str) -> type[BaseModel]:
    return _module(name).Settings


def controls_class(name: str) -> type[BaseModel]:
    """What can be chosen when playing it, beside the seed: its CONTROLS. Imports no torch."""
    return _module(name).CONTROLS


def trainer(name: str) -> Callable[..., None]:
    """`train(dataset_folder, run, settings)` of this model. Imports torch."""
    return _module(name, "train").train


def generator(name: str) -> ModuleType:
    """The model's generate.py: `load(run_folder, device)`, `generate(model, count=, seed=, …)`, `CONTROLS`. Imports torch.

    Where CARD.walks, also `walk(model, seed_a, seed_b, frames=, …)`: the pictures on the way from one seed to another.
    """
    return _module(name, "generate")


def picture(name: str) -> Path | None:
    """What such a model makes, as a small picture for its card (picture.webp in its folder); None where there is none."""
    path = Path(_module(name).__file__ or "").with_name("picture.webp")
    return path if path.exists() else None


def diagnostics(name: str) -> ModuleType | None:
    """The model's diagnostics.py, if it has one: `how_it_goes(reports, change)` and `CURVES`. Imports no torch."""
    there = Path(_module(name).__file__ or "").with_name("diagnostics.py").exists()
    return _module(name, "diagnostics") if there else None


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


def _module(name: str, part: str = "") -> ModuleType:
    _known("model", [name], MODELS)
    return importlib.import_module(MODELS[name] + (f".{part}" if part else ""))


def _known(noun: str, names, allowed, where: str = "") -> None:
    """Raises UserError at the first of `names` that is not in `allowed`, naming the nearest one that is."""
    for name in names:
        if name not in allowed:
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
