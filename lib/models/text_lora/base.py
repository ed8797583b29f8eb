"""Where the base of a language LoRA lies on this computer, and whether it can be taught. Read `find`. Imports no torch."""

from __future__ import annotations

import os
from pathlib import Path

from lib.errors import UserError
from lib.media import hub, weights
from lib.media.files import read_json

CARRIED = {"smollm2": "smollm2-135m-instruct"}      # what comes with Handmade -> its weights (lib/media/weights.py)
CONFIG, TOKENIZER = hub.OF_LANGUAGE, "tokenizer.json"


def find(base: str) -> Path:
    """Its folder, or the .gguf file of the one that is carried. base: a name in CARRIED, a folder, or the name of a model at Hugging Face that has
    been fetched before. Fetches nothing. Raises UserError where it is not here, or is of a kind that cannot be taught.
    """
    base = base.strip()
    if base in CARRIED:
        return weights.need(CARRIED[base])
    path = Path(os.path.expanduser(base))
    folder = path if base and path.is_dir() else hub.find(base, hub.LANGUAGE)
    if folder is None or not (folder / CONFIG).is_file():
        raise UserError(
            f"The base {base!r} is not on this computer.", f"It is neither here nor a folder with a {CONFIG}.",
            "Choose smollm2, which comes with Handmade; or fetch it on the page Train (train.fetch_base), or give the folder where it lies.",
        )  # fmt: skip
    return _checked(folder)


def is_here(base: str) -> bool:
    """Whether `find` finds it, and it can be taught."""
    try:
        find(base)
    except UserError:
        return False
    return True


def shown_name(base: str) -> str:
    """What may be told of it to others: never where it lies."""
    return base if base in CARRIED or hub.is_name(base) and not Path(base).exists() else Path(base).name


def _checked(folder: Path) -> Path:
    config = read_json(folder / CONFIG)
    kinds = config.get("architectures") or ["something else"]
    if not kinds[0].endswith(("ForCausalLM", "LMHeadModel")):
        raise _refusal(folder, f"It is a {kinds[0]}; it must be a language model that goes on with a text (…ForCausalLM).")
    if config.get("quantization_config"):
        raise _refusal(folder, "It is quantised, and only whole numbers can be added to here.")
    if not any(folder.glob("*.safetensors")):
        raise _refusal(folder, "Its weights are not there as .safetensors; other kinds can run a stranger's program while they are read.")
    if not (folder / TOKENIZER).is_file():
        raise _refusal(folder, f"It has no {TOKENIZER}, by which words are cut.")
    return folder


def _refusal(folder: Path, why: str) -> UserError:
    return UserError(f"{folder.name} cannot be the base of a LoRA here.", why, "Choose another base.")
