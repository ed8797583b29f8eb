"""Batches on the page: how far they are, how they ended, and what was refused. Read `watch` first."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lib import collect
from lib.collect import removal
from lib.collect.batches import Batch
from lib.errors import UserError
from lib.project import Project
from lib.ui import show

_LOOK_EVERY = 1.0  # seconds, and only while something is on its way in


def watch(project: Project, is_empty: bool) -> bool:
    """Shows every batch that is on its way in, or has ended and was not put away; True while one is on its way.

    is_empty: nothing stands in the project yet; the page is drawn anew as soon as something does.
    """
    found = collect.batches(project)
    going = any(batch.is_under_way for batch in found)
    if going:
        st.fragment(_progress, run_every=_LOOK_EVERY)(project, is_empty)
    for batch in found:
        if not batch.is_under_way:
            _ended(batch)
    return going


def _progress(project: Project, is_empty: bool) -> None:
    """Draws only the bars anew; when the last batch has ended, the whole page, once."""
    going = [batch for batch in collect.batches(project) if batch.is_under_way]
    if not going or (is_empty and project.count()):
        st.rerun(scope="app")
    for batch in going:
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


def _ended(batch: Batch) -> None:
    try:
        if batch.state == "finished":
            _tell(batch)
        else:
            _interrupted(batch)
    except UserError as error:
        show.error(error)
        _put_away(batch)


def _tell(batch: Batch) -> None:
    result = batch.result
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(result_words(result))
        _take_back(batch, result)
        _put_away(batch)
    if result["refused_count"]:
        with st.expander(f"{result['refused_count']:,} refused, see why", icon=":material/block:"):
            st.markdown(refused_words(result))
    if result["duplicate_count"]:
        with st.expander(f"{show.several(result['duplicate_count'], 'file')} you had already", icon=":material/content_copy:"):
            st.markdown(duplicate_words(result))


def _take_back(batch: Batch, result: dict) -> None:
    """All of a batch out again at once, after one question; and in again with one press."""
    numbers, asked = result.get("numbers") or [], f"asked.{batch.task.id}"
    inside = removal.of_numbers(batch.project, numbers)
    if not inside:
        if numbers and (gone := removal.removed_together(batch.project, numbers)):
            st.markdown(f"{show.several(len(gone), 'is', 'are')} taken back.", width="content")
            _move(f"Bring {_these(len(gone))} in again", ":material/undo:", f"again.{batch.task.id}", collect.bring_back, batch, gone)
        return
    if not st.session_state.get(asked):
        st.button(
            f"Take {_these(len(inside))} back", type="tertiary", icon=":material/undo:", key=f"back.{batch.task.id}",
            on_click=st.session_state.__setitem__, args=(asked, True),
        )  # fmt: skip
        return
    st.markdown(f"Take {_these(len(inside))} out of the project? They wait under Removed, and one press brings them in again.", width="content")
    _move(f"Yes, take {len(inside):,} back", ":material/undo:", f"yes.{batch.task.id}", collect.remove, batch, inside, asked)
    st.button("Keep them", type="tertiary", key=f"keep.{batch.task.id}", on_click=st.session_state.pop, args=(asked, None))


def _these(count: int) -> str:
    return "this one" if count == 1 else f"these {count:,}"


def _move(label: str, icon: str, key: str, act: Callable, batch: Batch, ids: list[str], asked: str = "") -> None:
    if st.button(label, icon=icon, key=key):
        with show.errors():
            act(batch.project, ids)
            if asked:
                st.session_state.pop(asked, None)
            st.rerun()


def result_words(result: dict) -> str:
    """"**12 added**". What was refused, or was here already, stands below, to be opened."""
    return f"**{result['added']:,} added**" if result["added"] else "**Nothing was added**"


def refused_words(result: dict) -> str:
    """Three short lines for each: what, why, what to do."""
    told = [
        "  \n".join(line for line in (f"**{show.plain(one['what'])}**", show.plain(one["why"]), show.plain(one["fix"])) if line)
        for one in result["refused"]
    ]
    return "\n\n".join(told + _more(result["refused_count"], len(told)))


def duplicate_words(result: dict) -> str:
    told = [f"- {show.plain(name)} is number {number}" for name, number in result["duplicates"]]
    return "\n".join(told + _more(result["duplicate_count"], len(told)))


def _more(count: int, told: int) -> list[str]:
    return [f"and {count - told:,} more"] if count > told else []


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
        if can and st.button("Go on", icon=":material/play_arrow:", key=f"on.{batch.task.id}"):
            with show.errors():
                collect.go_on(batch)
                st.rerun()
        _put_away(batch, "Leave the rest out" if can else "Dismiss")


def _put_away(batch: Batch, label: str = "Dismiss") -> None:
    if st.button(label, type="tertiary", key=f"away.{batch.task.id}"):
        with show.errors():
            collect.put_away(batch)
            st.rerun()
