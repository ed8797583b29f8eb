"""Covers pictures from the web (lib/collect/web.py): what is shown before anything is fetched, what is fetched then, and
what is kept of where it came from. The website is a real server on this computer."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time

import pytest
from PIL import Image

from lib import collect
from lib.collect import web
from lib.errors import UserError
from lib.project import Consent
from lib.project.consent import decisions
from tests.serving import Pauses, Website, visitor

ME = "ana@example.org"
PERMISSION = {"who": "Mila, of tulips.test", "when": "2026-03-01", "what": "All pictures of her site, to train models in class."}


def jpeg(colour: str = "red", size: int = 40) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def site():
    website = Website()
    website.pages["/pics/red.jpg"] = (200, {"Content-Type": "image/jpeg"}, jpeg())
    yield website
    website.close()


@pytest.fixture
def look(project, site):
    """`look("/pics/red.jpg")` or `look(page="/")`: the first step, with a visitor who may ask this computer."""

    def asked(*paths: str, page: str = "", **more) -> dict:
        addresses = [path if ":" in path else site.address + path for path in paths]
        page = site.address + page if page else ""
        return collect.look_at_web(project, addresses, page=page, contact=ME, _visitor=visitor(project.path / "cache" / "web"), **more)

    return asked


@pytest.fixture
def fetch(project):
    def fetched(looked: dict, **more) -> dict:
        return collect.fetch_from_web(project, looked["id"], _visitor=visitor(project.path / "cache" / "web"), **more)

    return fetched


ROBOTS = "/robots.txt"
# (what the site says, what that comes to, the words that are shown for it)
CASES = {
    "robots.txt allows": ({ROBOTS: "User-agent: *\nAllow: /"}, "allowed", ""),
    "robots.txt is not there": ({}, "allowed", ""),
    "robots.txt says no": ({ROBOTS: "User-agent: *\nDisallow: /pics/"}, "no", "Disallow: /pics/"),
    "robots.txt is broken": ({ROBOTS: (503, {}, b"later")}, "unknown", "503"),
    "robots.txt with a pattern": ({ROBOTS: "User-agent: *\nDisallow: /*.jpg$"}, "no", "Disallow: /*.jpg$"),
    "Content-Usage in a header": ({"header": {"Content-Usage": "train-ai=n"}}, "no", "Content-Usage: train-ai=n"),
    "Content-Usage in robots.txt": ({ROBOTS: "User-agent: *\nContent-Usage: /pics train-ai=n"}, "no", "Content-Usage: train-ai=n"),
    "a reservation in tdmrep.json": ({"/.well-known/tdmrep.json": json.dumps([{"location": "/pics/*", "tdm-reservation": 1}])}, "no", "tdm-reservation"),
    "a header over tdmrep.json": (
        {"/.well-known/tdmrep.json": json.dumps([{"location": "/*", "tdm-reservation": 1}]), "header": {"tdm-reservation": "0"}}, "allowed", "tdm-reservation: 0",
    ),
    "X-Robots-Tag": ({"header": {"X-Robots-Tag": "noai"}}, "no", "X-Robots-Tag: noai"),
    "X-Robots-Tag for us": ({"header": {"X-Robots-Tag": ["otherbot: noindex", "handmade: noimageai"]}}, "no", "handmade: noimageai"),
    "X-Robots-Tag for somebody else": ({"header": {"X-Robots-Tag": "otherbot: noai"}}, "allowed", ""),
    "ai.txt": ({"/ai.txt": "User-Agent: *\nDisallow: *.jpg"}, "no", "Disallow: *.jpg"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_site_says_is_shown_with_its_line_before_a_picture_is_fetched(site, look, fetch, name, project):
    says, verdict, line = CASES[name]
    site.pages |= {path: page for path, page in says.items() if path != "header"}
    site.pages["/pics/red.jpg"] = (200, says.get("header", {}), jpeg())
    [row] = look("/pics/red.jpg")["found"]
    assert row["says"] == verdict
    assert line in " ".join(f"{one['kind']} {one['line']}" for one in row["signals"])
    assert "/pics/red.jpg" not in site.paths("GET")
    assert fetch({"id": look("/pics/red.jpg")["id"]})["added"] == (1 if verdict == "allowed" else 0)
    assert project.count() == (1 if verdict == "allowed" else 0)


@pytest.mark.parametrize("carried", [
    b'c2pa.training-mining\x00{"entries":{"c2pa.ai_generative_training":{"use":"notAllowed"}}}',
    b"cawg.training-mining\x00\xa1gentries\xa1ucawg.ai_training\xa1cusejnotAllowed",
], ids=["c2pa", "cawg"])  # fmt: skip
def test_a_picture_that_carries_a_no_is_not_kept(site, look, fetch, project, carried):
    site.pages["/pics/red.jpg"] = jpeg() + carried
    result = fetch(look("/pics/red.jpg"))
    assert result["added"] == 0 and "training-mining" in result["refused"][0]["why"] and project.count() == 0


def test_where_robots_txt_says_no_or_cannot_be_read_nothing_else_is_asked(site, look):
    site.pages[ROBOTS] = "User-agent: *\nDisallow: /"
    look("/pics/red.jpg")
    assert site.paths() == [ROBOTS]


def test_a_picture_of_a_page_keeps_where_it_is_from_and_stays_undecided(site, look, fetch, project):
    site.pages["/garden"] = (200, {"Content-Type": "text/html; charset=utf-8"}, """<html><head><title>Märchen garden</title>
      <link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/deed.de"></head><body>
      <img src="pics/red.jpg" alt="a red tulip"><img src="/pics/red.jpg"><img src="data:image/gif;base64,R0"><img src="x.svg">
      <img src="dot.gif" width="1"><img srcset="/pics/s.jpg 200w, /pics/l.jpg 800w" src="/pics/s.jpg" alt="a large one"></body></html>""")
    site.pages["/pics/l.jpg"] = (200, {"Link": '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"'}, jpeg("blue"))
    looked = look(page="/garden")
    assert looked["page"]["title"] == "Märchen garden" and looked["page"]["says"] == "allowed"
    assert [(row["address"].removeprefix(site.address), row["alt"], row["licence"]) for row in looked["found"]] == [
        ("/pics/red.jpg", "a red tulip", "CC BY-SA 4.0"), ("/pics/l.jpg", "a large one", "CC0 1.0"),
    ]  # fmt: skip
    result = fetch(looked)
    assert (result["added"], result["refused_count"]) == (2, 0)
    first, second = project.items()
    kept = first.facts["web"]
    assert (kept["address"], kept["page"], kept["licence"]) == (f"{site.address}/pics/red.jpg", f"{site.address}/garden", "CC BY-SA 4.0")
    assert kept["sha256"] == hashlib.sha256(jpeg()).hexdigest() and kept["fetched"] and first.caption == "a red tulip"
    assert first.consent.state == "unknown" and not first.consent.purposes and not second.consent.purposes
    [decision] = decisions(project, second.id)
    assert (decision.source, decision.licence, decision.state) == (f"{site.address}/pics/l.jpg", "CC0 1.0", "unknown")


def test_a_page_that_says_no_is_read_no_further_than_its_no(site, look, fetch):
    site.pages["/garden"] = '<html><meta name="robots" content="noai, noimageai"><img src="/pics/red.jpg"></html>'
    looked = look(page="/garden")
    assert looked["page"]["says"] == "no" and looked["found"] == []
    looked = look(page="/garden", permission=PERMISSION)
    assert [row["says"] for row in looked["found"]] == ["no"]      # what the page says holds for its pictures
    assert fetch(looked)["added"] == 0 and fetch(looked, permission=PERMISSION)["added"] == 1


@pytest.mark.parametrize("now, why", [
    ('<meta name="robots" content="noai"><img src="/pics/red.jpg">', "Its page says no by now"),
    ((503, {}, b""), "answers with 503"), (b"\xff\xd8\xff\xe0 no page", "is no page"),
    ((302, {"Location": "/shut/"}, b""), "Disallow: /shut"),
])  # fmt: skip
def test_what_a_page_says_at_the_fetch_holds_whatever_it_said_at_the_look(site, look, fetch, project, now, why):
    site.pages |= {ROBOTS: "User-agent: *\nDisallow: /shut", "/garden": '<img src="/pics/red.jpg"><img src="/pics/b.jpg">', "/pics/b.jpg": jpeg("blue")}
    looked = look(page="/garden")
    site.pages["/garden"] = now
    before = site.paths("GET").count("/garden")
    result = fetch(looked)
    assert (result["added"], result["refused_count"]) == (0, 2) and project.count() == 0
    assert {one["name"].rpartition("/")[2] for one in result["refused"]} == {"red.jpg", "b.jpg"}
    assert all(re.search(why, one["why"]) for one in result["refused"]), result["refused"]
    assert "/pics/red.jpg" not in site.paths("GET") and site.paths("GET").count("/garden") == before + 1, "asked once for all"


def test_a_page_that_leads_to_one_behind_robots_txt_says_no(site, look):
    site.pages |= {ROBOTS: "User-agent: *\nDisallow: /shut", "/garden": (302, {"Location": "/shut/"}, b"")}
    looked = look(page="/garden")
    assert looked["page"]["says"] == "no" and looked["found"] == [] and "/shut/" not in site.paths()


def test_a_page_behind_a_no_of_robots_txt_is_not_asked_for(site, look, fetch):
    site.pages |= {ROBOTS: "User-agent: *\nDisallow: /garden", "/garden": '<img src="/pics/red.jpg">'}
    looked = look(page="/garden")
    assert looked["page"]["says"] == "no" and "/garden" not in site.paths()
    looked = look(page="/garden", permission=PERMISSION)
    assert [row["says"] for row in looked["found"]] == ["allowed"] and fetch(looked)["added"] == 1


@pytest.mark.parametrize("said", [{}, {"who": "Mila"}, {"who": "Mila", "when": "spring", "what": "all"}, {"who": "M", "when": "2999-01-01", "what": "x"}, {"who": "M", "when": "2026-01-01", "what": " "}, True])
def test_a_permission_names_who_when_and_what(project, site, look, fetch, said):
    site.pages[ROBOTS] = "User-agent: *\nDisallow: /pics/"
    with pytest.raises(UserError, match="permission|date"):
        fetch(look("/pics/red.jpg"), permission=said)
    assert "/pics/red.jpg" not in site.paths()


def test_a_written_permission_is_kept_with_the_picture(project, site, look, fetch):
    site.pages[ROBOTS] = "User-agent: *\nDisallow: /pics/"
    looked = look("/pics/red.jpg")
    assert fetch(looked)["added"] == 0
    assert fetch(looked, permission=PERMISSION)["added"] == 1
    [item] = project.items()
    assert item.facts["web"]["permission"] == PERMISSION
    assert [one["line"] for one in item.facts["web"]["signals"]] == ["Disallow: /pics/"]
    assert "Mila, of tulips.test" in decisions(project, item.id)[0].note and item.consent.state == "unknown"


def test_a_decision_can_come_along_and_the_alt_text_can_stay_out_of_the_caption(project, site, look, fetch):
    site.pages["/"] = '<img src="/pics/red.jpg" alt="a red tulip">'
    assert fetch(look(page="/"), consent=Consent(state="given", purposes=["train"]), captions=False)["added"] == 1
    [item] = project.items()
    assert item.consent.allows("train") and item.caption == "" and item.facts["web"]["alt"] == "a red tulip"
    assert decisions(project, item.id)[0].source == f"{site.address}/pics/red.jpg"


def test_a_no_that_came_after_the_look_is_heard_before_the_picture_is_read(project, site, look, fetch):
    looked = look("/pics/red.jpg")
    site.pages["/pics/red.jpg"] = (200, {"X-Robots-Tag": "noai"}, jpeg())
    result = fetch(looked)
    assert result["added"] == 0 and "X-Robots-Tag: noai" in result["refused"][0]["why"]


def test_a_redirect_is_followed_only_where_the_rules_of_its_target_let_us(project, site, look, fetch):
    site.pages |= {"/a.jpg": (302, {"Location": "/pics/red.jpg"}, b""), ROBOTS: "User-agent: *\nDisallow: /pics/"}
    [row] = look("/a.jpg")["found"]
    assert row["says"] == "no" and "/pics/red.jpg" not in site.paths()


def test_what_is_no_picture_is_refused_whatever_it_calls_itself(project, site, look, fetch):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    site.pages |= {
        "/a.jpg": (200, {"Content-Type": "image/jpeg"}, b"<html><script>alert(1)</script></html>"), "/b.png": (200, {"Content-Type": "image/png"}, svg),
        "/c.jpg": jpeg()[:200], "/d.jpg": b"", "/gone.jpg": (404, {}, b""), "/big.jpg": (200, {"Content-Length": "999999999"}, b""),
    }  # fmt: skip
    looked = look("/a.jpg", "/b.png", "/c.jpg", "/d.jpg", "/gone.jpg", "/big.jpg", "http://127.0.0.1/x.jpg", "ftp://a/b")
    assert {row["address"].rpartition("/")[2]: row["says"] for row in looked["found"]} == {
        "a.jpg": "allowed", "b.png": "allowed", "c.jpg": "allowed", "d.jpg": "allowed", "gone.jpg": "unknown", "big.jpg": "allowed", "x.jpg": "unknown", "b": "unknown",
    }  # fmt: skip
    result = fetch(looked)
    assert (result["added"], result["refused_count"]) == (0, 5) and project.count() == 0
    reasons = " ".join(one["what"] + one["why"] for one in result["refused"])
    for words in ("a web page", "a drawing in SVG", "is cut off", "empty", "too large"):
        assert words in reasons, reasons


def test_a_machine_that_knows_no_head_is_asked_for_headers_alone(site, look):
    def only_get(handler):
        handler.send_response(405 if handler.command == "HEAD" else 200)
        handler.send_header("X-Robots-Tag", "noimageai")
        handler.end_headers()

    site.pages["/odd.jpg"] = only_get
    assert look("/odd.jpg")["found"][0]["says"] == "no"


def test_rules_are_kept_for_a_day_and_not_longer(site, look, monkeypatch):
    look("/pics/red.jpg")
    look("/pics/red.jpg")
    assert site.paths().count(ROBOTS) == 1
    now = time.time()
    monkeypatch.setattr(web.time, "time", lambda: now + 25 * 3600)
    look("/pics/red.jpg")
    assert site.paths().count(ROBOTS) == 2


def test_a_machine_is_asked_once_a_second_or_as_rarely_as_it_wants(project, site):
    site.pages[ROBOTS] = "User-agent: *\nCrawl-delay: 5"
    pauses = Pauses()
    collect.look_at_web(project, [f"{site.address}/pics/red.jpg"], contact=ME, _visitor=visitor(project.path / "cache" / "web", _wait=pauses))
    assert len(pauses) == len(site.asked) - 1 == 3 and all(4 < pause <= 5 for pause in pauses)
    assert all(headers["User-Agent"].startswith("Handmade (") and ME in headers["User-Agent"] for _, _, headers in site.asked)


def test_a_machine_that_is_overloaded_is_left_alone(project, site, look, fetch):
    names = [f"/{number}.jpg" for number in range(3)]
    for name in names:
        site.pages[name] = jpeg()
    looked = look(*names)
    for name in names:
        site.pages[name] = (429, {}, b"")
    assert fetch(looked)["refused_count"] == 3
    assert [path for path in site.paths("GET") if path.endswith(".jpg")] == ["/0.jpg"]


def test_a_stopped_fetch_goes_on_where_it_was(project, site, look, fetch):
    for number, colour in enumerate(("red", "green", "blue")):
        site.pages[f"/{number}.jpg"] = jpeg(colour)
    looked = look("/0.jpg", "/1.jpg", "/2.jpg")
    assert fetch(looked, token="ab", should_stop=lambda: project.count() == 2) is None
    assert project.count() == 2
    steps = []
    result = fetch(looked, token="ab", progress=lambda done, total: steps.append((done, total)))
    assert result["added"] == 3 and result["duplicate_count"] == 0 and steps[-1] == (3, 3)
    assert site.paths("GET").count("/0.jpg") == 1
    assert fetch(looked)["duplicate_count"] == 3


def test_nothing_is_fetched_that_was_not_looked_at(project, site, look, fetch):
    looked = look("/pics/red.jpg")
    with pytest.raises(UserError, match="not looked at"):
        fetch(looked, choose=["http://elsewhere.test/a.jpg"])
    for strange in ("../../x", "0" * 16):
        with pytest.raises(UserError):
            fetch({"id": strange})


@pytest.mark.parametrize("asked", [{}, {"addresses": ["http://a.test/x.jpg"], "page": "http://a.test/"}, {"addresses": [5]}, {"page": None}])
def test_a_look_is_at_addresses_or_at_one_page(project, asked):
    with pytest.raises(UserError, match="nothing to look at|cannot be"):
        collect.look_at_web(project, contact=ME, **asked)


def test_no_more_than_two_hundred_are_looked_at(project, site, look, monkeypatch):
    monkeypatch.setattr(web, "MOST", 2)
    looked = look("/a.jpg", "/b.jpg", "/c.jpg")
    assert len(looked["found"]) == 2 and looked["left_out"] == 1
