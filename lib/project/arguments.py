"""What a person gave to a public function: checked on its first lines, before any work, and returned clean.

    count = arguments.whole("count", count, low=1, high=64)
    paths = [arguments.path("paths", file) for file in arguments.several("paths", paths, alone=(str, os.PathLike))]

`name` is the argument as the person wrote it. What does not fit raises a UserError that says how to write it.
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.errors import UserError

if TYPE_CHECKING:
    from lib.project.project import Project

_LONGEST_SHOWN = 60  # letters of a wrong value that a sentence can carry


def whole(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """A whole number from `low` to `high`, both included. 3.0 is one; 2.5, True and "3" are not."""
    is_whole = _is_number(value) and (isinstance(value, numbers.Integral) or float(value).is_integer())
    if is_whole and _within(value, low, high):
        return int(value)
    near = round(_nearest(value, low, high))
    raise _unfit(name, value, f"It is a whole number{_span(low, high)}.", _write(name, value, near))


def number(name: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """A number from `low` to `high`, both included; not True, "3", infinity or NaN."""
    if _is_number(value) and _within(value, low, high) and abs(value) < 1e300:
        return float(value)
    raise _unfit(name, value, f"It is a number{_span(low, high)}.", _write(name, value, _nearest(value, low, high)))


def text(name: str, value: object) -> str:
    """A text that every file and database can hold: half letters (lone surrogates) become "?", NUL is left out."""
    if not isinstance(value, str):
        raise _unfit(name, value, "It is a text.", f'Write it in quotation marks: {name}="…".')
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def several(name: str, value: Any, alone: type | tuple[type, ...] = ()) -> list:
    """Several things as a list. alone: the types of which one may be given without a list around it."""
    if isinstance(value, alone):
        return [value]
    if value is None:
        raise _unfit(name, value, "It is a list.", f"Write {name}=[…], with what you mean in it.")
    if not isinstance(value, str | bytes | Mapping):
        try:
            things = iter(value)
        except TypeError:
            pass
        else:
            return list(things)
    raise _unfit(name, value, "It is a list.", f"Put it in brackets: {name}=[{shown(value)}].")


def path(name: str, value: object) -> Path:
    """The path of a file or folder; ~ is the home folder. An empty one never means the folder one happens to be in."""
    plain = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(plain, str):
        raise _unfit(name, value, "It is the path of a file or folder.", f'Write it in quotation marks: {name}="…".')
    if not plain.strip() or Path(plain) == Path():
        raise UserError(
            f"No file or folder is named in {name}.",
            "An empty path, or a dot, would mean everything in the folder that this program happens to run in.",
            "Name a file or folder; Path.cwd() if you do mean that one.",
        )
    if "\0" in plain or not _can_be_a_file_name(plain):
        raise _unfit(name, value, "No file can have this name.", "Copy its path from the file browser.")
    return Path(os.path.expanduser(plain))


def call(name: str, value: object):
    """What is called while work goes on (progress, should_stop): a function, or None."""
    if value is None or callable(value):
        return value
    raise _unfit(name, value, "It is a function that is called while the work goes on.", f"Try {name}=print.")


def item_id(value: Any, name: str = "item") -> str:
    """The id of a datapoint, given as the item itself or its id. Whether there is one is asked later."""
    if _is(value, "item"):
        return value.id
    if not isinstance(value, str) or not value.strip():
        raise _unfit(
            name, value, "It is a datapoint, or its id.", "Take one of project.items(), such as project.items()[0]."
        )
    return text(name, value).strip()


def item_ids(values: object, name: str = "items") -> list[str]:
    """The ids of datapoints, given as one item or id, or several."""
    return [item_id(value, name) for value in ([values] if _is(values, "item") else several(name, values, alone=(str, int)))]


def project(value: Any) -> Project:
    """The project itself, since it comes first in every call and is easily forgotten."""
    if not _is(value, "project"):
        raise _unfit("project", value, "It is an open project.", "Open it first: project = Project.open(its folder).")
    return value


def shown(value: object) -> str:
    """A wrong value as a sentence can carry it."""
    if isinstance(value, type):
        return f"the kind {value.__name__}"
    try:
        words = " ".join(repr(value).split())
    except Exception:  # a number of 5000 digits, a broken __repr__
        words = f"this {type(value).__name__}"
    return words if len(words) <= _LONGEST_SHOWN else f"{words[: _LONGEST_SHOWN - 1]}…"


def _is(value: object, noun: str) -> bool:
    """The nouns say what they are by a word, so that this file stands below them all."""
    return getattr(type(value), "noun", "") == noun


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return isinstance(value, numbers.Integral) or math.isfinite(value)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _span(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of at least {low}" if low is not None else f" of at most {high}" if high is not None else ""


def _nearest(value: Any, low: float | None, high: float | None) -> float:
    """The number that would do and comes nearest to what was given; to 1 where that is not like a number at all."""
    try:
        near = float(value)
    except (TypeError, ValueError, OverflowError):
        near = 1
    near = near if math.isfinite(near) else 1
    near = near if low is None else max(near, low)
    return near if high is None else min(near, high)


def _write(name: str, value: object, near: float) -> str:
    quoted = isinstance(value, str) and any(letter.isdigit() for letter in value)
    return f"Write it {'without quotation marks' if quoted else 'like this'}: {name}={near}."


def _can_be_a_file_name(plain: str) -> bool:
    try:
        return bool(os.fsencode(plain))
    except UnicodeEncodeError:
        return False


def _unfit(name: str, value: object, why: str, fix: str) -> UserError:
    return UserError(f"{name} cannot be {shown(value)}.", why, fix)
