"""Batches on the page: how far they are, how they ended, and what was refused. Read `watch` first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from lib import collect
from lib.collect import removal
from lib.collect.batches import Batch
from lib.errors import UserError
from lib.project import Project
from lib.ui.widgets import show

_LOOK_EVERY = 1.0  # seconds, and only while something is on its way in


def watch(project: Project, is_empty: bool) -> bool:
    """Shows every batch that is on its way in, or has ended and was not put away; True while one is on its way.

    is_empty: nothing stands in the project yet; the page is drawn anew as soon as something does.
    """
    batches = collect.batches(project)
    is_any_under_way = any(batch.is_under_way for batch in batches)
    if is_any_under_way:
        st.fragment(_progress, run_every=_LOOK_EVERY)(project, is_empty)
    ended = [(batch, _left(batch)) for batch in batches if not batch.is_under_way]
    news = [(batch, left) for batch, left in ended if _is_news(batch, left)]
    earlier = [(batch, left) for batch, left in news[1:] if left]
    for batch, left in news[:1] + [pair for pair in news[1:] if not pair[1]]:
        _ended(batch, left)
    if earlier:
        with st.expander(show.several(len(earlier), "earlier batch", "earlier batches"), icon=":material/history:"):
            for batch, left in earlier:
                _ended(batch, left, is_folded=True)
    return is_any_under_way


def _progress(project: Project, is_empty: bool) -> None:
    """Draws only the bars anew; when the last batch has ended, the whole page, once."""
    under_way = [batch for batch in collect.batches(project) if batch.is_under_way]
    if not under_way or (is_empty and project.count()):
        st.rerun(scope="app")
    for batch in under_way:
        _bar(batch)


def _bar(batch: Batch) -> None:
    status = batch.status
    done, total = status.get("step", 0), status.get("total", 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, done / total) if total else 0.0, text=progress_words(status))
        if st.button("Stop", icon=":material/stop:", key=f"stop.{batch.task.id}", help="What is in stays in."):
            with show.errors():
                collect.stop(batch)


def progress_words(status: dict) -> str:
    """"112 of 140 · about 20 seconds left"."""
    if status.get("state") == "queued" or not status.get("total"):
        return "Getting ready to look at them"
    left = status.get("seconds_left")
    return " · ".join(part for part in (f"{status['step']:,} of {status['total']:,}", time_left(left)) if part)


def time_left(seconds: float | None) -> str:
    if seconds is None or seconds < 3:
        return ""
    if seconds < 90:
        return f"about {show.several(max(5, round(seconds / 5) * 5), 'second')} left"
    return f"about {show.several(round(seconds / 60), 'minute')} left"


# ---- ended ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Left:
    """What a batch has brought, by id: what is in, and what was taken out and can come in again. `gone`: is told above."""

    inside: list[str]
    aside: list[str]
    gone: str


def _left(batch: Batch) -> _Left | None:
    """None where it has not finished, or what came of it cannot be read."""
    if batch.state != "finished":
        return None
    try:
        numbers, added = batch.result.get("numbers") or [], batch.result["added"]
    except UserError:
        return None
    inside = removal.of_numbers(batch.project, numbers)
    aside = removal.of_numbers(batch.project, numbers, removed=True) if len(inside) < added else []
    return _Left(inside, aside, st.query_params.get("gone", ""))


def _is_news(batch: Batch, left: _Left | None) -> bool:
    """Whether there is still anything to say: not where all that it brought is gone for good, or told above as removed."""
    if left is None or left.inside or not batch.result["added"]:
        return True
    return left.aside not in ([], [left.gone]) or bool(batch.result["refused_count"])


def _ended(batch: Batch, left: _Left | None, is_folded: bool = False) -> None:
    """is_folded: in a list that was opened, where nothing more is folded away."""
    try:
        if left and batch.state == "finished":
            _tell(batch, left, is_folded)
        elif batch.state == "finished":
            batch.task.result()     # says why it cannot be read
        else:
            _interrupted(batch)
    except UserError as error:
        show.error(error)
        _put_away(batch)


def _tell(batch: Batch, left: _Left, is_folded: bool) -> None:
    result = batch.result
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(result_words(result, len(left.inside)), width="content")
        _take_back(batch, left)
        _put_away(batch)
    lists = (
        (f"{result['refused_count']:,} refused", ", see why", ":material/block:", result["refused_count"], refused_words),
        (f"{show.several(result['duplicate_count'], 'file')} you had already", "", ":material/content_copy:", result["duplicate_count"], duplicate_words),
        (f"{result.get('note_count', 0):,} worth a look", ", see what", ":material/visibility:", result.get("note_count", 0), note_words),
    )
    for title, more, icon, count, words in lists:
        if count and is_folded:
            st.markdown(f"{title}:\n\n{words(result)}")
        elif count:
            with st.expander(title + more, icon=icon):
                st.markdown(words(result))


def _take_back(batch: Batch, left: _Left) -> None:
    """All of a batch out again at once, after one question; and in again with one press."""
    inside, asked = left.inside, f"asked.{batch.task.id}"
    if not inside:
        gone = removal.removed_together(batch.project, batch.result.get("numbers") or []) if left.aside else []
        if gone and gone != [left.gone]:
            _act(f"Bring {_these(len(gone))} in again", f"again.{batch.task.id}", collect.bring_back, batch, gone)
        return
    if not st.session_state.get(asked):
        st.button(
            f"Take {'the rest' if len(inside) < batch.result['added'] else _these(len(inside))} back", type="tertiary", icon=":material/undo:",
            key=f"back.{batch.task.id}", on_click=st.session_state.__setitem__, args=(asked, True),
        )  # fmt: skip
        return
    st.markdown(f"Take {_these(len(inside))} out of the project? They wait under Removed, and one press brings them in again.", width="content")
    _act(f"Yes, take {len(inside):,} back", f"yes.{batch.task.id}", collect.remove, batch, inside, asked)
    st.button("Keep them", type="tertiary", key=f"keep.{batch.task.id}", on_click=st.session_state.pop, args=(asked, None))


def _these(count: int) -> str:
    return "this one" if count == 1 else f"these {count:,}"


def _act(label: str, key: str, act: Callable, batch: Batch, ids: list[str], asked: str = "") -> None:
    """Done before the page is drawn anew: a look that ends early forgets what stands in the fields below."""

    def do() -> None:
        with show.errors():
            act(batch.project, ids)
            if asked:
                st.session_state.pop(asked, None)

    st.button(label, icon=":material/undo:", key=key, on_click=do)


def result_words(result: dict, inside: int | None = None) -> str:
    """"**12 added**, 2 taken back"; what was refused, or was here already, stands below. inside: how many are still in."""
    added = result["added"]
    out = 0 if inside is None else max(added - inside, 0)
    captioned = result.get("captioned", 0)
    if not added:
        return f"**{show.several(captioned, 'caption')} added**" if captioned else "**Nothing was added**"
    if out == added:
        return f"{show.several(out, 'is', 'are')} taken back."
    captions = f", {captioned:,} with {'a caption' if captioned == 1 else 'captions'}" if captioned else ""
    return f"**{added:,} added**" + (f", {out:,} taken back" if out else "") + captions


def refused_words(result: dict) -> str:
    """Three short lines for each: what, why, what to do."""
    paragraphs = [
        "  \n".join(line for line in (f"**{show.plain(refusal['what'])}**", show.plain(refusal["why"]), show.plain(refusal["fix"])) if line)
        for refusal in result["refused"]
    ]
    return "\n\n".join(paragraphs + _more(result["refused_count"], len(paragraphs)))


def duplicate_words(result: dict) -> str:
    lines = [f"- {show.plain(name)} is number {number}" for name, number in result["duplicates"]]
    return "\n".join(lines + _more(result["duplicate_count"], len(lines)))


def note_words(result: dict) -> str:
    """What came in, and has something that nobody sees in the count: letters that were guessed, a page without words."""
    lines = [f"- {show.plain(sentence)}" for _, sentence in result["notes"]]
    return "\n".join(lines + _more(result["note_count"], len(lines)))


def _more(count: int, shown: int) -> list[str]:
    return [f"and {count - shown:,} more"] if count > shown else []


def _interrupted(batch: Batch) -> None:
    status = batch.status
    done, total = status.get("step", 0), status.get("total", 0)
    how = {"stopped": "Stopped", "lost": "Interrupted", "failed": "Not finished"}[batch.state]
    words = f"**{how} after {done:,} of {total:,}.**" if total else f"**{how}.**"
    if batch.task.error and batch.state == "failed":
        show.error(batch.task.error)
    can = batch.can_go_on
    why = {"lost": " The program that added them has ended, perhaps as this computer was switched off."}.get(batch.state, "")
    st.markdown(f"{words}{why} What is in is safe{', and the rest waits' if can else ''}.")
    with st.container(horizontal=True):
        if can:
            st.button("Go on", icon=":material/play_arrow:", key=f"on.{batch.task.id}", on_click=_safely, args=(collect.go_on, batch))
        _put_away(batch, "Leave the rest out" if can else "Dismiss")


def _put_away(batch: Batch, label: str = "Dismiss") -> None:
    st.button(label, type="tertiary", key=f"away.{batch.task.id}", on_click=_safely, args=(collect.put_away, batch))


def _safely(act: Callable, batch: Batch) -> None:
    with show.errors():
        act(batch)
