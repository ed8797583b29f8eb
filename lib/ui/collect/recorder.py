"""Components that make things in the browser (a drawing, a take) and send them by themselves. Read `recorder`.

Such a component (widgets/recorder.js and one beside it) keeps what was made until it is told that it is in: a lost network,
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
from lib.ui.widgets import event_queue
from lib.ui.widgets.component import component, packed


def recorder(name: str, project: Project, answer: collect_consent.Answer, **more: Any) -> None:
    """Shows a component that makes things. name: of its files in this folder, or "../widgets/microphone". answer: whose they are, as it was said.

    more: plain values that it needs beside.
    """
    key = f"collect.{name.rpartition('/')[2]}.{project.path.name}"
    data = {
        "room": project.path.name, "address": addresses.made(project), "consent": plain_consent(answer.consent),
        "missing": answer.missing, "heard": event_queue.heard_of(key),
        **more,
    }  # fmt: skip
    mount = component(__file__, event_queue.NAME, "../widgets/recorder", name)
    mount(key=key, data=packed(data), on_event_change=functools.partial(event_queue.hear, key, functools.partial(_do, project)))


def plain_consent(consent: Consent | None) -> dict | None:
    """As the browser keeps it beside what was made."""
    if consent is None:
        return None
    plain = dataclasses.asdict(consent)
    return {**plain, "purposes": list(plain["purposes"]), "until": plain["until"].isoformat() if plain["until"] else None}


def _do(project: Project, event: dict) -> None:
    """What the component told: that something is in (the page is drawn anew, and no more), or is to go again."""
    if event["action"] == "remove":
        _remove(project, event["id"])


def _remove(project: Project, item: str) -> None:
    try:
        collect.remove(project, item)
    except UserError:
        return      # it is gone already
    st.query_params["gone"] = item
