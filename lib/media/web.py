"""Asking the web, with care: one address at a time, only public machines, slowly, and never more than was said.

Read `Visitor.ask` first. It resolves the name itself, looks at *every* address that the name has, and connects to one of
those that it looked at: there is no second look-up that could answer otherwise (DNS rebinding). Each hop of a redirect is
a new address and is looked at anew. There are no cookies, no proxies of the environment, no packed answers (what is not
sent packed cannot be a bomb), and a limit for the bytes, the seconds and the hops of each answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from lib.errors import UserError
from lib.media import locks
from lib.media.signals import AGENT

PICTURE = 20_000_000  # bytes of a picture
PAGE = 5_000_000      # bytes of a page
RULES = 512_000       # bytes of a robots.txt that are read (RFC 9309: at least 500 KiB)
SECONDS = 15.0        # for one answer, from the first look-up to the last byte
HOPS = 3              # redirects that are followed
PAUSE = 1.0           # seconds between two requests to one machine
LONGEST_PAUSE = 60.0  # seconds: who asks for longer pauses is not asked at all
LONGEST = 2_000       # letters of an address
_BLOCK = 1 << 16
_PATIENCE = 300.0     # seconds that another process may hold the turn of a machine


class Refused(UserError):
    """Why an address was not asked, or its answer not taken."""

    def __reduce__(self):
        return type(self), (self.what, self.why, self.fix)


class Private(Refused):
    """The address leads to this computer, or to a network of one's own."""


@dataclass(frozen=True)
class Answer:
    """address: that answered, after redirects. status: of HTTP. headers: as they came. body: b"" for HEAD."""

    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


Check = Callable[[str], object]              # called with each address before it is asked; raises Refused
Look = Callable[[str, tuple[tuple[str, str], ...]], object]  # address, headers: called before the body; raises Refused


@dataclass(frozen=True)
class _Place:
    """An address, taken apart."""

    is_safe: bool  # https
    host: str
    port: int
    target: str  # path and query

    @property
    def named(self) -> str:
        """The host as the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_safe else 80) else f"{host}:{self.port}"


def tidy(address: str) -> str:
    """An address as it is asked: whole, escaped, without its #part. Raises Refused for what is none."""
    place = _taken_apart(address)
    return urlunsplit(("https" if place.is_safe else "http", place.named, *urlsplit(place.target)[2:4], ""))


def home_of(address: str) -> str:
    """"https://example.org:8443": the part of an address that rules are kept by."""
    parts = urlsplit(tidy(address))
    return f"{parts.scheme}://{parts.netloc}"


def is_public(number: str) -> bool:
    """True for an IP address that anybody on the internet may ask. False for one's own computer, one's own network, and
    every address that only wraps such a one (IPv4 in IPv6, NAT64, 6to4, Teredo)."""
    try:
        ip = ipaddress.ip_address(number)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id or ip not in _UNICAST):
        return False
    if any(ip in net for net in _ELSEWHERE if net.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)


# IANA's registries: all that anybody may be reached by, and within it what wraps another address, explains or relays one.
_UNICAST = ipaddress.ip_network("2000::/3")
_ELSEWHERE = [ipaddress.ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]


