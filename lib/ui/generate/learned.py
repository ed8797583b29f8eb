"""What a base learned from, as pictures: all of them a page at a time, by words, and those that are like an output. Read `found`."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from lib import generate, models
from lib.media.picture import open_picture
from lib.player import Playable
from lib.project import Project, outputs
from lib.project.outputs import Output
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show

PAGE = 48       # pictures
_WORDS, _CHOSEN = "words", "learned.words"
_NEAREST = 3    # to an output
_FEW = 12       # before anything was made


def bases() -> list[str]:
    """Those whose training pictures can all be shown."""
    return [name for name in models.BASES if models.learned(name)]


def chosen() -> str:
    """The one that the address names (?base=), else the first."""
    asked, there = st.query_params.get("base", ""), bases()
    return asked if asked in there else there[0]


def title_line(base: str) -> None:
    card, shown = models.card(base), models.learned(base)
    assert shown and card.base      # only such bases come here
    st.markdown(f"**{card.title}** · {shown.COUNT:,} pictures with their captions, and nothing else · drawn again from their numbers while you look")


def wanted(base: str) -> list[str]:
    """The words that are looked for: typed, or chosen from the table of all that there are."""
    shown = models.learned(base)
    assert shown
    typed = st.text_input("Words", key=_WORDS, bind="query-params", placeholder="two red fish", help="Pictures are found whose caption has all of them.")
    words = shown.words_in(typed)
    known, counts = shown.counts(), shown.counts(words)
    st.session_state[_CHOSEN] = [word for word in words if word in known]
    others = sorted((word for word in counts if word not in words), key=lambda word: (word in shown.JOINING, -counts[word]))
    options = [*st.session_state[_CHOSEN], *others]
    heading = "What else they say, and how often" if words else f"All {len(known)} words, and in how many captions each occurs"
    st.markdown(f":small[{heading}]")
    with st.container(key="learned-words"):
        st.pills("Words that occur", options, selection_mode="multi", key=_CHOSEN, on_change=_take, label_visibility="collapsed",
                 format_func=lambda word: f"{word} {counts.get(word, 0):,}")  # fmt: skip
    return words


def _take() -> None:
    """What was chosen goes into the line of words."""
    st.session_state[_WORDS] = " ".join(st.session_state[_CHOSEN])
    st.session_state.pop("page", None)


def found(base: str, words: Sequence[str]) -> None:
    """The pictures whose caption has all of the words, a page at a time."""
    shown = models.learned(base)
    assert shown
    numbers = shown.search(words)
    st.markdown(found_words(shown, words, len(numbers)))
    if not numbers:
        return
    slot, pages = st.container(), -(-len(numbers) // PAGE)
    page = min(pages, st.pagination(pages, key="page", bind="query-params")) if pages > 1 else 1
    with slot:
        picture_grid.grid(cells(base, numbers[(page - 1) * PAGE : page * PAGE]), key="learned", size=124, fit="words")


def found_words(shown, words: Sequence[str], count: int) -> str:
    """"**258 of 10,000** captions have the words red and fish."; for a word that does not occur, the nearest that does."""
    known = shown.counts()
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            return f"No caption has the word **{show.plain(word)}**" + (f"; one that occurs is **{near[0]}**." if near else ". It has never seen one.")
    if not words:
        return f"All **{shown.COUNT:,}**, in the order of their numbers."
    *others, last = [f"**{word}**" for word in words]
    said = f"{', '.join(others)} and {last}" if others else last
    return f"**{count:,} of {shown.COUNT:,}** captions have the word{'s' if others else ''} {said}."


def cells(base: str, numbers: Sequence[int]) -> list[picture_grid.Picture]:
    shown = models.learned(base)
    assert shown
    small, large = shown.SIZES
    return [
        picture_grid.Picture(str(number), addresses.learned(base, number, small), f"Number {number}: {caption}", label=caption,
                             large=addresses.learned(base, number, large))
        for number, caption in ((number, shown.caption(number)) for number in numbers)
    ]  # fmt: skip


def before_the_first(project: Project, played: Playable) -> None:
    """Some of them, where nothing was made in this project yet: so one sees what it knows."""
    if played.run or not models.learned(played.model) or generate.newest_order(project) or outputs.listed(project):
        return
    st.markdown(":small[It knows what is in pictures like these, the first that it learned from:]")
    picture_grid.grid(cells(played.model, range(_FEW)), key="some-learned", size=124, fit="words")


def nearest_to(output: Output, base: str, key: str) -> None:
    """The training pictures that are most like an output, with their captions. Nothing for a base that cannot show them."""
    numbers = _nearest(base, output.path, output.path.stat().st_mtime_ns)
    if numbers:
        st.markdown(f":small[The nearest of the {models.learned(base).COUNT:,} pictures that it learned from:]")  # type: ignore[union-attr]
        picture_grid.grid(cells(base, numbers), key=f"nearest.{key}", columns=_NEAREST, size=132, fit="words")


@functools.lru_cache(maxsize=256)
def _nearest(base: str, path: Path, _written: int) -> tuple[int, ...]:
    """Found once for each output."""
    shown = models.learned(base) if base in models.BASES else None
    return tuple(shown.nearest(open_picture(path), _NEAREST)) if shown and path.suffix == ".png" else ()
