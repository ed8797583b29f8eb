"""Playing, as a model sees it: what is asked of it (`Request`), and what comes out (`Medium`). No torch in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.media.curves import Curves, is_plain

if TYPE_CHECKING:
    from PIL import Image

    from lib.media.sound import Sound
    from lib.media.sound_spool import SoundSpool

# What can be asked of a model. make: new things, which every model does. walk: the frames on the way between two seeds. live: at
# once for each picture of a camera. write: go on with a text, again and again. chat: answer in a conversation.
MAKE, WALK, LIVE, WRITE, CHAT = WAYS = ("make", "walk", "live", "write", "chat")


@dataclass(frozen=True)
class InputFile:
    """A picture or a sound that a model is given.

    path: where it lies.   sha256: of its content.   name: what its person calls it.   item: the id of the datapoint that it is, "" if none.
    """

    path: str
    sha256: str
    name: str = ""
    item: str = ""


@dataclass(frozen=True)
class Mixed:
    """Another model that plays along.

    path: the folder of its run, or its file.   strength: how much it counts.   run: the id of the run that it is of, "" of a stranger's.
    dataset: which that learned from.   sha256, name: of a file, its content and what its person calls it.
    """

    path: str
    strength: float
    run: str = ""
    dataset: str = ""
    sha256: str = ""
    name: str = ""


Input = str | int | float | InputFile | Curves | tuple[Mixed, ...]


@dataclass(frozen=True)
class Request:
    """What is to be made.

    model: the id of a run, or the name of a base.   way: one of the card's ways.   inputs: what it works on, by the names
    in the model's CONTROLS (words, a file, curves, others that play along); of a walk "to_seed" and "fps".   seed: of the first thing; the next has seed + 1.
    count: how many things, or frames of a walk.   controls: the other values of the model's CONTROLS.   without: the ids of datapoints
    that may not be used today, of a model that lets go of them (`Card.lets_go`).
    """

    model: str
    way: str = MAKE
    inputs: Mapping[str, Input] = field(default_factory=dict)
    seed: int = 0
    count: int = 1
    controls: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def words(self, name: str) -> str:
        """A text among the inputs; "" where none was given."""
        given = self.inputs.get(name, "")
        return "" if isinstance(given, InputFile | Curves | tuple) else str(given)

    def file(self, name: str) -> Path | None:
        """A file among the inputs; None where none was given."""
        given = self.inputs.get(name)
        return Path(given.path) if isinstance(given, InputFile) else None

    def curves(self, name: str) -> Curves | None:
        """Curves among the inputs; None where none were drawn."""
        given = self.inputs.get(name)
        return given if isinstance(given, Curves) else None

    def mixed(self, name: str) -> tuple[Mixed, ...]:
        """Others that play along; () where none was given."""
        given = self.inputs.get(name)
        return given if isinstance(given, tuple) else ()

    @property
    def hashes(self) -> set[str]:
        """Of the content of all files that are given."""
        given = [one for value in self.inputs.values() for one in (value if isinstance(value, tuple) else (value,))]
        return {one.sha256 for one in given if isinstance(one, InputFile | Mixed) and one.sha256}

    @property
    def to_seed(self) -> int | None:
        """Where a walk ends."""
        return self._whole("to_seed")

    @property
    def fps(self) -> int | None:
        """Frames a second of a film."""
        return self._whole("fps")

    def _whole(self, name: str) -> int | None:
        given = self.inputs.get(name)
        return int(given) if isinstance(given, int | float) else None

    @property
    def is_film(self) -> bool:
        """True where all that comes out belongs together, as the frames of one film."""
        return self.way == WALK

    def after(self, made: int) -> Request:
        """The same for what is still to be made, once `made` things are there."""
        return replace(self, seed=self.seed + made, count=self.count - made)

    def as_plain(self) -> dict:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping) -> Request:
        """Back from `as_plain`, also from what was written before December 2026. Raises KeyError or TypeError for anything else."""
        if "model" not in plain:
            plain = _of_before(plain)
        given = {name: _input_from_plain(value) for name, value in plain["inputs"].items()}
        return cls(**{**plain, "inputs": given, "without": tuple(plain.get("without", ()))})


def _input_from_plain(value: Any) -> Input:
    if is_plain(value):
        return Curves.from_plain(value)
    if isinstance(value, Mapping):
        return InputFile(**value)
    return tuple(Mixed(**one) for one in value) if isinstance(value, list | tuple) else value


def _of_before(plain: Mapping) -> dict:
    """Orders had run, kind ("pictures" or "walk"), count, seed, controls, to_seed and fps."""
    walk = plain["kind"] == WALK
    return {
        "model": plain["run"], "way": WALK if walk else MAKE, "seed": plain["seed"], "count": plain["count"],
        "controls": plain.get("controls", {}), "inputs": {"to_seed": plain["to_seed"], "fps": plain["fps"]} if walk else {},
    }  # fmt: skip


@dataclass(frozen=True)
class Medium:
    """Something that came out of a model.

    content: a picture, a text, or a sound.   number: which of the things that were asked for, from 0.
    is_whole: False for a piece. The pieces of a thing come in order, and after them the whole. Of a text or a sound they are its
    parts (a token, a chunk); of a picture each is all of it, small and as it looks by then, with the facts "step" and "of".
    facts: what its story says besides, plain values.
    """

    content: Image.Image | str | Sound
    number: int = 0
    is_whole: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """"image", "text" or "sound"."""
        if isinstance(self.content, str):
            return "text"
        return "sound" if hasattr(self.content, "samples") else "image"


def numbered(contents: Iterable) -> Iterator[Medium]:
    """Whole things, one after the other."""
    return (Medium(content, number) for number, content in enumerate(contents))


def in_pieces(number: int, pieces: Iterable, facts: Callable[[], Mapping[str, Any]] = dict) -> Iterator[Medium]:
    """Hands over each piece (a token, a chunk of sound) as it comes, and at last the whole that they make.

    facts: asked once the last piece is there; what the story of the whole says besides.
    """
    gathered = Gathered()
    for piece in pieces:
        gathered.add(piece)
        yield Medium(piece, number, is_whole=False)
    yield Medium(gathered.whole(), number, facts=facts())


class Gathered:
    """Pieces of one text, or of one sound with the same rate and channels; a long sound fills no memory."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._sounds: SoundSpool | None = None

    def add(self, piece: Any) -> None:
        if isinstance(piece, str):
            self._texts.append(piece)
            return
        if self._sounds is None:
            from lib.media.sound_spool import SoundSpool

            self._sounds = SoundSpool()
        self._sounds.add(piece)

    def whole(self) -> Any:
        return self._sounds.whole() if self._sounds else "".join(self._texts)
