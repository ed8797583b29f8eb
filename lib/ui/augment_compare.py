"""Two versions beside each other on the page: what came, what went and why, what changed. Read `below`.

Which one is open stands in the address (?changed=tulips-64-v2), so that a reload finds it again.
"""

from __future__ import annotations

import streamlit as st

from lib import augment
from lib.augment import Difference, Entry
from lib.project.datasets import Version
from lib.ui import addresses, augment_freeze, pictures, show
from lib.ui.pictures import Picture, Row

_ASKED = "changed"
_MANY, _FEW = 24, 5     # thumbnails of what came or went, and rows of what changed, at once


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


def below(project, version: Version, versions: list[Version]) -> None:
    """The comparison, where it was asked for."""
    if st.query_params.get(_ASKED) != version.path.name:
        return
    others = candidates(version, versions)
    with st.container(border=True):
        if not others:
            st.markdown("There is no other version to compare it with yet. Freeze another one, then look again.")
            return
        labels = {one.path.name: f"{one.name} v{one.version}" for one in others}
        old = st.selectbox(f"{version.name} v{version.version} compared with", list(labels), format_func=labels.get, key=f"with.{version.path.name}")
        with show.errors():
            _between(project, next(one for one in others if one.path.name == old), version)


def _between(project, one: Version, other: Version) -> None:
    """From the older to the newer, whichever of them was opened."""
    old, new = in_time(one, other)
    st.markdown(f"From **{old.name} v{old.version}** to **{new.name} v{new.version}**:")
    _show(project, augment.compare(project, old, new), old, new)


def in_time(one: Version, other: Version) -> tuple[Version, Version]:
    """(older, newer)."""
    return (one, other) if (one.made, one.version) <= (other.made, other.version) else (other, one)


def candidates(version: Version, versions: list[Version]) -> list[Version]:
    """What it may be compared with, likeliest first: the one before it of the same name, then all others of its kind."""
    others = [one for one in versions if one.kind == version.kind and one != version]
    return sorted(others, key=lambda one: (one.name != version.name, one.version > version.version, abs(version.version - one.version)))


def _show(project, difference: Difference, old: Version, new: Version) -> None:
    st.markdown(f"**{difference.words}.**")
    if difference.recipe:
        said = "\n".join(f"- {show.plain(line)}" for line in difference.recipe)
        st.markdown(f"The recipe is another, so every file was made anew:\n{said}" if difference.redrawn else said)
    _many(project, "What came", difference.came, new, "came")
    _many(project, "What went", difference.went, old, "went")
    if difference.changed:
        st.subheader("What changed", anchor=False)
        for place, entry in enumerate(_page(difference.changed, _FEW, "different")):
            _changed(project, entry, old, new, f"was.{place}")


def _many(project, title: str, entries: tuple[Entry, ...], version: Version, key: str) -> None:
    if entries:
        st.subheader(f"{title}: {len(entries):,}", anchor=False)
        shown = _page(entries, _MANY, key)
        pictures.grid(thumbnails(project, shown, version), key=f"{key}.{version.path.name}", size=104)


def _page(entries: tuple[Entry, ...], most: int, key: str) -> tuple[Entry, ...]:
    """Those of the page that is open."""
    pages = -(-len(entries) // most)
    page = st.pagination(pages, key=f"compare.{key}") if pages > 1 else 1
    return entries[(page - 1) * most : page * most]


def thumbnails(project, entries: tuple[Entry, ...], version: Version) -> list[Picture]:
    """A picture of each as it is in that version, with its number, and why it went."""
    return [
        Picture(entry.item, _file(project, version, entry.new or entry.old), f"Number {entry.number}{_because(entry)}", label=_label(entry))
        for entry in entries
    ]


def _label(entry: Entry) -> str:
    return f"{entry.number}: {augment_freeze.plainly(entry.why)}" if entry.why else str(entry.number)


def _because(entry: Entry) -> str:
    return f", {augment_freeze.plainly(entry.why)}" if entry.why else ""


def _changed(project, entry: Entry, old: Version, new: Version, key: str) -> None:
    """Before and after, and what is other, in words."""
    shown, words = st.columns([1, 2], gap="medium", vertical_alignment="center")
    with shown:
        pictures.grid(
            [Row("", [Picture("before", _file(project, old, entry.old), f"Number {entry.number} before", label="before"),
                      Picture("after", _file(project, new, entry.new), f"Number {entry.number} after", label="after")])],
            key=key, columns=2, size=104,
        )  # fmt: skip
    words.markdown(f"**Number {entry.number}**: {show.plain(entry.why)}")


def _file(project, version: Version, name: str) -> str:
    """The address of one of its files; that of a blank where it has gone meanwhile, or cannot be shown."""
    there = name.endswith((".png", ".webp", ".jpg")) and (version.path / name).exists()
    return addresses.prepared(project, version.path, name) if there else _BLANK


_BLANK = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Cpath d='M3.4 4h1.2' stroke='%23887a6a' stroke-width='.12'/%3E%3C/svg%3E"
)
