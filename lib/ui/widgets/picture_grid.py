"""Pictures in a grid: the one way in which pages show many of them. Read `grid`.

    event = pictures.grid([Picture(item.id, address, alt="…", label="12")], key="items", click="open")
    if event: event.action, event.id

A click looks at a picture full screen, where the arrow keys lead on (click="look"), or tells the page (click="open").
Rows with names make a table of pictures: the samples of a training have a row for each step and a column for each seed.
It is a component of ours, since a picture in Streamlit can be neither clicked nor reached with the keyboard.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from lib.ui.widgets import event_queue
from lib.ui.widgets.component import component, packed

_FORGOTTEN_AFTER = 10.0     # seconds; a click on a page that was left long ago means nothing any more


@dataclass(frozen=True)
class Picture:
    """id: comes back in the event. source: an address (addresses.py). alt: what a person who cannot see it is told.

    label: words below. large: the address for full screen. mark: the name of the action that is on.
    part: (i, of): only part i of a strip of so many pictures side by side. film: it is a film. dim: shown as left out.
    """

    id: str
    source: str
    alt: str
    label: str = ""
    large: str = ""
    mark: str = ""
    part: tuple[int, int] | None = None
    film: bool = False
    dim: bool = False


@dataclass(frozen=True)
class Action:
    """A button at each picture. key: the same from the keyboard, full screen. toggles: it is on or off (Picture.mark).

    pressed: what stands on it while it is on; "" for the label.
    """

    name: str
    label: str
    key: str = ""
    toggles: bool = False
    only_large: bool = False        # only full screen
    pressed: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Event:
    """What a person did. on: for an action that toggles, whether it is wished on or off from now on."""

    action: str     # "open", or the name of an Action
    id: str
    on: bool = True


def grid(
    pictures: Iterable[Picture] | Iterable[Row],
    *,
    key: str,
    size: int = 144,
    columns: int | None = None,
    click: str = "look",
    actions: Sequence[Action] = (),
    fit: str = "",
    width: int | Literal["stretch"] = "stretch",
    heard: Callable[[Event], None] | None = None,
) -> Event | None:
    """Shows them; returns what a person did last since the last time, or None.

    heard: called with everything that they did, one after the other, before the page is drawn anew: nothing is lost where
    somebody clicks faster than pages are drawn. Every action that changes something belongs there.

    size: px, of the side of a cell, which grows to fill the line. columns: a fixed number of them, for rows with names.
    click: "look" (full screen), "open" (an event) or "" (nothing). fit: "" whole in a square, "cover" fills the square,
    "natural" keeps its shape.
    """
    given: list[Any] = list(pictures)
    rows: list[Row] = given if given and isinstance(given[0], Row) else [Row("", given)]
    data = {
        "rows": [{"name": row.name, "cells": [vars(picture) for picture in row.pictures]} for row in rows],
        "columns": columns, "size": size, "click": click, "fit": fit,
        "actions": [vars(action) for action in actions], "heard": event_queue.heard_of(key),
    }  # fmt: skip
    component(__file__, event_queue.NAME, "picture_grid")(key=key, data=packed(data), width=width, on_event_change=functools.partial(_hear, key, heard))
    event, since = st.session_state.pop(_kept(key), (None, 0.0))
    return event if time.monotonic() - since < _FORGOTTEN_AFTER else None


def one(source: str, alt: str, *, key: str, large: str = "", width: int | Literal["stretch"] = "stretch") -> None:
    """A single picture in its own shape; a click shows it full screen. width: px, or the whole line."""
    grid([Picture(key, source, alt, large=large)], key=key, columns=1, size=2000, fit="natural", width=width)


def _hear(key: str, heard: Callable[[Event], None] | None) -> None:
    """Goes through what somebody did and nobody has heard yet; the last is kept until the grid is drawn again."""

    def do(message: dict) -> None:
        event = Event(message["action"], message["id"], message["on"])
        st.session_state[_kept(key)] = event, time.monotonic()
        if heard:
            heard(event)

    event_queue.hear(key, do)


def _kept(key: str) -> str:
    return f"{key}.event"
