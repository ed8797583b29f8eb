"""Whole models at Hugging Face, of which a folder with many files is needed: asked about, fetched, and found. Read `look`, then `fetch`.

    hub.find("stable-diffusion-v1-5/stable-diffusion-v1-5")     # None where it is not on this computer; no network is asked
    hub.look(name)                                              # what the hub says of it: files, size, licence, whether it is gated
    hub.fetch(name, progress, should_stop)                      # once somebody has said yes; in a task, never in the web server

They come into the folder in which the libraries of Hugging Face keep theirs, and as these lay them (blobs, snapshots, refs), so
that each program of this computer finds what another has fetched. Only text and safetensors are taken: other kinds of weights can
run a stranger's program while they are read. Of weights in two lengths the shorter come. Each file is known by its check sum or not
kept, and what broke off goes on where it was. The index comes last: as long as it is missing, nothing takes the half for the whole.
Nothing is told of whoever fetches but the token of a person who has one, and that to the hub alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import http
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from lib.errors import UserError
from lib.media import weights
from lib.media.files import flush, write_text
from lib.media.signals import AGENT

INDEX, OF_LANGUAGE = "model_index.json", "config.json"
PARTS = ("scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "unet", "vae")
LEARNED = ("text_encoder", "unet", "vae")           # those without whose weights it is none; a second text encoder too, where it has one
_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_WEIGHTS = re.compile(r"(?P<part>\w+)/(model|diffusion_pytorch_model)(?P<short>\.fp16)?(-\d{5}-of-\d{5})?\.safetensors")
_WORDS = re.compile(r"(?P<part>\w+)/[\w.-]+\.(json|txt)")
_WHOLE, _PIECE = "model.safetensors", re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_TOKENS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "generation_config.json",
           "model.safetensors.index.json", "LICENSE", "LICENSE.txt", "README.md")
_LICENCES = {"creativeml-openrail-m": "CreativeML Open RAIL-M", "openrail++": "CreativeML Open RAIL++-M", "apache-2.0": "Apache 2.0", "mit": "MIT"}
_SECONDS = 30.0


@dataclass(frozen=True)
class File:
    """check: "sha256:…" of large files, "git:…" of small ones, as git names them."""

    name: str
    size: int
    check: str

    @property
    def blob(self) -> str:
        return self.check.partition(":")[2]


@dataclass(frozen=True)
class Listing:
    """What the hub says of a model. files: those that are needed, the index last. gated: given only to those who have agreed to its terms."""

    name: str
    commit: str
    licence: str
    gated: bool
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Kind:
    """What is fetched. index: its last file, without which it is none. needed(files, name): which of its files are, the index
    last. is_whole: whether a folder holds what the index speaks of."""

    index: str
    needed: Callable[[Iterable[str], str], list[str]]
    is_whole: Callable[[Path], bool]


def is_name(text: str) -> bool:
    """Whether it has the shape of a name at the hub, "owner/model"."""
    return bool(_NAME.fullmatch(text)) and ".." not in text


def find(name: str, kind: Kind | None = None) -> Path | None:
    """Its folder, or None where it is not whole on this computer. kind: PICTURES where none is given."""
    kind = kind or PICTURES
    if not is_name(name):
        return None
    from huggingface_hub import try_to_load_from_cache

    index = try_to_load_from_cache(name, kind.index)
    folder = Path(index).parent if isinstance(index, str) else None
    return folder if folder and kind.is_whole(folder) else None


def is_forbidden() -> bool:
    """True where HF_HUB_OFFLINE says that this computer fetches nothing."""
    return weights.is_forbidden()


def host() -> str:
    """"huggingface.co", or the one that HF_ENDPOINT names."""
    return weights.host_of(_endpoint())


def free() -> int:
    """Bytes that are free where it would lie."""
    return weights.free(_cache())


def come(name: str) -> int:
    """Bytes that have come of it, of a fetch that broke off."""
    return sum(path.stat().st_size for path in (_folder(name) / "blobs").glob("*") if path.is_file())


# ---- asking ----------------------------------------------------------------------------------------------------------------


def look(name: str, kind: Kind | None = None) -> Listing:
    """Asks the hub. Raises UserError without a network, where there is no such model, where it is of another kind, and where HF_HUB_OFFLINE is set."""
    kind = kind or PICTURES
    _refuse_offline(name)
    with weights.in_plain_words(f"The files of {name}", _endpoint(), _cache(), _by_hand(name)):
        told = _asked(name)
    try:
        files = {entry["rfilename"]: entry for entry in told["siblings"]}
        return Listing(name, _hash(told["sha"]), _licence(told), bool(told.get("gated")), tuple(_file(files[one]) for one in kind.needed(files, name)))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{host()} gave an answer that cannot be read.", str(error), "Try again later.") from error


def of_pictures(files: Iterable[str], name: str) -> list[str]:
    """Of the files of a pipeline those that are needed, the index last. Raises UserError where it is none, or a part has no safetensors."""
    files, chosen = list(files), []
    if INDEX not in files:
        raise UserError(f"{name} is no text-to-image model that can be opened here.", f"It has no {INDEX}.",
                        "Choose one in the format of diffusers, or fetch its .safetensors file by hand and give that.")  # fmt: skip
    for part in PARTS:
        own = [file for file in files if (match := _WEIGHTS.fullmatch(file)) and match["part"] == part]
        short = [file for file in own if ".fp16" in file]
        if not own and (part in LEARNED or f"{part}/config.json" in files and part.startswith("text_encoder")):
            raise _not_safe(name, f"Its {part} is")
        chosen += [file for file in files if (match := _WORDS.fullmatch(file)) and match["part"] == part]
        chosen += short or own
    return [*chosen, INDEX]


def of_language(files: Iterable[str], name: str) -> list[str]:
    """Of the files of a language model those that are needed, its config last. Raises UserError where it is none, or has no safetensors."""
    files = list(files)
    if OF_LANGUAGE not in files or not {"tokenizer.json", "vocab.json"} & set(files):
        raise UserError(f"{name} is no language model that can be opened here.", f"It has no {OF_LANGUAGE}, or no tokenizer beside it.",
                        "Choose one in the format of transformers, with a tokenizer.json.")  # fmt: skip
    weights_ = [_WHOLE] if _WHOLE in files else sorted(file for file in files if _PIECE.fullmatch(file))
    if not weights_:
        raise _not_safe(name, "It is")
    return [*(file for file in files if file in _TOKENS), *weights_, OF_LANGUAGE]


def _not_safe(name: str, what: str) -> UserError:
    return UserError(f"{name} is not fetched.", f"{what} not there as safetensors; other kinds can run a stranger's program.", "Choose another base.")


PICTURES = Kind(INDEX, of_pictures, lambda folder: all(any((folder / part).glob("*.safetensors")) for part in LEARNED))
LANGUAGE = Kind(OF_LANGUAGE, of_language, lambda folder: any(folder.glob("model*.safetensors")))


def _asked(name: str) -> Mapping[str, Any]:
    request = urllib.request.Request(f"{_endpoint()}/api/models/{name}/revision/main?blobs=true", headers={"User-Agent": AGENT})
    if authorization := _authorization():
        request.add_unredirected_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        _explain(name, error)
    try:
        return json.loads(content)
    except ValueError:
        return {}


def _file(entry: Mapping[str, Any]) -> File:
    large = entry.get("lfs") or {}
    check = f"sha256:{_hash(large['sha256'])}" if large else f"git:{_hash(entry['blobId'])}"
    return File(entry["rfilename"], int(large.get("size") or entry["size"]), check)


def _hash(text: str) -> str:
    """It becomes a name on this disk."""
    if not re.fullmatch(r"[0-9a-f]{40,64}", text):
        raise ValueError(f"{text[:80]!r} is no check sum")
    return text


def _licence(told: Mapping[str, Any]) -> str:
    card = told.get("cardData") or {}
    name = card.get("license") or ""
    name = card.get("license_name") or name if name in ("", "other") else name
    return _LICENCES.get(name, name) or "no licence named"


def _explain(name: str, error: urllib.error.HTTPError) -> NoReturn:
    """Raises UserError where the hub says no; what it said itself else."""
    page, code = f"{_endpoint()}/{name}", error.headers.get("X-Error-Code", "")
    if code == "GatedRepo" or (error.code == http.HTTPStatus.FORBIDDEN and code != "RepoNotFound"):
        raise UserError(
            f"{name} is given only to those who have agreed to its terms.", f"Its makers ask who you are (a gated model); the hub said {error.code}.",
            f"Open {page}, log in and agree. Make a token that may read, run .venv/bin/hf auth login with it (or set HF_TOKEN), and fetch again.",
        ) from error  # fmt: skip
    if code == "RepoNotFound" or error.code in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.NOT_FOUND):
        raise UserError(f"There is no model {name} at {host()}.", "Or it is private, and not yours.",
                        "Look at how its name is written: owner/model.") from error  # fmt: skip
    raise error


# ---- fetching --------------------------------------------------------------------------------------------------------------


def fetch(
    name: str, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None, kind: Kind | None = None,
) -> Path | None:  # fmt: skip
    """Fetches it, checks it, and gives its folder. Only when somebody asked for it, and in a task.

    progress(bytes that have come, bytes in all). Returns None if it was stopped; what had come stays then too, and the next fetch
    goes on from there. Raises UserError as `look` does, for a gated model, without room, and where a file is not what it should be.
    """
    kind = kind or PICTURES
    if path := find(name, kind):
        return path
    listing = look(name, kind)
    _refuse_full(listing)
    folder = _folder(name)
    with weights.in_plain_words(f"The files of {name}", _endpoint(), folder, _by_hand(name)), weights.alone(folder / kind.index, f"The files of {name}"):
        before = 0
        for file in listing.files:
            told = (lambda now, _, before=before: progress(before + now, listing.size)) if progress else None
            if not _get(listing, file, folder, told, should_stop):
                return None
            before += file.size
            if progress:
                progress(before, listing.size)
        (folder / "refs").mkdir(exist_ok=True)
        write_text(folder / "refs" / "main", listing.commit)
    return find(name, kind)


def _get(listing: Listing, file: File, folder: Path, progress: Callable | None, should_stop: Callable | None, again: bool = True) -> bool:
    """Brings one file to where it belongs; False if it was stopped."""
    target, blob = folder / "snapshots" / listing.commit / file.name, folder / "blobs" / file.blob
    if target.exists():
        return True
    for place in (target, blob):
        place.parent.mkdir(parents=True, exist_ok=True)
    if not blob.exists():
        part = blob.with_name(f"{blob.name}.part")
        began_before = part.is_file() and part.stat().st_size > 0
        if not _download(listing, file, part, progress, should_stop):
            return False
        if check_sum(part, file) != file.blob:
            part.unlink()
            if began_before and again:      # what had come earlier was of another file: once more, from the beginning
                return _get(listing, file, folder, progress, should_stop, again=False)
            raise UserError(f"What came is not {file.name} of {listing.name}.", "Its check sum is another one.", "It was not kept. Fetch it again.")
        flush(part)
        part.replace(blob)
    try:
        target.symlink_to(os.path.relpath(blob, target.parent))
    except OSError:     # Windows, where only some may
        blob.replace(target)
    return True


def _download(listing: Listing, file: File, part: Path, progress: Callable | None, should_stop: Callable | None) -> bool:
    address = f"{_endpoint()}/{listing.name}/resolve/{listing.commit}/{quote(file.name)}"
    try:
        return weights.download(address, file.size, part, progress, should_stop, _authorization())
    except urllib.error.HTTPError as error:
        _explain(listing.name, error)


def check_sum(path: Path, file: File) -> str:
    """As the hub counts it: sha256 of large files, of small ones that of git."""
    large = file.check.startswith("sha256:")
    with open(path, "rb") as opened:
        made = hashlib.sha256() if large else hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        while chunk := opened.read(1 << 20):
            made.update(chunk)
    return made.hexdigest()


def _refuse_offline(name: str) -> None:
    if is_forbidden():
        raise weights.forbidden(f"The files of {name}", _by_hand(name))


def _refuse_full(listing: Listing) -> None:
    left = listing.size - come(listing.name)
    if free() - weights.TO_SPARE < left:
        raise UserError(
            f"There is no room for {listing.name}.", f"It takes {left / 1e9:.1f} GB more, and {free() / 1e9:.1f} GB are free where {_cache()} lies.",
            "Free some space (empty the bin, delete old runs), then fetch it again; HF_HOME can name another disk.",
        )  # fmt: skip


def _by_hand(name: str) -> str:
    return f"fetch {name} on another computer and give the folder where it lies"


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def _authorization() -> str:
    """The token of whoever has logged in on this computer; "" else."""
    from huggingface_hub import get_token

    with contextlib.suppress(OSError):
        return f"Bearer {token}" if (token := get_token()) else ""
    return ""


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _folder(name: str) -> Path:
    return _cache() / f"models--{name.replace('/', '--')}"
