"""One of a class, as the server sees them: Streamlit's own socket, and the small pictures that a page shows. Read `Classmate`.

What a browser would do is done here: widgets that were touched are told with every request, parts of a page that look again by
themselves do so, large messages and pictures that may be kept are not asked for twice, and at most six pictures come at once
(connections.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.connections import BROKEN, Connections

_PICTURE = re.compile(rb'"source": "(/files/[^"]+)"')
_SESSION = ("streamlit", "PLACEHOLDER_AUTH_TOKEN")
_PATIENCE = 60  # seconds


@dataclass
class Times:
    """What a class has waited for, in seconds. actions: (page, how long). failed: what was cut off or refused, in words.

    pictures: from asking the server on; queued: before that, behind the others of the same page.
    """

    actions: list[tuple[str, float]] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)
    ticks: int = 0
    failed: list[str] = field(default_factory=list)


class Classmate:
    def __init__(self, address: str, project: str, times: Times):
        self.address, self.project, self.times = address, project, times
        self.http = Connections(address)
        self.pages: dict[str, str] = {}             # address of a page -> Streamlit's name for it
        self.page = ""
        self.widgets: dict[str, WidgetState] = {}
        self.elements: dict[str, object] = {}       # what stands on the page: id -> its message
        self.kept: dict[str, tuple[ForwardMsg, int]] = {}
        self.runs = 0
        self.seen: dict[str, str] = {}              # pictures that were fetched -> what to ask the next time, "" for never again
        self.wanted: list[str] = []
        self.timers: dict[str, asyncio.Task] = {}
        self.finished = asyncio.Event()

    async def come(self, page: str) -> None:
        """Opens the workbench at that page ("collect"), as a browser does that has been here before."""
        began = time.perf_counter()
        for path in (f"/{page}", "/_stcore/health", "/_stcore/host-config"):
            await self.http.get(path)
        self.socket = await connect(f"{self.address.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=_SESSION, compression=None, max_size=None, ping_interval=None)
        self.listening = asyncio.create_task(self._listen())
        await self._run(page=page)
        self.times.first.append(time.perf_counter() - began)
        await self._fetch()

    async def go(self, page: str) -> None:
        """A click on a link to that page."""
        self.elements.clear()
        self.widgets.clear()
        await self._act(page, hash_=self.pages[page])

    async def touch(self, page: str, change: WidgetState | None = None) -> None:
        """A click on something on the page where one is."""
        if change:
            self.widgets[change.id] = change
        await self._act(page)

    async def label(self, number: int) -> None:
        """What the desk of Label asks for when it opens."""
        try:
            answer = await self._labels()
            near = answer["ids"][max(0, number - 25) : number + 75]
            rows = (await self._labels(f"?only={'%2C'.join(near)}"))["rows"]
        except BROKEN as error:
            self.times.failed.append(f"desk: {type(error).__name__}")
            return
        self.wanted += [row["picture"] for row in rows[25:29]]
        await self._fetch()

    async def _labels(self, asked: str = "") -> dict:
        return json.loads((await self.http.get(f"/files/{self.project}/labels{asked}")).unpacked)

    async def leave(self) -> None:
        for timer in self.timers.values():
            timer.cancel()
        self.listening.cancel()
        await self.socket.close()
        self.http.close()

    def find(self, kind: str, key: str) -> str:
        """The id of a widget on the page, by its kind and the key that the page gave it; "" where there is none."""
        return next((name for name, element in self.elements.items() if element == kind and name.endswith(f"-{key}")), "")

    # ---- asking

    async def _act(self, page: str, hash_: str = "") -> None:
        began = time.perf_counter()
        try:
            await asyncio.wait_for(self._run(hash_=hash_), _PATIENCE)
        except (TimeoutError, ConnectionClosed) as error:
            self.times.failed.append(f"action on {page}: {type(error).__name__}")
            return
        self.times.actions.append((page, time.perf_counter() - began))
        await self._fetch()

    async def _run(self, page: str = "", hash_: str = "") -> None:
        self.finished.clear()
        await self._ask(page=page, hash_=hash_ or self.page)
        await self.finished.wait()

    async def _ask(self, page: str = "", hash_: str = "", fragment: str = "", by_itself: bool = False) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = f"project={self.project}"
        asked.widget_states.widgets.extend(self.widgets.values())
        asked.page_script_hash, asked.page_name = hash_, page
        asked.fragment_id, asked.is_auto_rerun = fragment, by_itself
        asked.cached_message_hashes.extend(self.kept)
        asked.context_info.url, asked.context_info.timezone, asked.context_info.locale = f"{self.address}/{page}", "Europe/Berlin", "de"
        await self.socket.send(message.SerializeToString())

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            self.times.ticks += 1
            with contextlib.suppress(ConnectionClosed):     # told where it is listened for
                await self._ask(hash_=self.page, fragment=fragment, by_itself=True)

    # ---- hearing

    async def _listen(self) -> None:
        try:
            async for data in self.socket:
                self._hear(data)
        except ConnectionClosed as error:
            self.times.failed.append(f"socket: {error}")
            self.finished.set()

    def _hear(self, data: bytes) -> None:
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            message, _ = self.kept[message.ref_hash]
            kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self.kept[message.hash] = message, self.runs
        if kind == "new_session":
            self.page = message.new_session.page_script_hash
            if not message.new_session.fragment_ids_this_run:
                self._stop_ticking(list(self.timers))
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self.pages |= {"": next(page.page_script_hash for page in message.navigation.app_pages if page.is_default)}
            self.page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._stop_ticking([message.auto_rerun.fragment_id])
            tick = self._tick(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            self.timers[message.auto_rerun.fragment_id] = asyncio.create_task(tick)
        elif kind == "stop_auto_rerun":
            self._stop_ticking(message.stop_auto_rerun.fragment_ids)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message.delta.new_element)
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.runs += 1
            self.kept = {hash_: kept for hash_, kept in self.kept.items() if self.runs - kept[1] <= 2}
            self.finished.set()

    def _note(self, element) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.times.failed.append(f"exception on a page: {element.exception.message[:200]}")
        if kind == "bidi_component":
            self.wanted += [address.decode() for address in _PICTURE.findall(element.bidi_component.bytes)]
        elif identity := getattr(getattr(element, kind), "id", ""):
            self.elements[identity] = kind

    def _stop_ticking(self, fragments) -> None:
        for fragment in fragments:
            if timer := self.timers.pop(fragment, None):
                timer.cancel()

    async def _fetch(self) -> None:
        """The pictures of the page that this browser does not have, six at a time."""
        wanted, self.wanted = [one for one in dict.fromkeys(self.wanted) if self.seen.get(one) != ""], []
        await asyncio.gather(*(self._picture(address) for address in wanted))

    async def _picture(self, address: str) -> None:
        try:
            answer = await self.http.get(address, *([f"If-None-Match: {self.seen[address]}"] if self.seen.get(address) else []))
        except BROKEN as error:
            self.times.failed.append(f"picture: {type(error).__name__}")
            return
        self.times.pictures.append(answer.seconds)
        self.times.queued.append(answer.queued)
        if answer.status not in (200, 304):
            self.times.failed.append(f"picture: {answer.status}")
        else:
            self.seen[address] = "" if "immutable" in answer.header("cache-control") else answer.header("etag")
