"""Which datapoints are looked at: the filters behind one button, each bound to the address. Read `choose`."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from lib import label
from lib.media.kinds import DATAPOINTS
from lib.project import Project, items

# What stands in the widgets, and in the address: what it means to items.find.
_LABELLED = {"Without a label": False, "With a label": True}
_CONSENTS = {"May be trained on": "train", "Not decided yet": "undecided"}
_EXCLUDED = {"Left out": True, "Taken in": False}
_NOTED = {"With a note": True, "Without a note": False}
_KINDS = {kind.title: kind.name for kind in DATAPOINTS.values()}
_NO_CLASS, _MINE = "Without a class", "Mine"
_KEYS = ("labels", "words", "kind", "person", "class", "tag", "consent", "left", "note")  # in the address


def choose(project: Project) -> dict:
    """The button with the filters behind it; returns what items.find takes."""
    with st.popover(_title(), icon=":material/filter_list:", width="content"):
        left, right = st.columns(2)
        with left:
            which = {
                "labelled": _pick("Labels", _LABELLED, "labels"),
                "words": st.text_input("Number or words", key="words", bind="query-params", icon=":material/search:") or None,
                "noted": _pick("Note", _NOTED, "note"),
                "excluded": _pick("In datasets", _EXCLUDED, "left"),
            }
        with right:
            which |= {"consent": _pick("Consent", _CONSENTS, "consent"), **_of_items(project)}
        st.button("Show all", on_click=_show_all, disabled=all(value is None for value in which.values()))
    return {name: value for name, value in which.items() if value is not None}


def _of_items(project: Project) -> dict:
    """Only where there is something to choose between."""
    kinds, people, classes = items.count_by_kind(project), project.people(), label.classes(project)
    options = {name: kind for name, kind in _KINDS.items() if kind in kinds}
    tags = list(label.known_tags(project))[:500]
    namesakes = Counter(person.name for person in people)
    shown = lambda person: person.name if namesakes[person.name] == 1 else f"{person.name} ({person.id[-4:]})"
    whose = {_MINE: ""} | {shown(person): person.id for person in people}
    named = {_NO_CLASS: "", **{name: name for name in classes}}
    return {
        "kind": _pick("Kind", options, "kind") if len(options) > 1 else None,
        "person": _pick("Whose", whose, "person") if people else None,
        "class_name": _pick("Class", named, "class") if classes else None,
        "tag": _pick("Tag", {tag: tag for tag in tags}, "tag") if tags else None,
    }


def _pick(name: str, options: dict, key: str) -> object:
    chosen = st.selectbox(name, list(options), index=None, placeholder="All", key=key, bind="query-params")
    return options.get(chosen)


def _title() -> str:
    """How many are in use stands on the button."""
    in_use = sum(bool(st.session_state.get(key) or st.query_params.get(key)) for key in _KEYS)
    return f"Filter ({in_use} on)" if in_use else "Filter"


def _show_all() -> None:
    for key in _KEYS:
        st.session_state[key] = "" if key == "words" else None
