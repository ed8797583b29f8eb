"""Where the base of a LoRA lies on this computer. Read `find`. Imports no torch."""

from __future__ import annotations

import os
from pathlib import Path

from lib.errors import UserError
from lib.media import hub
from lib.models.lora import single_file

_ASSETS = Path(__file__).resolve().parents[3] / "assets"
CARRIED = {"tiny_base": _ASSETS / "tiny_base"}      # what comes with Handmade
INDEX = hub.INDEX
_KINDS = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")


def find(base: str) -> Path:
    """Its folder, or its one file. base: a name in CARRIED, a folder, a .safetensors file, or the name of a model at Hugging Face that
    has been fetched before. Fetches nothing. Raises UserError where it is not here, or is of a kind that cannot be taught.
    """
    base = base.strip()
    path = CARRIED.get(base) or Path(os.path.expanduser(base))
    if base and path.is_file():
        return _checked_file(path)
    folder = path if base and path.is_dir() else hub.find(base)
    if folder is None or not (folder / INDEX).is_file():
        raise UserError(
            f"The base {base!r} is not on this computer.", f"It is neither here nor a folder with a {INDEX}, nor one .safetensors file.",
            "Choose tiny_base, which comes with Handmade; or fetch it on the page Train (train.fetch_base), or give the folder where it lies.",
        )  # fmt: skip
    return _checked_folder(folder)


def is_here(base: str) -> bool:
    """Whether `find` finds it, and it can be taught."""
    try:
        find(base)
    except UserError:
        return False
    return True


def edition_of(path: Path) -> list[tuple[str, str, int, int]]:
    """Another list as soon as a file of weights is another one: (its name, where it really lies, bytes, time of its last change) of each.

    path: as `find` gives it.
    """
    files = [path] if path.is_file() else sorted(path.glob("*/*.safetensors"))
    return [(file.name if path.is_file() else f"{file.parent.name}/{file.name}", file.resolve().name, *_size_and_time(file)) for file in files]


def _size_and_time(file: Path) -> tuple[int, int]:
    told = file.stat()
    return told.st_size, told.st_mtime_ns


def vocabulary(base: str) -> Path:
    """The folder with the pieces that it cuts words into. Raises UserError as `find` does."""
    path = find(base)
    return single_file.CARRIED / single_file.TOKENIZER if path.is_file() else path / "tokenizer"


def _checked_file(path: Path) -> Path:
    if path.suffix != ".safetensors":
        raise UserError(
            f"{path.name} is not opened.", "Only .safetensors files are: others can run a stranger's program while they are read.",
            "Look for the same model as .safetensors.",
        )  # fmt: skip
    single_file.kind_of(path)
    return path


def _checked_folder(folder: Path) -> Path:
    from lib.media.files import read_json

    kind = read_json(folder / INDEX).get("_class_name", "something else")
    if kind not in _KINDS:
        raise _refusal(folder, f"It is a {kind}; it must be a {' or a '.join(_KINDS)} (Stable Diffusion 1 or 2, SD-Turbo, SDXL, or the tiny base).")
    vae = folder / "vae" / "config.json"
    if vae.is_file() and read_json(vae).get("latents_mean"):
        raise _refusal(folder, "Its latents lie around a middle of their own, as those of Playground do.")
    return folder


def _refusal(folder: Path, why: str) -> UserError:
    return UserError(f"{folder.name} cannot be the base of a LoRA here.", why, "Choose another base.")
