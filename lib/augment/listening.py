"""Sounds and texts before freezing: what a recipe makes of one of them, to be heard, seen and read. Read `look`.

Sounds are drawn and changed by the process that draws previews (preview_worker.py), since their libraries (SciPy, librosa, soxr) are
never loaded into the web server. Only the beginning of a long one is looked at.
"""

from __future__ import annotations

import base64
import difflib
import functools
import hashlib
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.augment import preview_client
from lib.errors import UserError
from lib.media.files import GONE, edition, read_json
from lib.project import arguments
from lib.project.folder import CACHE
from lib.project.items import Item
from lib.steps import LeftOut
from lib.steps.recipe import Recipe

if TYPE_CHECKING:
    from lib.project import Project

HEARD = 12.0        # seconds of a sound that are looked at
READ = 4000         # letters of a text that are looked at
_SHOWN = 6          # of what becomes of one thing
_WORDS = 1500       # words up to which differences are looked for; beyond, a text counts as changed as a whole
_DRAWN_AS = 3       # counts up where sounds are drawn otherwise than before


@dataclass(frozen=True)
class Heard:
    """One sound, to be shown and played.

    name: "" for the sound itself, "piece1", "pitch1". play: a data address of a FLAC. waveform, spectrogram: data addresses of
    WebPs, on one scale with all others of the same look. lufs: how loud it is to the ear; peak: its loudest sample, dBFS.
    """

    name: str
    seconds: float
    rate: int
    channels: int
    lufs: float
    peak: float
    play: str
    waveform: str
    spectrogram: str


@dataclass(frozen=True)
class Said:
    """One text. name: "" for the text itself, "piece1". parts: its differences from what it came of: ("same" | "gone" | "new", text)."""

    name: str
    text: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Look:
    """What a recipe makes of one datapoint. before: None while waiting. after: the first of them; count: how many in all.

    left_out: why it stays out of the dataset. waiting: it is being made, so look again in about a second. is_beginning: it is
    longer, and only how it begins was looked at. remarks: sentences about a sound that goes above full scale, or whose channels
    are in opposite phase.
    """

    before: Heard | Said | None = None
    after: Sequence[Heard] | Sequence[Said] = ()
    count: int = 0
    left_out: str = ""
    waiting: bool = False
    is_beginning: bool = False
    remarks: Sequence[str] = ()


def look(project: Project, item: Item, recipe: Recipe, *, wait: float = 0.0) -> Look:
    """Everything that becomes of one sound or text, with the very changes of the dataset.

    wait: seconds to wait for a sound (notebooks: 60; a page looks again instead). Texts are there at once.
    Raises UserError for a picture, if the file cannot be read, or the recipe cannot be applied.
    """
    project = arguments.project(project)
    if item.kind == "text":
        return _read(item.path, edition(item.path), item.sha256, json.dumps(recipe.as_plain()))
    if item.kind != "sound":
        raise UserError(f"Number {item.number} is a picture.", "", "Look at it with augment.preview.")
    order = _order(project, item, recipe)
    to = Path(order["to"])
    if edition(to) == GONE:
        preview_client.ask(project.home, order, wait)
    now = edition(to)
    return Look(waiting=True) if now == GONE else _from_file(to, now)


# ---- sounds --------------------------------------------------------------------------------------------------------


def _order(project: Project, item: Item, recipe: Recipe) -> dict:
    text = json.dumps(recipe.as_plain(), sort_keys=True)
    name = hashlib.sha256(f"heard {_DRAWN_AS} {text}".encode()).hexdigest()[:20]
    to = project.path / CACHE / "previews" / item.path.stem / f"{name}.json"
    return {"listen": True, "path": str(item.path), "seed": item.sha256, "recipe": text, "to": str(to)}


def drawn(order: dict) -> dict:
    """What the process writes for an order: the look as plain values. Raises UserError."""
    from lib.media.sound import oddities, open_sound, remarks

    more = open_sound(Path(order["path"]), HEARD + 1)
    sound = more.cut(0, round(HEARD * more.rate))
    made, left_out = [], ""
    try:
        made = list(Recipe(json.loads(order["recipe"])).apply(sound, seed=order["seed"]))
    except LeftOut as out:
        left_out = str(out)
    louder = {"top_dbfs": round(more.top_dbfs, 1)} if more.top_dbfs > 0 else {}
    seconds = max([sound.seconds, *(variant.seconds for _, variant in made[:_SHOWN])])
    highest = max([sound.rate, *(variant.rate for _, variant in made[:_SHOWN])]) / 2
    after = [_heard(name, variant, seconds, highest) for name, variant in made[:_SHOWN]]
    return {
        "before": _heard("", sound, seconds, highest), "after": after, "count": len(made), "left_out": left_out,
        "is_beginning": len(more.samples) > len(sound.samples), "remarks": remarks(oddities(sound.samples, sound.rate) | louder),
    }  # fmt: skip


