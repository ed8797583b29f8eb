"""Components that make things in the browser (a drawing, a take) and send them by themselves. Read `recorder`.

Such a component (recorder.js and one beside it) keeps what was made until it is told that it is in: a lost network,
a reload and a server that starts anew lose nothing.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import streamlit as st

from lib import collect
from lib.errors import UserError
from lib.project import Consent, Project
from lib.ui.collect import consent as collect_consent
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid
from lib.ui.widgets.component import component, packed


def recorder(name: str, project: Project, answer: collect_consent.Answer, **more: Any) -> None:
    """Shows a component that makes things. name: of its files in this folder. answer: whose they are, as it was said.

    more: plain values that it needs beside.
    """
    key = f"collect.{name}.{project.path.name}"
    data = {
        "room": project.path.name, "address": addresses.made(project), "consent": plain_consent(answer.consent),
        "missing": answer.missing, "heard": _heard_of(key),
        **more,
    }  # fmt: skip
    mount = component(__file__, "recorder", name)
    mount(key=key, data=packed(data), on_event_change=functools.partial(_hear, key, project))


def plain_consent(consent: Consent | None) -> dict | None:
    """As the browser keeps it beside what was made."""
    if consent is None:
        return None
    plain = dataclasses.asdict(consent)
    return {**plain, "purposes": list(plain["purposes"]), "until": plain["until"].isoformat() if plain["until"] else None}


def _hear(key: str, project: Project) -> None:
    """Goes through what the component told since the last time: that something is in, or is to go again."""
    message = st.session_state.get(key, {}).get("event")
    if not message:
        return
    for event in picture_grid.unheard(message, _heard_of(key)):
        st.session_state[f"{key}.heard"] = {"from": message["from"], "until": event["n"]}
        if event["action"] == "remove":
            _remove(project, event["id"])


def _remove(project: Project, item: str) -> None:
    try:
        collect.remove(project, item)
    except UserError:
        return      # it is gone already
    st.query_params["gone"] = item


def _heard_of(key: str) -> dict:
    return st.session_state.get(f"{key}.heard", {"from": "", "until": 0})
