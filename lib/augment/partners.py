"""Which two pictures belong together, by the names of their files. Read `by_name`.

Two files of one name in two folders (A/1.jpg and B/1.png) are partners, and so are two whose names differ at their end
(001_a and 001_b). Which folders belong together is found from all names at once: those that have the most names in common,
and that differ in one place (summer/A and summer/B, not summer/A and winter/B). Where that can be read in two ways it is
asked and never guessed; and of two that could both be the partner, none is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lib.errors import UserError
from lib.media import names
from lib.media.folder import natural
from lib.project.items import Item

ALONE, UNSURE = "has no other half", "two pictures could be its other half"
_FIRST, _SECOND = ("before", "source", "input", "in", "left", "drawing", "sketch"), ("after", "target", "output", "out", "right", "photo")
_FIRST_FOLDERS = (*_FIRST, "a", "edge", "line", "lineart", "mask", "label", "segmentation", "condition", "conditioning", "pose")
_SECOND_FOLDERS = (*_SECOND, "b", "image", "picture", "real", "photograph")
_MOST_FOLDERS = 100  # in which one name is looked for

Folder = tuple[str, ...]
Couple = tuple[Item, Item]


@dataclass(frozen=True)
class Candidate:
    """A picture, the folder that it lay in, and its name without the ending; both folded (lib/media/names.py)."""

    item: Item

    @cached_property
    def path(self) -> Folder:
        return (*names.parts(self.item.facts.get("folder", "")), *names.parts(self.item.source_name))

    @cached_property
    def folder(self) -> Folder:
        return self.path[:-1]

    @cached_property
    def last(self) -> str:
        return self.path[-1] if self.path else ""

    @cached_property
    def stem(self) -> str:
        return names.split(self.last)[0]


@dataclass
class Partners:
    """couples: (first, second). sides: the folders that were matched, first and second, as they are written. unsure: the ids
    of those for which two others could be the partner."""

    couples: list[Couple] = field(default_factory=list)
    sides: list[tuple[str, str]] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)


def by_name(kept: Iterable[Item], folders: str = "") -> Partners:
    """Partners by name, each picture in one couple at most; ordered by the number of the first.

    folders: "A, B" where more than two have the same names: the first of each couple is from A. Raises UserError where
    folders can be matched in two ways.
    """
    candidates, partners = [Candidate(item) for item in kept], Partners()
    sides, by_end = _sides(candidates, _loosely, folders), [] if folders else _by_end_in_folder(candidates)
    if by_end and not any(side.is_known for side in sides):  # before and after in each of many folders
        partners.couples, candidates = by_end, _without(candidates, by_end)
        sides = _sides(candidates, _loosely, folders)
    keys = (lambda candidate: candidate.last, lambda candidate: candidate.stem, _loosely, _numbered(candidates))
    matched = _across(candidates, _clear(sides, folders), keys, partners)
    if not folders:
        partners.couples += _by_end([candidate for candidate in _without(candidates, partners.couples) if candidate.folder not in matched])
    partners.couples.sort(key=lambda couple: couple[0].number)
    return partners


def by_number(kept: Iterable[Item], folders: str = "") -> Partners:
    """1 with 2, 3 with 4, by the running numbers: one that is missing shifts no other. Where the pictures lie in two folders
    that are called so (A and B, before and after) or named in `folders`, 1 of the one with 1 of the other, 10 with 10."""
    kept, partners = list(kept), Partners()
    candidates = [candidate for candidate in map(Candidate, kept) if _number(candidate) is not None]
    sides = _sides(candidates, _number, folders)
    if folders or any(side.is_known for side in sides):
        keys = (lambda candidate: candidate.last, lambda candidate: candidate.stem, _loosely, _number)
        _across(candidates, _clear(sides, folders), keys, partners)
        partners.couples.sort(key=lambda couple: couple[0].number)
        return partners
    there = {item.number: item for item in kept}
    partners.couples = [(item, there[item.number + 1]) for item in kept if item.number % 2 and item.number + 1 in there]
    return partners


def _without(candidates: Iterable[Candidate], couples: Iterable[Couple]) -> list[Candidate]:
    taken = {item.id for couple in couples for item in couple}
    return [candidate for candidate in candidates if candidate.item.id not in taken]


# ---- in two folders ------------------------------------------------------------------------------------------------


@dataclass
class _Side:
    """Two parts of a path that stand for each other, the first and the second; and the pairs of folders that they make."""

    first: Folder
    second: Folder
    folders: list[tuple[Folder, Folder]] = field(default_factory=list)
    count: int = 0  # of names that they have in common

    @property
    def is_known(self) -> bool:
        """True where their names say that they belong together: A and B, trainA and trainB, before and after."""
        first, second = (side[-1] if side else "" for side in (self.first, self.second))
        ends_so = bool(first) and first[:-1] == second[:-1] and first[-1] + second[-1] == "ab"
        return ends_so or (_is_word(first, _FIRST_FOLDERS) and _is_word(second, _SECOND_FOLDERS))

    @property
    def shown(self) -> str:
        return " and ".join("/".join(side) or "no folder" for side in (self.first, self.second))


def _loosely(candidate: Candidate) -> str:
    return names.without_zeros(candidate.stem)


def _number(candidate: Candidate) -> int | None:
    return names.number_in(candidate.stem)


def _numbered(candidates: Sequence[Candidate]) -> Callable[[Candidate], int | None]:
    """The number in a name, in folders where all names are alike but for it: photo 1, photo 2 beside drawing 1, drawing 2."""
    patterns = defaultdict(set)
    for candidate in candidates:
        patterns[candidate.folder].add(re.sub(r"[0-9]+(?=[^0-9]*$)", "", candidate.stem))
    return lambda candidate: _number(candidate) if len(patterns[candidate.folder]) == 1 else None


def _sides(candidates: Sequence[Candidate], key: Callable[[Candidate], Hashable], folders: str) -> list[_Side]:
    """All parts of paths that stand for each other in two folders with a name in common; only those of `folders`, if any."""
    wanted, common = _wanted(folders), _in_common(candidates, key)
    if key is _loosely and not common:
        common = _in_common(candidates, _numbered(candidates))
    sides: dict[tuple[Folder, Folder], _Side] = {}
    for pair, count in common.items():
        if both := _in_order(*pair, wanted):
            first, second = _difference(*both)
            side = sides.setdefault((first, second), _Side(first, second))
            side.folders.append(both)
            side.count += count
    return list(sides.values())


def _in_order(folder: Folder, other: Folder, wanted: tuple[Folder, Folder] | None) -> tuple[Folder, Folder] | None:
    """The first folder before the second; None where they are not those that are wanted."""
    first, second = _difference(folder, other)
    if not wanted:
        return (folder, other) if _rank(first) <= _rank(second) else (other, folder)
    for ordered, parts in (((folder, other), (first, second)), ((other, folder), (second, first))):
        if all(map(_is_called, ordered, parts, wanted)):
            return ordered
    return None


def _is_called(folder: Folder, part: Folder, name: Folder) -> bool:
    """True where the part in which a folder differs is meant by a name: A, or summer/A."""
    return bool(part) and _holds(folder, name) and _holds(name, part)


def _holds(path: Folder, part: Folder) -> bool:
    return any(path[start : start + len(part)] == part for start in range(len(path)))


def _clear(sides: Iterable[_Side], folders: str) -> list[_Side]:
    """The sides with the most names, none of which is in another's way. Raises UserError where that is not clear."""
    chosen: list[_Side] = []
    for side in sorted(sides, key=lambda side: (-side.count, not side.is_known, side.shown)):
        rivals = [other for other in chosen if _meet(side, other)]
        if rivals and not folders:
            _refuse_unclear(side, rivals[0])
        elif not rivals:
            chosen.append(side)
    return chosen


