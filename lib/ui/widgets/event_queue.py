"""What a person did in a component of ours, done once and in order. Read `hear`; event_queue.js is the end in the browser.

    data = {…, "heard": event_queue.heard_of(key)}
    mount(key=key, data=packed(data), on_event_change=functools.partial(event_queue.hear, key, do))

The component says everything anew until it is answered, since a busy page passes over what is said.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

NAME = "../widgets/event_queue"     # for `component(__file__, event_queue.NAME, …)`


def hear(key: str, do: Callable[[dict], None]) -> None:
    """Calls `do` with every event of the component `key` that has not been done yet.

    An event counts as heard once it is done, and not before: a script that is asked to run anew is broken off wherever it
    looks into its session, also in here. What was broken off is said, and done, again. What raises is not.
    """
    batch = st.session_state.get(key, {}).get("event")
    if not batch:
        return
    known = st.session_state.setdefault(f"{key}.heard", heard_of(key))
    for event in unheard(batch, known):
        try:
            do(event)
        except Exception:
            known.update({"from": batch["from"], "until": event["n"]})
            raise
        known.update({"from": batch["from"], "until": event["n"]})   # without a look into the session, where it could end


def unheard(batch: dict, known: dict) -> list[dict]:
    """Those of the events that are new. known: how far we have heard which component; another one begins anew."""
    until = known["until"] if known["from"] == batch["from"] else 0
    return [event for event in batch["events"] if event["n"] > until]


def heard_of(key: str) -> dict:
    return st.session_state.get(f"{key}.heard", {"from": "", "until": 0})
