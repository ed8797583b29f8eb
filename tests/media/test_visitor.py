"""Covers the visitor who asks the web (lib/media/web.py): only public machines, also after redirects; limits; manners."""

from __future__ import annotations

import itertools
import socket

import pytest

from lib.errors import UserError
from lib.media import web
from lib.media.web import Refused, Visitor, is_public
from tests.serving import LOCAL, Pauses, Website, visitor


@pytest.fixture
def site():
    website = Website()
    yield website
    website.close()


PRIVATE = [
    "127.0.0.1", "0.0.0.0", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.0.2.7", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:7f00:1::1",
    "2001:0:1::1", "2001:db8::1", "fe80::1%eth0", "3fff::1", "5f00::1", "2001:1::1",
    "100::1", "4000::1", "192.88.99.1", "192.0.0.9", "no number",
]  # fmt: skip


@pytest.mark.parametrize("number", PRIVATE)
def test_an_address_that_is_private_or_wraps_one_is_not_public(number):
    assert not is_public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1"])
def test_an_address_of_the_internet_is_public(number):
    assert is_public(number)


HOSTILE = [
    "http://127.0.0.1:{port}/x", "http://127.1:{port}/x", "http://2130706433:{port}/x", "http://0x7f000001:{port}/x", "http://[::1]:{port}/x",
    "http://localhost:{port}/x", "http://[::ffff:127.0.0.1]:{port}/x", "http://[64:ff9b::7f00:1]:{port}/x", "http://0.0.0.0:{port}/x",
    "http://0177.0.0.1:{port}/x", "http://169.254.169.254/latest/meta-data", "http://ana:secret@tulips.test/x", "file:///etc/passwd",
    "ftp://tulips.test/x", "gopher://tulips.test/x", "//tulips.test/x", "http:///x", "http://tulips.test:25/x", "http://tulips.test:99999/x",
    "http://tulips.test\r\nX-Evil: 1/x", "http://tulips.test/a b", "javascript:alert(1)", "data:image/png;base64,AAAA",
    "http://tulips.test/" + "x" * 3000, "http://" + "a" * 70 + ".test/",
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE, ids=lambda address: address[:40])
def test_no_such_address_is_ever_asked(site, tmp_path, address):
    with pytest.raises(Refused):
        Visitor("ana@example.org", tmp_path, _wait=Pauses()).ask(address.format(port=site.port))
    assert site.asked == []


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/secret", "http://169.254.169.254/", "http://[::1]:{port}/", "http://10.0.0.1/", "file:///etc/passwd"])
def test_a_redirect_into_a_private_network_is_not_followed(site, tmp_path, target):
    site.pages["/x"] = (302, {"Location": target.format(port=site.port)}, b"")
    one = visitor(tmp_path, {number: [number] for number in (LOCAL, "169.254.169.254", "::1", "10.0.0.1")}, _may_ask=_only_by_name())
    with pytest.raises(Refused, match="private network|not an address of the web"):
        one.ask(f"{site.address}/x")
    assert site.paths() == ["/x"]


def _only_by_name():
    """Lets the first look-up (of tulips.test) pass, and judges every other as people have it."""
    turns = itertools.count()
    return lambda number: next(turns) == 0 or is_public(number)


def test_a_name_that_changes_its_address_between_two_look_ups_wins_nothing(site, tmp_path):
    turns = itertools.chain([["93.184.215.14"]], itertools.repeat([LOCAL]))
    asked = []

    class Dry(Visitor):
        def _connected(self, address, place, numbers):
            asked.append(list(numbers))
            raise Refused("not in this test")

    one = Dry("ana@example.org", tmp_path, _look_up=lambda host, port: next(turns), _wait=Pauses())
    with pytest.raises(Refused, match="not in this test"):
        one.ask("http://rebinding.test/x")
    assert asked == [["93.184.215.14"]]             # connected to what was looked at, without a second look-up
    with pytest.raises(Refused, match="private network"):
        one.ask("http://rebinding.test/x")
    assert len(asked) == 1