def _in_common(candidates: Sequence[Candidate], key: Callable[[Candidate], Hashable]) -> Counter[tuple[Folder, Folder]]:
    """How many names two folders have in common."""
    where: dict[Hashable, set[Folder]] = defaultdict(set)
    for candidate in candidates:
        if (name := key(candidate)) is not None:
            where[name].add(candidate.folder)
    common: Counter[tuple[Folder, Folder]] = Counter()
    for there in where.values():
        if len(there) > _MOST_FOLDERS:
            raise _too_many([("/".join(folder)) for folder in sorted(there)])
        ordered = sorted(there)
        common.update((folder, other) for place, folder in enumerate(ordered) for other in ordered[place + 1 :])
    return common


def _difference(folder: Folder, other: Folder) -> tuple[Folder, Folder]:
    """The parts in which two paths differ: summer/A and summer/B differ in A and B."""
    start = next((n for n, (a, b) in enumerate(zip(folder, other)) if a != b), min(len(folder), len(other)))
    folder, other = folder[start:], other[start:]
    end = next((n for n, (a, b) in enumerate(zip(reversed(folder), reversed(other))) if a != b), min(len(folder), len(other)))
    return folder[: len(folder) - end], other[: len(other) - end]


def _wanted(folders: str) -> tuple[Folder, Folder] | None:
    if not folders.strip():
        return None
    named = [names.parts(part) for part in re.split(r"[,;]", folders)]
    if len(named) != 2 or not all(named) or named[0] == named[1]:
        raise UserError(f"“{folders}” does not name two folders.", "A pair has two sides.", "Write both with a comma between them: A, B.")
    return named[0], named[1]


