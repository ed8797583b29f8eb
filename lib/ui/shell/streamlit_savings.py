"""What Streamlit 1.60 works out again and again, worked out once or when it is asked for. Nothing is seen of it. Read `keep`.

A field looks whether somebody has set its value, and for that Streamlit gathers all values of all widgets, which is a class of
its own for each component: a sixth of a page with ten fields. Here only the value that is asked for is looked up.
A script tells its session each thing that it shows, by way of a library for programs that do not know each other.
Each place in which something can stand, some eighty on a page, writes once more into four hundred functions whose they are.
At the beginning of each look the theme is read out of the settings, and goes through a regular expression for each colour.
And each message to a browser went through seven hands; what is ready at one moment goes through them once (uvicorn_settings.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocketDisconnect
from streamlit import config
from streamlit.delta_generator import DeltaGenerator
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.state.common import is_element_id
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import _is_internal_key
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

_log = logging.getLogger(__name__)
_streamlits_theme = app_session._populate_theme_msg
_streamlits_values: Any = SafeSessionState.filtered_state


def keep() -> None:
    """From now on, and for all sessions."""
    SafeSessionState.filtered_state = property(Values)      # type: ignore[assignment, method-assign]
    script_runner.Signal = Signal       # type: ignore[misc, assignment]
    DeltaGenerator.__init__ = _begin_place      # type: ignore[method-assign]
    app_session._populate_theme_msg = _fill_in_theme
    StarletteSessionClient._sender = _send_together     # type: ignore[method-assign]


class Values(Mapping):
    """What stands in `st.session_state`, looked up one by one."""

    def __init__(self, state: SafeSessionState) -> None:
        self._state = state

    def __getitem__(self, key: str) -> Any:
        if is_element_id(key) or _is_internal_key(key):
            raise KeyError(key)
        with self._state._lock:
            return self._state._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_streamlits_values.fget(self._state))

    def __len__(self) -> int:
        return len(_streamlits_values.fget(self._state))

    def __repr__(self) -> str:
        return repr(_streamlits_values.fget(self._state))


class Signal:
    """As much of blinker's as a script and its session need: who is told, and telling them."""

    def __init__(self, doc: str = "") -> None:
        self._told: list[Callable] = []

    def connect(self, hearer: Callable, weak: bool = True) -> Callable:
        self._told.append(hearer)
        return hearer

    def disconnect(self, hearer: Callable) -> None:
        with suppress(ValueError):
            self._told.remove(hearer)

    def send(self, sender: object = None, **event: Any) -> None:
        for hearer in tuple(self._told):
            hearer(sender, **event)


def _begin_place(place: Any, root_container: int | None = RootContainer.MAIN, cursor: Any = None, parent: Any = None, block_type: str | None = None) -> None:
    """All that a place knows at first; the functions have known whose they are since Streamlit was imported."""
    place._root_container, place._provided_cursor, place._parent, place._block_type = root_container, cursor, parent, block_type
    place._creating_fragment_id = place._form_data = None


_themes: dict[str, tuple[object, CustomThemeConfig]] = {}  # by section, with the settings that it was read out of


def _fill_in_theme(message: CustomThemeConfig, section: str = "theme") -> None:
    """Read out of the settings anew where config.toml was."""
    settings, theme = _themes.get(section, (None, CustomThemeConfig()))
    if settings is not config._config_options or settings is None:
        theme = CustomThemeConfig()
        _streamlits_theme(theme, section)
        _themes[section] = config._config_options, theme
    if theme.ListFields():
        message.MergeFrom(theme)


async def _send_together(client: StarletteSessionClient) -> None:
    """Streamlit's own, but all messages that are ready as one."""
    queue = client._send_queue
    try:
        while True:
            first = await queue.get()
            rest = [queue.get_nowait() for _ in range(queue.qsize())]
            await client._websocket.send({"type": "websocket.send", "bytes": first, "rest": rest})
    except WebSocketDisconnect:
        pass
    except Exception:
        _log.exception("A browser could not be told something")
    finally:
        client._closed.set()
