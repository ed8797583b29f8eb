"""Label, several at once: choose datapoints in a grid, and say the same about all of them. Read `grid`, then `replace`."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lib import label
from lib.label import Replacement
from lib.project import Project, items, labels
from lib.project.items import Item
from lib.ui.collect import grid as collect_grid
from lib.ui.http import addresses
from lib.ui.widgets import choices, show
from lib.ui.widgets.picture_grid import Picture

PAGE = 60  # datapoints
_KEY = "label.grid"
_SAID = "label.said"  # what the last change did, and the name under which it is undone
_DONE = "label.bulk-done"  # how often a form was sent: its window closes then
_SHOWN = 12  # replacements that are shown before they are done
_KEEP = "leave as it is"
_EXCLUDED = {"Leave out": True, "Let in again": False}


def grid(project: Project, which: Mapping) -> None:
    """The datapoints of a filter, and what is said about those that are chosen."""
    ids = items.ids(project, **which)
    if not ids:
        st.markdown("Nothing here is like that. Choose another filter.")
        return
    chosen = [item_id for item_id in st.session_state.get(f"{_KEY}.all", ()) if item_id in set(ids)]
    _same_for(project, chosen, ids)
    pages = -(-len(ids) // PAGE)
    below = st.container()
    page = st.pagination(pages, key="label.page") if pages > 1 else 1
    datapoints = items.find(project, limit=PAGE, ids=ids[(page - 1) * PAGE : page * PAGE])
    with below:
        choices.several(cells(project, datapoints), key=_KEY)
    replace(project, which)


def cells(project: Project, datapoints: list[Item]) -> list[Picture]:
    marks = label.marked(project, datapoints)
    return [_cell(project, item, marks.get(item.id, {})) for item in datapoints]


def _cell(project: Project, item: Item, marks: Mapping[str, str]) -> Picture:
    words = " · ".join(part for part in (item.class_name or ", ".join(item.tags), item.caption or marks.get("transcript", "")) if part)
    status = "left out" if item.excluded else words or ("marked" if marks else "not labelled")
    alt = f"{collect_grid.alt(item)}{', left out' if item.excluded else ''}"
    return Picture(item.id, addresses.thumbnail(project, item), alt, label=f"{item.number} · {status}", dim=bool(item.excluded))


def _same_for(project: Project, chosen: list[str], ids: list[str]) -> None:
    """How many are chosen, and the form for all of them. An empty field changes nothing."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(chosen):,} of {len(ids):,} chosen**", width="content")
        st.button(f"Choose all {len(ids):,}", key="choose-all", type="tertiary", on_click=choices.all_of, args=(_KEY, ids))
        st.button("Choose none", key="choose-none", type="tertiary", disabled=not chosen, on_click=choices.none, args=(_KEY,))
    _form(project, chosen)


def _form(project: Project, chosen: list[str]) -> None:
    """Stands at the foot of the window: one chooses and says without scrolling, on a phone too."""
    title = f"Say something about {len(chosen):,}" if chosen else "Choose some first"
    foot = st.bottom.container(horizontal=True, vertical_alignment="center")
    with foot:
        opened = st.popover(title, type="primary", icon=":material/edit:", disabled=not chosen, key=f"bulk.{st.session_state.get(_DONE, 0)}")
        _tell_last(project)
    with opened:
        with st.form("label.bulk", border=False):
            left, right = st.columns(2)
            known = list(label.known_tags(project))
            wished = {
                "class_name": left.selectbox("Class", label.classes(project), None, accept_new_options=True, placeholder=_KEEP, key=_field("class")),
                "excluded": _EXCLUDED.get(right.selectbox("In datasets", list(_EXCLUDED), None, placeholder=_KEEP, key=_field("excluded"))),
                "add_tags": left.multiselect("Add tags", known, accept_new_options=True, placeholder="none", key=_field("add")),
                "remove_tags": right.multiselect("Take tags away", known, placeholder="none", key=_field("less")),
                "caption": st.text_input("Caption for all", placeholder=_KEEP, key=_field("caption"), max_chars=1000).strip() or None,
            }
            what = f"Change {show.several(len(chosen), 'datapoint')}"
            pressed = st.form_submit_button(what, type="primary", disabled=not chosen, width="stretch")
    if pressed:
        _change(project, chosen, wished)


def _field(name: str) -> str:
    """The key of a field; another one after each change that was written, so that it is empty again only then."""
    done = st.session_state.get(_DONE, 0)
    return f"bulk.{name}.{done}" if done else f"bulk.{name}"


def _change(project: Project, chosen: list[str], wished: Mapping) -> None:
    with show.errors():
        batch = labels.new_batch()
        changed = label.change_many(project, chosen, **wished, batch=batch)
        st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1
        many = show.several(label.count_changed(project, batch), "datapoint")
        st.session_state[_SAID] = (f"{many} changed.", batch, _about()) if changed else ("Nothing was other than that.", "", _about())
        st.rerun()


def forget() -> None:
    """Whoever goes to another way of looking has read what the last change did."""
    st.session_state.pop(_SAID, None)


def _about() -> list[str]:
    """All that are chosen, also where the filter hides them by now."""
    return list(st.session_state.get(f"{_KEY}.all", ()))


def _tell_last(project: Project) -> None:
    """What the last change did, and the way to take just that back. It stands until others are chosen."""
    message, batch, about = st.session_state.get(_SAID, ("", "", []))
    if not message:
        return
    if about != _about():
        return forget()
    st.markdown(message, width="content")
    if batch:
        st.button("Undo", icon=":material/undo:", type="tertiary", key="label.undo-bulk", on_click=_take_back, args=(project, batch, about))


def _take_back(project: Project, batch: str, about: list[str]) -> None:
    with show.errors():
        is_undone = label.undo(project, batch=batch)
        st.session_state[_SAID] = "Taken back." if is_undone else "It is taken back already.", "", about


# ---- find and replace ------------------------------------------------------------------------------------------------


def replace(project: Project, which: Mapping) -> None:
    """Words of captions, all at once, shown before it is done."""
    with st.expander("Find and replace in captions", icon=":material/find_replace:"):
        columns = st.columns(2)
        find = columns[0].text_input("Find", key="replace.find")
        by = columns[1].text_input("Replace by", key="replace.by", help="Nothing here takes the words away.")
        with st.container(horizontal=True):
            whole = st.checkbox("Whole words only", True, key="replace.whole")
            same = st.checkbox("Capital letters count", key="replace.case")
        if not find.strip():
            st.markdown(":small[Looks in the captions of the filter above.]")
            return
        with show.errors():
            _offer(project, label.find_and_replace(project, find, by, whole_words=whole, same_case=same, **which))


def _offer(project: Project, replacements: list[Replacement]) -> None:
    if not replacements:
        st.markdown("No caption has that.")
        return
    lines = [
        f"- **{replacement.number}**: {show.plain(replacement.before)} → {show.plain(replacement.after) or '*nothing*'}"
        for replacement in replacements[:_SHOWN]
    ]
    more = f"\n- and {len(replacements) - _SHOWN:,} more" if len(replacements) > _SHOWN else ""
    st.markdown("\n".join(lines) + more)
    if st.button(f"Replace in {show.several(len(replacements), 'caption')}", key="replace.do"):
        with show.errors():
            batch = labels.new_batch()
            done = label.replace_in_captions(project, replacements, batch=batch)
            st.session_state[_SAID] = f"{show.several(done, 'caption')} changed.", batch, _about()
            st.rerun()
