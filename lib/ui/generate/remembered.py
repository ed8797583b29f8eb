"""A text that a model wrote, with what of it stands word for word in what it learned from: marked, counted, with its line and maker. Read `play`."""

from __future__ import annotations

import re

import streamlit as st

from lib import generate
from lib.errors import UserError
from lib.generate import Memory, Origin
from lib.media.wording import WINDOW
from lib.project import Project
from lib.project.outputs import Listed, Output
from lib.ui.widgets import media_player, show, sound_player

_SHOWN = 4000   # letters of a text; the whole is in its file
_NAMED = 5      # passages


def play(project: Project, output: Listed, key: str) -> None:
    """The text, and the memory check below it; a sound as everywhere."""
    try:
        memory = generate.remembered(project, Output(output.path))
    except (UserError, OSError):
        memory = None
    if memory is None:
        media_player.play(output.path, lambda: sound_player.of_output(project, output), key)
        return
    st.markdown(marked(memory) or ":small[An empty text.]")
    if len(memory.text) > _SHOWN:
        st.markdown(f":small[… and {len(memory.text) - _SHOWN:,} more letters in its file.]")
    st.markdown(f":small[:material/plagiarism: {in_words(memory)}]")


def marked(memory: Memory) -> str:
    """The text for st.markdown, with the passages that it knows by heart on a ground of their own."""
    text, passages = memory.text[:_SHOWN], [(passage.start, passage.end) for passage in memory.wording.passages]
    lines, start = [], len(text) - len(text.lstrip("\n"))
    for line in text.strip("\n").split("\n"):
        lines.append(_marked_line(line, [(max(a - start, 0), min(b - start, len(line))) for a, b in passages if b > start and a < start + len(line)]))
        start += len(line) + 1
    return "  \n".join(lines)


def _marked_line(line: str, spans: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in _joined(spans):
        parts.append(_kept_spaces(line[at:start]))
        parts.append(f":orange-background[{_kept_spaces(line[start:end])}]")
        at = end
    return "".join([*parts, _kept_spaces(line[at:])]) or "&nbsp;"


def _kept_spaces(words: str) -> str:
    """As `show.plain`, with the spaces at both ends, which part it from its neighbours."""
    match = re.fullmatch(r"(\s*)(.*?)(\s*)", words, re.DOTALL)
    return f"{' ' if match[1] else ''}{show.plain(match[2])}{' ' if match[3] and match[2] else ''}" if match else show.plain(words)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those that are empty, and those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def in_words(memory: Memory) -> str:
    """The check in a few sentences."""
    wording = memory.wording
    if wording.share == 1 and len(memory.text.strip()) <= WINDOW:
        told = "By heart: all of it stands so in what it learned from"
    elif wording.share:
        told = f"By heart: {_percent(wording.share)} of it (in pieces of {WINDOW} letters) stands word for word in what it learned from"
    else:
        told = f"Its own: no {WINDOW} letters in a row stand in what it learned from" if len(memory.text.strip()) > WINDOW else "Its own"
    sentences = [told + _where(memory)]
    if wording.known_lines and wording.lines > 1:
        sentences.append(f"{wording.known_lines} of its {wording.lines} lines {'is a line' if wording.known_lines == 1 else 'are lines'} of there as {'it stands' if wording.known_lines == 1 else 'they stand'}")
    if memory.longest and wording.longest and not wording.passages:
        piece = memory.text[wording.longest.start : wording.longest.end]
        sentences.append(f"It shares at most {show.several(len(piece), 'letter')} in a row: “{show.plain(piece)}” ({origin_words(memory.longest)})")
    return ". ".join(sentences) + "."


def _where(memory: Memory) -> str:
    named = list(dict.fromkeys(map(origin_words, memory.origins)))
    return f": {'; '.join(named[:_NAMED])}{' …' if len(named) > _NAMED else ''}" if named else ""


def origin_words(origin: Origin) -> str:
    """ "line 12 of number 3, by R." """
    return f"line {origin.line} of number {origin.number}" + (f", by {show.plain(origin.credit)}" if origin.credit else "")


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"