def _meet(side: _Side, other: _Side) -> bool:
    """True where both speak of one folder."""
    return not {folder for pair in side.folders for folder in pair}.isdisjoint(folder for pair in other.folders for folder in pair)


def _refuse_unclear(side: _Side, chosen: _Side) -> None:
    """Raises UserError where a third folder has the same names, or another reading is as good as the one that was chosen."""
    both = {side.first, side.second, chosen.first, chosen.second}
    if len(both) == 3:
        raise _too_many(["/".join(folder) or "no folder" for folder in sorted(both, key=_rank)])
    if (side.count, side.is_known) == (chosen.count, chosen.is_known):
        raise UserError(
            "The folders can be matched in two ways.", f"{chosen.shown} have the same names, and so have {side.shown}.",
            _name_two(["/".join(folder) for folder in (chosen.first, chosen.second)]),
        )  # fmt: skip


def _too_many(folders: Sequence[str]) -> UserError:
    shown = ", ".join(folders[:6]) + (f" and {len(folders) - 6} more" if len(folders) > 6 else "")
    return UserError(
        f"{len(folders)} folders have pictures of the same name.", f"They are {shown}. A pair has two sides.",
        _name_two(folders),
    )  # fmt: skip


def _name_two(folders: Sequence[str]) -> str:
    shown = ", ".join(folders[:2])
    return f'Name the two that belong together under Folders, like this: {shown} (in a notebook: folders="{shown}").'


def _across(
    candidates: Sequence[Candidate], sides: Sequence[_Side], keys: Sequence[Callable[[Candidate], Hashable]], partners: Partners
) -> set[Folder]:
    """Adds the couples of all sides to `partners`, from the surest key to the loosest; returns the folders that were matched."""
    there, matched = defaultdict(list), set()
    for candidate in candidates:
        there[candidate.folder].append(candidate)
    for side in sides:
        for first, second in side.folders:
            matched |= {first, second}
            _couple(there[first], there[second], keys, partners)
        first, second = side.folders[0]
        partners.sides.append((_as_written(there[first], side.first, first), _as_written(there[second], side.second, second)))
    return matched


def _couple(firsts: list[Candidate], seconds: list[Candidate], keys: Sequence[Callable[[Candidate], Hashable]], partners: Partners) -> None:
    couples: list[Couple] = []
    for key in keys:
        left, right = _by_key(_without(firsts, couples), key), _by_key(_without(seconds, couples), key)
        shared = [name for name in left if name in right]
        couples += [(left[name][0].item, right[name][0].item) for name in shared if len(left[name]) == len(right[name]) == 1]
        unclear = [name for name in shared if len(left[name]) + len(right[name]) > 2]
        partners.unsure |= {candidate.item.id for name in unclear for candidate in left[name] + right[name]}
    partners.couples += couples