def _look_up(host: str, port: int) -> list[str]:
    """Every IP address of a name."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Visitor:
    """Asks for addresses, at most one a second from each machine, however many programs of this project ask.

    contact: where a website's people can write; it goes along with every request. folder: where the turns are kept.
    """

    def __init__(
        self,
        contact: str,
        folder: Path,
        *,
        _look_up: Callable[[str, int], list[str]] = _look_up,
        _may_ask: Callable[[str], bool] = is_public,
        _wait: Callable[[float], object] = time.sleep,
        _seconds: float = SECONDS,
        _trust: ssl.SSLContext | None = None,
    ):
        self.agent = f"{AGENT} (a workbench for small datasets made by hand; contact: {checked_contact(contact)})"
        self._folder = Path(folder)
        self._look_up, self._may_ask, self._wait, self._seconds = _look_up, _may_ask, _wait, _seconds
        self._trust = _trust

    def ask(
        self,
        address: str,
        *,
        method: str = "GET",
        largest: int = PICTURE,
        cut: bool = False,
        check: Check | None = None,
        look: Look | None = None,
        pause: Callable[[str], float] = lambda _: PAUSE,
    ) -> Answer:
        """The answer of an address, over at most three redirects.

        largest: bytes; a longer answer is refused, or with `cut` left at that. check: called with each address before it is
        asked. look: called with the headers of the last answer before its body is read. pause: the seconds that a machine
        wants between two requests. Raises Refused, with the reason.
        """
        address = tidy(address)
        for _ in range(HOPS + 1):
            if check:
                check(address)
            answer = self._once(address, method, largest, cut, look, pause(address))
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            onward = answer.header("location")
            if not onward:
                raise Refused(f"{address} leads nowhere.", "It sends us on without saying where.", "Open it in a browser, and take the address there.")
            address = tidy(urljoin(address, onward))
        raise Refused(f"{address} leads on and on.", f"More than {HOPS} redirects are not followed.", "Open it in a browser, and take the last address.")

    def _once(self, address: str, method: str, largest: int, cut: bool, look: Look | None, pause: float) -> Answer:
        place = _taken_apart(address)
        numbers = self._numbers(address, place)
        with self._turn(place, pause), contextlib.closing(self._connected(address, place, numbers)) as connection:
            try:
                connection.request(method, place.target, headers={
                    "Host": place.named, "User-Agent": self.agent, "Accept-Encoding": "identity", "Accept": "*/*", "Connection": "close",
                })  # fmt: skip
                came = connection.getresponse()
                headers = tuple(came.getheaders())
                is_last = came.status not in (301, 302, 303, 307, 308)
                if look and came.status == 200:
                    look(address, headers)
                body = _read(address, came, headers, largest, cut) if method == "GET" and is_last else b""
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _silent(address, error) from error
        return Answer(address, came.status, headers, body)

    def _numbers(self, address: str, place: _Place) -> list[str]:
        """The IP addresses of a name, all of which are public."""
        try:
            numbers = list(dict.fromkeys(self._look_up(place.host, place.port)))
        except (OSError, UnicodeError) as error:
            raise Refused(f"{address} was not found.", f"No machine is called {place.host}, or there is no network.", "Check the address, and that this computer is online.") from error
        if not numbers or not all(self._may_ask(number) for number in numbers):
            raise Private(
                f"{address} is not asked.", f"{place.host} leads to this computer or to a private network.",
                "Only public addresses of the web are asked. Add files of this computer or network under Files.",
            )  # fmt: skip
        return numbers

    def _connected(self, address: str, place: _Place, numbers: Sequence[str]) -> http.client.HTTPConnection:
        until, last = time.monotonic() + self._seconds, None
        for number in numbers:
            try:
                return _Connection(place, number, until, self._trust)
            except OSError as error:
                last = error
        raise _silent(address, last or OSError("no address"))

    @contextlib.contextmanager
    def _turn(self, place: _Place, pause: float):
        """Waits until the machine may be asked again; nobody else of this project asks it meanwhile."""
        name = hashlib.sha256(f"{place.host}:{place.port}".encode()).hexdigest()[:24]
        lock = locks.take(self._folder / f"{name}.turn", _PATIENCE)
        if lock is None:
            raise Refused(f"{place.host} is being asked already.", "Another task of this project waits for its answer.", "Try again in a while.")
        with lock:
            last = self._folder / f"{name}.last"
            with contextlib.suppress(OSError, ValueError):
                since = time.time() - float(last.read_text())
                if 0 <= since < max(pause, PAUSE):
                    self._wait(max(pause, PAUSE) - since)
            try:
                yield
            finally:
                last.write_text(str(time.time()))


class _Connection(http.client.HTTPConnection):
    """Connected to one IP address that was looked at, in the name of its host."""

    def __init__(self, place: _Place, number: str, until: float, trust: ssl.SSLContext | None):
        super().__init__(place.host, place.port)
        raw = _Timed(socket.AF_INET6 if ":" in number else socket.AF_INET, socket.SOCK_STREAM)
        try:
            raw.until = until
            raw.settimeout(_left(until))
            raw.connect((number, place.port))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = _wrapped(raw, place.host, until, trust) if place.is_safe else raw
        except BaseException:
            raw.close()
            raise
        self.auto_open = 0  # never a second time, and never by name


class _Timed(socket.socket):
    """Ends at a moment, however slowly the other side drips."""

    until = float("inf")

    def recv_into(self, *arguments):
        self.settimeout(_left(self.until))
        return super().recv_into(*arguments)


class _TimedSafe(ssl.SSLSocket):
    until = float("inf")

    def recv_into(self, *arguments):
        self.settimeout(_left(self.until))
        return super().recv_into(*arguments)


def _wrapped(raw: _Timed, host: str, until: float, trust: ssl.SSLContext | None) -> _TimedSafe:
    trust = trust or ssl.create_default_context()
    trust.sslsocket_class = _TimedSafe
    raw.settimeout(_left(until))
    safe = cast(_TimedSafe, trust.wrap_socket(raw, server_hostname=host))
    safe.until = until
    return safe


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("too slow")
    return left


def _read(address: str, came: http.client.HTTPResponse, headers: Sequence[tuple[str, str]], largest: int, cut: bool) -> bytes:
    """The body, block by block, up to the limit."""
    if any(name.lower() == "content-encoding" and value.strip().lower() not in ("", "identity") for name, value in headers):
        raise Refused(f"{address} sends a packed answer.", "It was asked for a plain one, and what is packed can be a bomb.", "Save it with a browser, and add it under Files.")
    if not cut and (came.length or 0) > largest:
        raise _too_large(address, largest)
    body = bytearray()
    while block := came.read(min(_BLOCK, largest + 1 - len(body))):
        body += block
        if len(body) > largest:
            if cut:
                return bytes(body[:largest])
            raise _too_large(address, largest)
    return bytes(body)


def _too_large(address: str, largest: int) -> Refused:
    return Refused(f"{address} is too large.", f"Up to {largest / 1e6:,.0f} MB are fetched.", "Save it with a browser, and add it under Files.")


def _silent(address: str, error: Exception) -> UserError:
    if isinstance(error, UserError):
        return error
    if isinstance(error, ssl.SSLError) and not isinstance(error, TimeoutError) and "timed out" not in str(error):
        return Refused(f"{address} cannot prove who it is.", "Its certificate is not in order.", "Open it in a browser and see what it says.")
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return Refused(f"{address} is too slow.", f"There was no whole answer within {SECONDS:.0f} seconds.", "Try again later.")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "It does not speak as a website does."
    return Refused(f"{address} does not answer.", f"{reason}".rstrip(".") + ".", "Check the address, or try again later.")


# ---- addresses -----------------------------------------------------------------------------------------------------


def _taken_apart(address: str) -> _Place:
    shown = address if len(address) < 120 else f"{address[:117]}…"
    if len(address) > LONGEST or re.search(r"[\x00-\x20\x7f\\]", address.strip()):
        raise Refused(f"{shown} is not an address.", "It is too long, or has blanks in it.", "Write one address a line, like https://example.org/tulip.jpg.")
    parts: SplitResult | None
    try:
        parts = urlsplit(address.strip())
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        parts = port = None
        host = ""
    if parts is None or parts.scheme not in ("http", "https") or not host:
        raise Refused(f"{shown} is not an address of the web.", "Only addresses that begin with http:// or https:// are asked.", "Copy the whole address from a browser.")
    if parts.username is not None or parts.password is not None:
        raise Refused(f"{shown} is not asked.", "It has a name or a password in it, which would be sent along.", "Leave out what stands before the @.")
    is_safe = parts.scheme == "https"
    port = (443 if is_safe else 80) if port is None else port
    if port < 1024 and port not in (80, 443):
        raise Refused(f"{shown} is not asked.", f"Behind port {port} is no website.", "Copy the whole address from a browser.")
    try:
        host = host if ":" in host else host.encode("idna").decode().lower()
    except UnicodeError as error:
        raise Refused(f"{shown} is not an address.", "Its name cannot be one.", "Copy the whole address from a browser.") from error
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return _Place(is_safe, host, port, f"{path}?{query}" if query else path)


def checked_contact(contact: str) -> str:
    """An e-mail address or a web address. Raises UserError for what could be neither."""
    contact = " ".join(str(contact).split())
    if not re.fullmatch(r"[!-'*-~]{1,60}@[A-Za-z0-9.-]{3,60}|https?://[!-'*-~]{4,100}", contact) or "@." in contact:
        raise UserError(
            "A website must be able to reach you.", "Every request says who asks, so that its people can answer.",
            "Write your e-mail address, or the address of a page about you.",
        )  # fmt: skip
    return contact