def test_connecting_never_looks_a_name_up_again(site, tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up a second time"))
    site.pages["/x"] = b"fine"
    assert visitor(tmp_path).ask(f"{site.address}/x").body == b"fine"
    assert site.asked[0][2]["Host"] == f"tulips.test:{site.port}"


def test_one_private_address_among_public_ones_is_enough_to_refuse(site, tmp_path):
    with pytest.raises(Refused, match="private"):
        visitor(tmp_path, {"mixed.test": ["8.8.8.8", "10.0.0.1"]}).ask(f"http://mixed.test:{site.port}/x")


def test_the_fourth_redirect_is_one_too_many(site, tmp_path):
    for number in range(5):
        site.pages[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    site.pages["/4"] = b"the end"
    with pytest.raises(Refused, match="3 redirects"):
        visitor(tmp_path).ask(f"{site.address}/0")
    assert visitor(tmp_path).ask(f"{site.address}/1").body == b"the end"


def test_too_large_an_answer_is_refused_whether_it_says_its_length_or_not(site, tmp_path):
    site.pages["/said"] = b"x" * 5000

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 1000)

    site.pages["/endless"] = endless
    for path in ("/said", "/endless"):
        with pytest.raises(Refused, match="too large"):
            visitor(tmp_path).ask(site.address + path, largest=2000)
    assert len(visitor(tmp_path).ask(f"{site.address}/endless", largest=2000, cut=True).body) == 2000


@pytest.mark.parametrize("part", ["headers", "body"])
def test_an_answer_that_drips_is_ended(site, tmp_path, part):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        if part == "body":
            handler.wfile.write(b"Content-Length: 100000\r\n\r\n")
        pause = web.time.monotonic() + 20
        while web.time.monotonic() < pause:
            handler.wfile.write(b"a: b\r\n" if part == "headers" else b"x")
            handler.wfile.flush()
            if site.over.wait(0.05):
                return

    import threading

    site.over = threading.Event()
    site.pages["/slow"] = drip
    with pytest.raises(Refused, match="too slow"):
        visitor(tmp_path, _seconds=0.4).ask(f"{site.address}/slow")
    site.over.set()


def test_a_packed_answer_is_refused(site, tmp_path):
    site.pages["/x"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b" + bytes(100))
    with pytest.raises(Refused, match="packed"):
        visitor(tmp_path).ask(f"{site.address}/x")
    assert site.asked[0][2]["Accept-Encoding"] == "identity"


def test_who_asks_is_said_and_nothing_else_goes_along(site, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.pages["/x"] = (200, {"Set-Cookie": "a=b"}, b"fine")
    one = visitor(tmp_path)
    one.ask(f"{site.address}/x")
    one.ask(f"{site.address}/x")
    headers = site.asked[1][2]
    assert headers["User-Agent"].startswith("Handmade (") and "ana@example.org" in headers["User-Agent"]
    assert set(headers) == {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"}


def test_a_machine_is_asked_once_a_second_whoever_asks(site, tmp_path):
    site.pages["/x"] = b"fine"
    pauses = Pauses()
    for _ in range(3):
        visitor(tmp_path, _wait=pauses).ask(f"{site.address}/x")       # as three tasks would
    assert len(pauses) == 2 and all(0 < pause <= 1 for pause in pauses)
    visitor(tmp_path, _wait=pauses).ask(f"{site.address}/x", pause=lambda _: 7.0)
    assert 6 < pauses[2] <= 7


@pytest.mark.parametrize("contact", ["", "ana", "ana@", "a@b.c\r\nX: 1", "x" * 300 + "@example.org", "javascript:alert(1)"])
def test_without_a_contact_nobody_is_asked(tmp_path, contact):
    with pytest.raises(UserError, match="reach you"):
        Visitor(contact, tmp_path)


def test_what_is_no_website_is_said_so(site, tmp_path):
    site.pages["/x"] = lambda handler: handler.wfile.write(b"220 mail ready\r\n")
    with pytest.raises(Refused, match="does not answer"):
        visitor(tmp_path).ask(f"{site.address}/x")
    with pytest.raises(Refused, match="was not found"):
        visitor(tmp_path).ask("http://nowhere.test/")
