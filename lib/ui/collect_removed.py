"""What was removed: a word about the last one with its undo, and the page of all that lie aside. Read `all_of_them`."""

from __future__ import annotations

import streamlit as st

from lib import collect, jobs
from lib.errors import UserError
from lib.project import Project, items
from lib.ui import collect_grid, pictures, rooms, show

VIEW = "removed"  # ?view=removed
_INLINE = 96  # more than these are deleted by a task in the background
_EVERYTHING = "all"
_ACTIONS = [pictures.Action("back", "Bring back"), pictures.Action("delete", "Delete…")]


def just_gone(project: Project) -> None:
    """Right after removing (?gone=): what happened, and the way back."""
    gone = st.query_params.get("gone")
    if not gone:
        return
    try:
        item = project.item(gone)
    except UserError:
        item = None
    if item is None or not item.removed:
        del st.query_params["gone"]
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**Number {item.number} is removed.** Its file is still here, under Removed.")
        if st.button("Undo", icon=":material/undo:", key="undo-removal"):
            with show.errors():
                collect.bring_back(project, item.id)
                del st.query_params["gone"]
                st.rerun()


def link(project: Project) -> None:
    count = items.count(project, removed=True)
    if count:
        rooms.link("make/collect.py", project, f"Removed ({count:,})", icon=":material/delete:", view=VIEW)


def all_of_them(project: Project) -> None:
    """The whole view: look, bring back, delete for good."""
    rooms.link("make/collect.py", project, "Back to what is in", icon=":material/arrow_back:")
    count = items.count(project, removed=True)
    if _is_deleting(project):
        st.fragment(_deleting, run_every=1.0)(project)
    if not count:
        st.markdown("Nothing lies aside. What you remove waits here until you bring it back or delete it for good.")
        return
    st.markdown(f"{show.several(count, 'datapoint')}, in no list and in no dataset made from now on. The files are still here.")
    asked = st.query_params.get("delete")
    if asked:
        _ask_again(project, asked, count)
    with st.container(horizontal=True):
        if st.button("Bring all back", icon=":material/undo:", key="all-back"):
            with show.errors():
                collect.bring_back(project, items.ids(project, removed=True))
                st.rerun()
        if st.button("Delete all for good…", icon=":material/delete_forever:", key="all-gone"):
            _ask(_EVERYTHING)
    _grid(project, count)


def _grid(project: Project, count: int) -> None:
    pages = -(-count // collect_grid.PAGE)
    slot = st.container()
    page = st.pagination(pages, key="removed.page") if pages > 1 else 1
    offset = (page - 1) * collect_grid.PAGE
    found = items.find(project, limit=collect_grid.PAGE, offset=offset, newest_first=True, removed=True)
    with slot:
        event = pictures.grid(collect_grid.cells(project, found), key="removed.grid", actions=_ACTIONS)
    if event and event.action == "back":
        with show.errors():
            collect.bring_back(project, event.id)
            st.rerun()
    if event and event.action == "delete":
        _ask(event.id)


def _ask(which: str) -> None:
    st.query_params["delete"] = which
    st.rerun()


def _ask_again(project: Project, asked: str, count: int) -> None:
    """The second question, with what it means."""
    with show.errors():
        chosen = items.ids(project, removed=True) if asked == _EVERYTHING else [project.item(asked).id]
        held = collect.held_by(project, chosen)
        with st.container(border=True, key="delete-for-good"):
            what = f"all {count:,}" if asked == _EVERYTHING else f"number {project.item(asked).number}"
            st.subheader(f"Delete {what} for good?", anchor=False)
            st.markdown(held_words(held))
            with st.container(horizontal=True):
                if st.button("Delete for good", type="primary", key="gone-for-good"):
                    _delete(project, chosen)
                    _forget_question()
                if st.button("Keep", key="keep"):
                    _forget_question()


def held_words(held: collect.removal.Deleted) -> str:
    """What stays as it is, in words."""
    lost = "The file, its caption and its record of consent are gone then; this cannot be undone."
    made = [(held.datasets, "dataset"), (held.runs, "run"), (held.outputs, "output")]
    parts = [f"{show.several(len(names), one)}{_named(names) if one == 'dataset' else ''}" for names, one in made if names]
    if not parts:
        return lost
    return (
        f"{lost}\n\nIt was already used in {' and '.join([', '.join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)}. "
        "Nothing of that is rewritten: a frozen dataset keeps its copy, and what was learned stays learned. To train again, freeze "
        "the next version of the dataset, which leaves it out."
    )


def _named(names: list[str]) -> str:
    shown = ", ".join(show.plain(name) for name in names[:3])
    return f" ({shown}{', …' if len(names) > 3 else ''})"


def _delete(project: Project, chosen: list[str]) -> None:
    if len(chosen) <= _INLINE:
        collect.delete_removed(project, chosen, confirm=True)
    else:
        jobs.background(project, "collect.delete_removed", items=chosen, confirm=True)


def _forget_question() -> None:
    st.query_params.pop("delete", None)
    st.rerun()


def _is_deleting(project: Project) -> bool:
    return any(task.state in ("queued", "running") for task in jobs.tasks(project, "collect.delete_removed")[:3])


def _deleting(project: Project) -> None:
    if not _is_deleting(project):
        st.rerun(scope="app")
    st.progress(0.0, text="Deleting for good")
