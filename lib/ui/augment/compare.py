"""Two versions beside each other on the page: what came, what went and why, what changed. Read `below`.

Which one is open stands in the address (?changed=tulips-64-v2), so that a reload finds it again.
"""

from __future__ import annotations

import base64
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment
from lib.augment import Difference, Entry
from lib.augment.listening import differences
from lib.errors import UserError
from lib.media import sound
from lib.media.files import edition
from lib.media.kinds import kind_of
from lib.project.datasets import Version
from lib.ui.augment import freeze, sounds_texts
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show
from lib.ui.widgets.picture_grid import Picture, Row

if TYPE_CHECKING:
    from lib.project import Project

_ASKED = "changed"
_MANY, _FEW = 24, 5     # of what came or went, and rows of what changed, at once
_SOUNDS = 12            # of sounds: each waveform is drawn at the first look
_PIECES = 6             # of one text
_BEGINNING = 160        # letters of a text in a list


def button(version: Version) -> None:
    """Opens the comparison below a version, or closes it."""
    is_open = st.query_params.get(_ASKED) == version.path.name
    st.button("Close" if is_open else "What changed?", key=f"changed.{version.path.name}", type="tertiary",
              icon=":material/close:" if is_open else ":material/difference:",
              help=None if is_open else "Compares it with another version: what came, what went, what is different.",
              on_click=_toggle, args=(version.path.name,))    # fmt: skip


def _toggle(name: str) -> None:
    if st.query_params.get(_ASKED) == name:
        del st.query_params[_ASKED]
    else:
        st.query_params[_ASKED] = name


def below(project: Project, version: Version, versions: list[Version]) -> None:
    """The comparison, where it was asked for."""
    if st.query_params.get(_ASKED) != version.path.name:
        return
    others = candidates(version, versions)
    with st.container(border=True):
        if not others:
            st.markdown("There is no other version to compare it with yet. Freeze another one, then look again.")
            return
        labels = {other.path.name: f"{other.name} v{other.version}" for other in others}
        old = st.selectbox(f"{version.name} v{version.version} compared with", list(labels), format_func=labels.get, key=f"with.{version.path.name}")
        with show.errors():
            _between(project, next(other for other in others if other.path.name == old), version)


def _between(project: Project, version: Version, other: Version) -> None:
    """From the older to the newer, whichever of them was opened."""
    old, new = in_time(version, other)
    st.markdown(f"From **{old.name} v{old.version}** to **{new.name} v{new.version}**:")
    _show(project, augment.compare(project, old, new), old, new)


def in_time(version: Version, other: Version) -> tuple[Version, Version]:
    """(older, newer)."""
    return (version, other) if (version.made, version.version) <= (other.made, other.version) else (other, version)


def candidates(version: Version, versions: list[Version]) -> list[Version]:
    """What it may be compared with, likeliest first: the one before it of the same name, then all others of its kind."""
    others = [other for other in versions if other.kind == version.kind and other != version]
    distance = lambda other: abs(version.version - other.version)
    return sorted(others, key=lambda other: (other.name != version.name, other.version > version.version, distance(other)))


def _show(project: Project, difference: Difference, old: Version, new: Version) -> None:
    st.markdown(f"**{difference.words}.**  \n:small[{counted(difference, old, new)}]")
    if difference.recipe:
        changes = "\n".join(f"- {show.plain(line)}" for line in difference.recipe)
        st.markdown(f"The recipe is another, so every file was made anew:\n{changes}" if difference.redrawn else changes)
    _many(project, "What came", difference.came, new, "came")
    _many(project, "What went", difference.went, old, "went")
    if difference.changed:
        st.subheader("What changed", anchor=False)
        for place, entry in enumerate(_page(difference.changed, _FEW, "different")):
            _changed(project, entry, old, new, f"was.{place}")


def counted(difference: Difference, old: Version, new: Version) -> str:
    """"Counted in datapoints: 32 texts from 27 of them before, 34 texts from 29 now.": one may become several files."""
    both = difference.same + len(difference.changed)
    counts = [f"{kind_of(version.kind).count(version.train + version.test)} from {both + len(others):,}"
            for version, others in ((old, difference.went), (new, difference.came))]    # fmt: skip
    return f"Counted in datapoints: {counts[0]} of them before, {counts[1]} now."


