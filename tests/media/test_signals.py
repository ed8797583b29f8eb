"""Covers reading what a website says (lib/media/signals.py): each kind of signal, by itself."""

from __future__ import annotations

import pytest

from lib.media import signals

PICTURE = "https://tulips.test/pics/red.jpg"


def said(found) -> list[str]:
    return [f"{one.says}: {one.line}" for one in found]


@pytest.mark.parametrize(("text", "expected"), [
    ("", []),
    ("User-agent: *\nDisallow:", []),
    ("User-agent: *\nDisallow: /private/", []),
    ("User-agent: *\nDisallow: /pics/", ["no: Disallow: /pics/"]),
    ("User-agent: *\nDisallow: /\nAllow: /pics/", []),
    ("User-agent: *\nDisallow: /*.jpg$", ["no: Disallow: /*.jpg$"]),
    ("User-agent: handmade\nAllow: /\n\nUser-agent: *\nDisallow: /", []),
    ("User-agent: Handmade\nUser-agent: other\nDisallow: /pics\n\nUser-agent: *\nAllow: /", ["no: Disallow: /pics"]),
    ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /", ["no: User-agent: GPTBot / Disallow: /"]),
    ("User-agent: Googlebot\nDisallow: /", []),
    ("<html><body>User-agent: *\nDisallow: /</body></html>", []),
    ("User-agent: *\nContent-Usage: train-ai=n", ["no: Content-Usage: train-ai=n"]),
    ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /pics/ train-ai=y", ["yes: Content-Usage: train-ai=y"]),
    ("User-agent: *\nContent-Usage: /pics/*.jpg train-ai=n\nContent-Usage: train-ai=y", ["no: Content-Usage: train-ai=n"]),
    ("User-agent: *\nContent-Usage: /other train-ai=n", []),
    ("User-agent: *\nContent-Usage: search=n", []),
])  # fmt: skip
def test_robots_txt(text, expected):
    assert said(signals.in_robots(text, PICTURE, "r")) == expected


def test_a_pattern_of_many_stars_does_not_keep_us():
    text = "User-agent: *\nDisallow: /" + "*a" * 5000 + "$\nContent-Usage: /" + "*a" * 5000 + "$ train-ai=n"
    assert signals.in_robots(text, "https://tulips.test/" + "a" * 1900, "r") == []


@pytest.mark.parametrize(("text", "expected"), [
    ("User-Agent: *\nDisallow: *.jpg\nDisallow: *.png", ["no: Disallow: *.jpg"]),
    ("User-Agent: *\nDisallow: *.mp3", []),
    ("User-Agent: *\nDisallow: /", ["no: Disallow: /"]),
    ("<!doctype html>nothing here", []),
])  # fmt: skip
def test_ai_txt(text, expected):
    assert said(signals.in_ai_txt(text, PICTURE, "a")) == expected


@pytest.mark.parametrize(("value", "is_no"), [
    ("noai", True), ("noimageai", True), ("noindex, nofollow", True), ("all", False), ("handmade: noai", True), ("otherbot: noai", False),
    ("otherbot: noindex, handmade: noimageai", True), ("unavailable_after: 25 Jun 2030 15:00:00 PST", False), ("NoAI", True),
    ("max-snippet: 20, noai", True),
])  # fmt: skip
def test_x_robots_tag(value, is_no):
    assert bool(signals.in_robots_tag(value, "h")) == is_no


@pytest.mark.parametrize(("values", "verdict"), [
    (["train-ai=n"], "no"), (["train-ai=y"], "yes"), (["search=y"], ""), (["search=y, train-ai=n"], "no"), (["bots=n"], "no"),
    (["bots=n, train-ai=y"], "yes"), (["train-ai=y", "train-ai=n"], "no"), (["train-genai=n;a=b"], "no"), (["?!"], ""),
])  # fmt: skip
def test_content_usage(values, verdict):
    assert "".join(one.says for one in signals.in_usage(values, "h")) == verdict


def test_meta_tags():
    assert signals.in_meta([("robots", "noai, noimageai")], "p") and signals.in_meta([("Handmade", "noai")], "p")
    assert not signals.in_meta([("robots", "nofollow"), ("otherbot", "noai"), ("description", "noai")], "p")


def test_of_the_reservations_the_later_holds_and_silence_takes_nothing_back():
    file = '[{"location": "/pics/*", "tdm-reservation": 1}, {"location": "/pics/free/", "tdm-reservation": 0}]'

    def weigh(headers=(), metas=(), address=PICTURE):
        return [(one.says, one.where) for one in signals.tdm(file, headers, metas, address, "file")]

    assert weigh() == [("no", "file")]
    assert weigh(address="https://tulips.test/pics/free/a.jpg") == [("yes", "file")]
    assert weigh(address="https://tulips.test/other.jpg") == []
    assert weigh([("TDM-Reservation", "0")]) == [("yes", PICTURE)]
    assert weigh([("tdm-reservation", "maybe")]) == [("no", "file")]
    assert weigh([("tdm-reservation", "0")], [("tdm-reservation", "1")]) == [("no", PICTURE)]
    assert signals.tdm("[" * 100_000, (), (), PICTURE, "file") == [] == signals.tdm("<html>", (), (), PICTURE, "file")


@pytest.mark.parametrize(("content", "is_no"), [
    (b"<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>", True),
    (b"http://ns.useplus.org/ldf/vocab/DMI-ALLOWED", False),
    (b'c2pa.training-mining\x00{"entries":{"c2pa.ai_generative_training":{"use":"notAllowed"}}}', True),
    (b"cawg.training-mining\x00\xa1gentries\xa1ucawg.ai_training\xa1cusejnotAllowed", True),
    (b'cawg.training-mining\x00{"entries":{"cawg.ai_training":{"use":"allowed"},"cawg.ai_inference":{"use":"notAllowed"}}}', False),
    (b"c2pa.training-mining" * 200_000, False),
])  # fmt: skip
def test_what_a_picture_carries_along(content, is_no):
    assert bool(signals.in_picture(b"\xff\xd8" + content, "p")) == is_no


def test_one_no_outweighs_every_yes():
    yes, no, unknown = (signals.Signal("x", says, "", "") for says in ("yes", "no", "unknown"))
    assert [signals.settle(some) for some in ([], [yes], [yes, unknown], [unknown, no, yes])] == ["allowed", "allowed", "unknown", "no"]


def test_a_website_that_writes_endlessly_does_not_keep_us():
    assert signals.in_usage(["a" * 400_000], "w") == []
    agents = "".join(f"User-agent: a{number}\n" for number in range(15_000))
    assert set(signals._groups(agents + "User-agent: GPTBot\n" + "Allow:\n" * 30_000)) == {"gptbot"}
    assert [one.says for one in signals.in_usage(['search=y; train-ai = "n"'], "w")] == ["no"]