def _heard(name: str, sound, seconds: float, highest: float) -> dict:
    import numpy as np

    from lib.media import loudness, sound_picture

    peak = float(np.abs(sound.samples).max()) if sound.samples.size else 0.0
    return {
        "name": name, "seconds": round(sound.seconds, 2), "rate": sound.rate, "channels": sound.channels,
        "lufs": round(loudness.integrated(sound.samples, sound.rate), 1), "peak": round(20 * float(np.log10(max(peak, 1e-5))), 1) + 0.0,
        "play": _address("audio/flac", sound.as_file("FLAC")),
        "waveform": _picture(sound_picture.waveform(sound, seconds)),
        "spectrogram": _picture(sound_picture.spectrogram(sound, seconds, highest=highest)),
    }  # fmt: skip


def _picture(image) -> str:
    content = io.BytesIO()
    image.save(content, "WEBP", quality=85, method=2)
    return _address("image/webp", content.getvalue())


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@functools.lru_cache(maxsize=16)        # up to some 2 MB each
def _from_file(path: Path, _edition: tuple[int, int]) -> Look:
    plain = read_json(path)
    if plain.get("error"):
        raise UserError(**plain["error"])
    after = tuple(Heard(**row) for row in plain["after"])
    return Look(
        Heard(**plain["before"]), after, plain["count"], plain["left_out"], is_beginning=plain["is_beginning"],
        remarks=tuple(plain["remarks"]),
    )  # fmt: skip


# ---- texts ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _read(path: Path, _edition: tuple[int, int], seed: str, recipe: str) -> Look:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            text = file.read(READ + 1)
    except OSError as error:
        raise UserError(f"{path.name} cannot be read.", f"{error.strerror or error}.", "Look whether the project's folder is whole.") from error
    is_beginning, text = len(text) > READ, text[:READ]
    try:
        made = list(Recipe(json.loads(recipe)).apply(text, seed=seed))
    except LeftOut as out:
        return Look(Said("", text), left_out=str(out), is_beginning=is_beginning)
    # A piece is shown as it is; only one text that stays whole is compared.
    parts = differences(text, made[0][1]) if len(made) == 1 else ()
    after = tuple(Said(name, variant, parts) for name, variant in made[:_SHOWN])
    return Look(Said("", text), after, len(made), is_beginning=is_beginning)


def differences(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """What stayed, went and came, in the order of the text: ("same" | "gone" | "new", text). Blanks and line breaks count.

    Words are matched first, so that a blank that went does not tear a sentence out of its place.
    """
    old, new = _tokens(before), _tokens(after)
    if max(len(old), len(new)) > 2 * _WORDS:
        return (("same", after),) if before == after else (("gone", before), ("new", after))
    parts: list[tuple[str, str]] = []
    matched = difflib.SequenceMatcher(None, [word for _, word in old], [word for _, word in new], autojunk=False)
    for tag, a, b, c, d in matched.get_opcodes():
        if tag == "equal":
            for (blank, word), (new_blank, _) in zip(old[a:b], new[c:d], strict=True):
                parts += [("same", blank + word)] if blank == new_blank else [("gone", blank), ("new", new_blank), ("same", word)]
        else:
            parts += [("gone", "".join(map("".join, old[a:b]))), ("new", "".join(map("".join, new[c:d])))]
    return _merged(parts)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Each word or sign with the blanks before it; at the end the blanks that are left."""
    return re.findall(r"(\s*)(\w+|[^\w\s]|$)", text)


def _merged(parts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Neighbours of one kind are one part."""
    merged: list[tuple[str, str]] = []
    for what, words in parts:
        if words and merged and merged[-1][0] == what:
            merged[-1] = what, merged[-1][1] + words
        elif words:
            merged.append((what, words))
    return tuple(merged)