def _by_key(candidates: Iterable[Candidate], key: Callable[[Candidate], Hashable]) -> dict[Hashable, list[Candidate]]:
    by_key = defaultdict(list)
    for candidate in candidates:
        if (name := key(candidate)) is not None:
            by_key[name].append(candidate)
    return by_key


def _as_written(candidates: Sequence[Candidate], side: Folder, folder: Folder) -> str:
    """The part of a path as somebody wrote it, with its capitals."""
    item = candidates[0].item
    path = "/".join(part for part in (item.facts.get("folder", ""), names.as_path(item.source_name)) if part).split("/")[:-1]
    path = [part for part in path if names.folded(part) not in ("", ".")]
    start = next((n for n in range(len(folder)) if folder[n : n + len(side)] == side), 0) if side else 0
    return "/".join(path[start : start + len(side)]) if len(path) == len(folder) else "/".join(side)


def _rank(side: Folder) -> tuple:
    last = side[-1] if side else ""
    return (0 if _is_word(last, _FIRST_FOLDERS) else 2 if _is_word(last, _SECOND_FOLDERS) else 1, natural("/".join(side)))


def _is_word(name: str, words: Sequence[str]) -> bool:
    """Also of several: photos, sketches."""
    return any(name == word + more for word in words for more in ("", "s", "es"))


# ---- by the end of the name ----------------------------------------------------------------------------------------


def _by_end_in_folder(candidates: Iterable[Candidate]) -> list[Couple]:
    """Those of one folder whose ends are a and b, or before and after."""
    couples = []
    for ends in _alike(candidates, lambda candidate, stem: (candidate.folder, stem)):
        (end, first), (other, second) = sorted(ends, key=lambda pair: _end_rank(pair[0]))
        if (end, other) == ("a", "b") or (end in _FIRST and other in _SECOND):
            couples.append((first.item, second.item))
    return couples


def _by_end(candidates: Iterable[Candidate]) -> list[Couple]:
    """Names that are alike but for their end, where exactly two are; numbers at the end only count in one folder."""
    candidates = list(candidates)
    couples: list[Couple] = []
    for among in (lambda candidate, stem: stem, lambda candidate, stem: (candidate.folder, stem)):
        for ends in _alike(_without(candidates, couples), among):
            (end, first), (other, second) = sorted(ends, key=lambda pair: _end_rank(pair[0]))
            if first.folder == second.folder or not (end.isdigit() and other.isdigit()):
                couples.append((first.item, second.item))
    return couples


def _alike(candidates: Iterable[Candidate], among: Callable[[Candidate, str], Hashable]) -> list[list[tuple[str, Candidate]]]:
    """[(end, candidate), (end, candidate)] of each two that differ only at their end."""
    alike: dict[Hashable, list[tuple[str, Candidate]]] = defaultdict(list)
    for candidate in candidates:
        stem, end = end_of(candidate.stem)
        if end:
            alike[among(candidate, stem)].append((end, candidate))
    return [ends for ends in alike.values() if len(ends) == 2 and ends[0][0] != ends[1][0]]


def _end_rank(end: str) -> tuple[int, str]:
    return (0 if end in _FIRST else 2 if end in _SECOND else 1, end.rjust(8, "0") if end.isdigit() else end)


def end_of(stem: str) -> tuple[str, str]:
    """"001_a" -> ("001", "a"), "tulip-before" -> ("tulip", "before"), "001a" -> ("001", "a"), "before" -> ("", "before")."""
    if stem in _FIRST + _SECOND:
        return "", stem
    for pattern in (r"(.+?)[ _.-]+([^\W_]+)", r"(.*\d)([^\W\d_])"):
        if match := re.fullmatch(pattern, stem):
            return match[1], match[2]
    return stem, ""
