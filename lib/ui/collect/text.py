"""Texts at Collect: written or pasted here, or files (.txt, .md, .docx, .odt, .pdf, .epub, .html, .csv), whole or split. Read `way`.

How many texts it will be stands there before they are added. Word files, PDFs and books are read by the task, never by the server.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from lib import collect
from lib.collect import texts
from lib.errors import UserError
from lib.project import Project
from lib.ui.collect import consent, uploader
from lib.ui.collect import encodings as collect_encodings
from lib.ui.widgets import form, show

_HERE, _FILES = "Write or paste", "Files"
_TYPES = ["txt", "md", "docx", "odt", "pdf", "epub", "html", "htm", "csv"]
_SPLITS = {"One datapoint": "whole", "Split at blank lines": "paragraphs", "Split at each line": "lines"}
_ROWS = "One text a row"
_LONGEST = 2_000_000   # letters of a text that is written here
_COUNTED = 5_000_000   # bytes of a file whose pieces are counted beforehand
_SHOWN = 3             # pieces that are shown beforehand


def way(project: Project) -> bool:
    """Written here, or files; True once there is something to add."""
    form.kept("text.where", _HERE)
    where = st.segmented_control("Where are the words?", [_HERE, _FILES], required=True, key="text.where", label_visibility="collapsed")
    return _written(project) if where == _HERE else _files(project)


def is_written() -> bool:
    """Whether words stand in the field that were not added yet."""
    key = f"text.{uploader.current_round()}"
    return bool((st.session_state.get(f"{key}.words") or st.session_state.get(f"{key}.written") or "").strip())


# ---- written here --------------------------------------------------------------------------------------------------


def _written(project: Project) -> bool:
    key = f"text.{uploader.current_round()}"
    st.session_state.setdefault(f"{key}.words", st.session_state.get(f"{key}.written", ""))     # again, after a look elsewhere
    words = st.text_area(
        "Your words", height=220, placeholder="Write, or paste a whole corpus. Line breaks stay as they are.", key=f"{key}.words",
        on_change=lambda: st.session_state.update({f"{key}.written": st.session_state[f"{key}.words"]}),
    )  # fmt: skip
    if not words.strip():
        return False
    if len(words) > _LONGEST:
        show.error(UserError("This is too long to be pasted.", f"Up to {_LONGEST:,} letters are taken here.", "Save it as a .txt and choose it under Files."))
        return True
    left, right = st.columns([2, 1])
    title = left.text_input("Title", placeholder="poems", key=f"{key}.title", help="Its file is called so. Nothing of it is learned from.")
    ending = right.segmented_control("Kept as", [".txt", ".md"], default=".txt", required=True, key=f"{key}.form", help=".md where the words have Markdown: # headings, lists.")
    split = _SPLITS[st.segmented_control("How many datapoints?", list(_SPLITS), default="One datapoint", required=True, key=f"{key}.split")]
    count = _tell_pieces(words, split)
    answer = consent.ask(project, key=key, is_kept=True)
    if consent.button(f"Add {show.several(count, 'text')}", answer, key="text.add"):
        name = f"{title.strip() or 'text'}{ending}"
        _hand_over(project, [(name, io.BytesIO(words.encode("utf-8")))], answer, {"split": split})
    return True


def _tell_pieces(words: str, split: str) -> int:
    """Shows what the first pieces are; returns how many there will be."""
    if split == "whole":
        return 1
    count = texts.pieces(words, split)
    if count > texts.MOST:
        show.error(UserError(f"These are {count:,} texts.", f"Up to {texts.MOST:,} can come in together.", "Split it another way, or bring it in parts."))
        return count
    first = [piece for piece, _ in zip(texts.cut(words, split), range(_SHOWN))]
    shown = "  \n".join(f"{number}. {show.plain(piece[:90])}{'…' if len(piece) > 90 else ''}" for number, piece in enumerate(first, start=1))
    st.markdown(f"**{show.several(count, 'text')}.** The first are:\n\n{shown}")
    return count


# ---- files ---------------------------------------------------------------------------------------------------------


def _files(project: Project) -> bool:
    key = f"collect.text.{uploader.current_round()}"
    uploader.keep_earlier(project, "text")
    files = st.file_uploader(
        "Choose texts, Word or OpenDocument files, PDFs, books (EPUB), web pages or tables, or drop them here. Only their words are kept, and the pages of a PDF to look at; nothing is sent elsewhere.",
        type=_TYPES, accept_multiple_files=True, key=key,
    )  # fmt: skip
    files = uploader.with_earlier(project, "text", files)
    if not files:
        return False
    tables = [file for file in files if PurePosixPath(file.name).suffix.lower() == ".csv"]
    choices = [*_SPLITS, *([_ROWS] if len(tables) == len(files) else [])]
    choice = st.segmented_control("How many datapoints?", choices, default=_ROWS if _ROWS in choices else "One datapoint", required=True, key=f"{key}.split.{len(choices)}")
    if tables and len(tables) < len(files):
        st.markdown(f":small[{show.plain(tables[0].name)} is a table. Choose tables by themselves to say which column has the words.]")
    encodings = collect_encodings.ask(files, key)
    cut = {"split": "rows", **_ask_column(tables[0], key, encodings)} if choice == _ROWS else {"split": _SPLITS[choice]}
    if choice == _ROWS and "column" not in cut:
        return True
    answer = consent.ask(project, key=key, is_kept=True)
    if consent.button(_label(files, cut, encodings), answer, key="text.add"):
        _hand_over(project, [(file.name, file) for file in files], answer, cut, files, encodings)
    return True


def _ask_column(table, key: str, encodings: dict[str, str]) -> dict:
    """Which column has the words, with the first rows to look at. {} where it is no table."""
    header = st.checkbox("The first line names the columns", value=True, key=f"{key}.header")
    try:
        seen = texts.peek(table, header, encoding=encodings.get(table.name, ""))
    except UserError as error:
        show.error(error)
        return {}
    lengths = [sum(len(row[at]) for row in seen.rows) for at in range(len(seen.columns))]
    column = st.selectbox("Which column has the words?", seen.columns, index=lengths.index(max(lengths)), key=f"{key}.column.{header}")
    st.markdown(table_words(seen, column))
    return {"column": column, "header": header}


def table_words(seen: texts.Table, column: str) -> str:
    """The first rows as a table; the chosen column is printed bold."""
    def cell(name: str, words: str) -> str:
        words = show.plain(words[:60]) + ("…" if len(words) > 60 else "")
        return f"**{words}**" if name == column and words else words

    columns = seen.columns[:6]
    lines = [f"| {' | '.join(map(show.plain, columns))} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(cell(name, words) for name, words in zip(columns, row))} |" for row in seen.rows]
    more = len(seen.columns) - len(columns)
    return "\n".join(lines) + (f"\n\n:small[and {show.several(more, 'more column', 'more columns')}]" if more > 0 else "")


def _label(files: Sequence, cut: dict, encodings: dict[str, str] | None = None) -> str:
    """"Add 240 texts", or "Add 3 files" where nobody can know yet how many texts are in them."""
    if cut["split"] == "whole":
        return f"Add {show.several(len(files), 'text')}"
    counts = [_count(file, cut, (encodings or {}).get(file.name, "")) for file in files]
    return f"Add {show.several(sum(filter(None, counts)), 'text')}" if None not in counts else f"Split and add {show.several(len(files), 'file')}"


@st.cache_data(max_entries=32, show_spinner=False)
def _counted(content: bytes, split: str, column: str, header: bool, encoding: str) -> int | None:
    try:
        words = texts.decoded(content, encoding)
        return sum(1 for _ in texts.rows_of(words, column, header)) if split == "rows" else texts.pieces(words, split)
    except UserError:
        return None


def _count(file, cut: dict, encoding: str) -> int | None:
    """None for what only the task will read, and for what is very long."""
    if PurePosixPath(file.name).suffix.lower() in (".docx", ".odt", ".pdf", ".epub", ".html", ".htm") or file.size > _COUNTED:
        return None
    return _counted(file.getvalue(), cut["split"], cut.get("column", ""), cut.get("header", True), encoding)


def _hand_over(project: Project, files: list, answer: consent.Answer, cut: dict, uploads: Sequence = (), encodings: dict | None = None) -> None:
    with show.errors(), st.spinner("Taking them over"):
        inbox = collect.bring(project, files)
        collect.hand_on(project, inbox, answer.consent, way="texts", cut=cut, encodings=encodings or {})
        uploader.let_go(uploads)
        uploader.next_round()
        st.rerun()