def _many(project: Project, title: str, entries: tuple[Entry, ...], version: Version, key: str) -> None:
    if not entries:
        return
    st.subheader(f"{title}: {len(entries):,}", anchor=False)
    shown = _page(entries, _SOUNDS if version.kind == "sound" else _MANY, key)
    if version.kind == "text":
        st.markdown("\n".join(f"- {line}" for line in lines(shown, version)))
    else:
        picture_grid.grid(thumbnails(project, shown, version), key=f"{key}.{version.path.name}", size=104)


def _page(entries: tuple[Entry, ...], most: int, key: str) -> tuple[Entry, ...]:
    """Those of the page that is open."""
    pages = -(-len(entries) // most)
    page = st.pagination(pages, key=f"compare.{key}") if pages > 1 else 1
    return entries[(page - 1) * most : page * most]


def thumbnails(project: Project, entries: tuple[Entry, ...], version: Version) -> list[Picture]:
    """A picture of each as it is in that version, with its number, and why it went."""
    return [
        Picture(entry.item, _BLANK if entry.why.startswith(_CLOSED) else _file(project, version, entry.new or entry.old), f"Number {entry.number}{_because(entry)}", label=_label(entry))
        for entry in entries
    ]


def lines(entries: tuple[Entry, ...], version: Version) -> list[str]:
    """How each text begins, after its number, and why it went. Words that may not be used any more are not shown."""
    return [f"**{_label(entry)}**" + (f" · {_beginning(words)}" if (words := _words(version, entry.new or entry.old, entry.why)) else "")
            for entry in entries]    # fmt: skip


def _beginning(words: str) -> str:
    return show.plain(words[:_BEGINNING]) + ("…" if len(words) > _BEGINNING else "")


def _words(version: Version, name: str, why: str = "") -> str:
    """A text as it was frozen, its first pieces together; "" where its file has gone, or somebody said no since."""
    if not name or why.startswith(_CLOSED):
        return ""
    names = [name.replace("piece1.", f"piece{place}.") for place in range(1, _PIECES + 1)] if "piece1." in name else [name]
    texts = []
    for path in (version.path / file_name for file_name in names):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read(augment.READ))
        except OSError:
            break
    return "\n\n".join(texts)[: augment.READ]


def _label(entry: Entry) -> str:
    return f"{entry.number}: {freeze.plainly(entry.why)}" if entry.why else str(entry.number)


def _because(entry: Entry) -> str:
    return f", {freeze.plainly(entry.why)}" if entry.why else ""


def _changed(project: Project, entry: Entry, old: Version, new: Version, key: str) -> None:
    """Before and after, and what is other, in words."""
    if new.kind == "text":
        _changed_text(entry, old, new)
        return
    shown, words = st.columns([1, 2], gap="medium", vertical_alignment="center")
    with shown:
        picture_grid.grid(
            [Row("", [Picture("before", _file(project, old, entry.old), f"Number {entry.number} before", label="before"),
                      Picture("after", _file(project, new, entry.new), f"Number {entry.number} after", label="after")])],
            key=key, columns=2, size=104,
        )  # fmt: skip
    words.markdown(f"**Number {entry.number}**: {show.plain(entry.why)}")


def _changed_text(entry: Entry, old: Version, new: Version) -> None:
    """What is other, and the text with what went and what came."""
    before, after = _words(old, entry.old), _words(new, entry.new)
    with st.container(border=True):
        st.markdown(f"**Number {entry.number}**: {show.plain(entry.why)}")
        if before != after:
            st.markdown(sounds_texts.marked(differences(before, after)))
        elif after:
            st.markdown(f":small[{_beginning(after)}]")


def _file(project: Project, version: Version, name: str) -> str:
    """The address of one of its files, of a sound its waveform; a blank where it has gone meanwhile, or cannot be shown."""
    if name.endswith(".wav"):
        return _waveform(version.path / name, edition(version.path / name))
    there = name.endswith((".png", ".webp", ".jpg")) and (version.path / name).exists()
    return addresses.prepared(project, version.path, name) if there else _BLANK


@functools.lru_cache(maxsize=256)
def _waveform(path: Path, _edition: tuple[int, int]) -> str:
    try:
        return f"data:image/webp;base64,{base64.b64encode(sound.thumbnail(path, 128)).decode()}"
    except (UserError, OSError):
        return _BLANK


_CLOSED = ("consent", "deleted")     # how the reasons begin of those whose words are not shown any more
_BLANK = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Cpath d='M3.4 4h1.2' stroke='%23887a6a' stroke-width='.12'/%3E%3C/svg%3E"
)
