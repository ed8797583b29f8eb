"""Covers the address that the labelling component speaks with: who may write there, how much, and that nothing is written twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import collect, label
from lib.project import Consent, Project, database
from lib.ui.http import routes
from lib.ui.label import exchange, one_by_one

OURS = {"X-Handmade": "1", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def client(home, monkeypatch):
    return TestClient(Starlette(routes=routes.ROUTES), raise_server_exceptions=True)


@pytest.fixture
def ids(project, tmp_path):
    """A red, a blue and a large green picture, and a text."""
    for colour, side in (("red", 40), ("blue", 40), ("green", 1400)):
        Image.new("RGB", (side, 30), colour).save(tmp_path / f"{colour}.png")
        collect.add_files(project, tmp_path / f"{colour}.png", Consent(state="given", purposes=["train"]))
    (tmp_path / "poem.txt").write_text("It rained all day, and then it did not.\n" * 200)
    collect.add_files(project, tmp_path / "poem.txt")
    return [item.id for item in project.items()]


def post(client, entries, headers=OURS):
    return client.post("/files/tulips/labels", content=json.dumps(entries), headers=headers)


def caption(item: str, words: str, token: str = "t1", **more: object) -> dict:
    return {"token": token, "item": item, "field": "caption", "value": words, **more}


def test_the_list_names_all_of_a_filter_and_which_have_no_label(client, project, ids):
    label.set_caption(project, ids[1], "blue")
    said = client.get("/files/tulips/labels").json()
    assert (said["ids"], said["numbers"], said["open"]) == (ids, [1, 2, 3, 4], [0, 2, 3])
    assert said["counts_time"] is True and said["seconds_today"] == 0
    assert client.get("/files/tulips/labels?labelled=yes").json()["ids"] == [ids[1]]
    assert client.get("/files/tulips/labels?kind=image&labelled=no").json()["numbers"] == [1, 3]


def test_the_filter_of_the_page_is_understood_in_the_address():
    which = {"labelled": False, "person": "", "class_name": "über & co", "consent": "train", "noted": True}
    assert exchange.which_of(one_by_one.address_of(which)) == which


def test_rows_come_with_the_addresses_of_what_is_seen(client, project, ids):
    label.keep_suggestions(project, [(ids[0], "caption", "a red one", 0.9)], "nearest neighbours")
    red, green, poem = client.get(f"/files/tulips/labels?only={ids[0]},{ids[2]},{ids[3]},nobody").json()["rows"]
    assert red["picture"].endswith(f"/items/{ids[0]}") and green["picture"].endswith("/1024")
    assert all(client.get(address).status_code == 200 for address in (red["picture"], red["small"], green["picture"]))
    assert red["suggestions"]["caption"] == {"value": "a red one", "by": "nearest neighbours"}
    assert poem["words"].startswith("It rained") and len(poem["words"]) == 4000
    assert client.get("/files/tulips/labels?number=2").json()["rows"][0]["id"] == ids[1]


def test_a_change_is_written_once_however_often_it_comes(client, project, ids):
    entries = [caption(ids[0], "red", seen=""), {"token": "t2", "item": ids[0], "seconds": 4.5}]
    for _ in range(2):
        assert post(client, entries).json()["answers"] == [{"token": "t1", "ok": True}, {"token": "t2", "ok": True}]
    assert project.item(ids[0]).caption == "red" and label.time_of_items(project) == {ids[0]: 4.5}


def test_taking_back_happens_once_and_only_to_the_change_that_is_meant(client, project, ids):
    post(client, [caption(ids[0], "red"), caption(ids[1], "blue", "t2")])
    for _ in range(2):
        [said] = post(client, [{"token": "t3", "undo": "t1", "item": ids[0]}]).json()["answers"]
        assert said["ok"] and said["row"]["caption"] == ""
    assert project.item(ids[1]).caption == "blue"
    post(client, [caption(ids[2], "green", "t5")])
    for _ in range(2):                                              # the answer got lost, and the same was asked again
        assert post(client, [{"token": "t4", "undo": "last"}]).json()["answers"][0]["row"]["id"] == ids[2]
    assert project.item(ids[1]).caption == "blue"
    assert post(client, [{"token": "t6", "undo": "last"}]).json()["answers"][0]["row"]["id"] == ids[1]


def test_a_conflict_and_a_mistake_are_answered_each_for_itself(client, project, ids):
    label.set_caption(Project.open(project.path, actor="Ben"), ids[0], "Ben's words")
    entries = [caption(ids[0], "mine", seen=""), caption("nobody", "x", "t2"), {"token": "t3", "item": ids[1], "field": "mask", "value": 7},
               "nonsense", caption(ids[1], "good", "t4"), {"token": "t5", "rename": 3}]  # fmt: skip
    first, second, third, fourth, fifth, sixth = post(client, entries).json()["answers"]
    assert first["conflict"] == {"field": "caption", "current": "Ben's words", "by": "Ben"}
    assert all("error" in one for one in (second, third, fourth, sixth)) and fifth["ok"]
    assert project.item(ids[0]).caption == "Ben's words" and project.item(ids[1]).caption == "good"


def test_while_somebody_else_writes_no_entry_is_answered_for_and_none_is_lost(client, project, ids, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    written, new = {"token": "t1", "item": ids[0], "seconds": 0}, [caption(ids[0], "typed", "t2"), caption(ids[0], "typed on", "t3")]
    with project.database.write():
        answer = post(client, new)
        assert answer.status_code == 503 and "busy" in answer.json()["error"]["what"]
        assert post(client, [{"token": "t4", "item": ids[0], "seconds": 3}]).status_code == 503
        answer = post(client, [written, *new])
        assert (answer.status_code, answer.json()["answers"]) == (200, [{"token": "t1", "ok": True}]), "the rest is sent again"
    assert all(one["ok"] for one in post(client, [written, *new]).json()["answers"])
    assert project.item(ids[0]).caption == "typed on"


def test_what_was_typed_while_the_record_was_busy_waits_in_the_browser_until_it_is_written(browser):
    page, came = browser.new_page(), []

    def answer(route):
        if route.request.method == "GET":
            return route.fulfill(body="<title>desk</title>", content_type="text/html")
        came.append([entry["value"] for entry in route.request.post_data_json])
        known = [{"token": entry["token"], "ok": True} for entry in route.request.post_data_json]
        if len(came) == 1:
            return route.fulfill(status=503, json={"error": {"what": "The project is busy."}})
        return route.fulfill(json={"answers": known[:1]})

    page.route("http://desk.test/**", answer)
    page.goto("http://desk.test/")
    for name in ("queue", "carrier"):
        page.add_script_tag(path=Path(one_by_one.__file__).parent / f"{name}.js")
    page.evaluate("""() => {
        Queue.prototype.soon = () => {};        // goes when the test says so
        const carrier = new Carrier();
        carrier.update({ files: "/files/tulips" });
        window.open = () => new Queue("here", { post: async entries => (await carrier.ask({ entries })).answers, heard() {}, told() {} });
        window.queue = window.open();
        queue.add({ item: "a", field: "caption", value: "one" });
        queue.add({ item: "a", field: "caption", value: "two" });
    }""")
    sent = "queue.send().then(() => [queue.waiting(), queue.aside.size, queue.trouble])"
    assert page.evaluate(sent) == [2, 0, "The project is busy."]
    page.evaluate("window.queue = window.open()")       # the page is loaded again
    assert page.evaluate(sent) == [1, 0, ""] and page.evaluate(sent) == [0, 0, ""]
    assert came == [["one", "two"], ["one", "two"], ["two"]] and page.evaluate("localStorage.length") == 0
    page.close()


def test_a_question_that_is_never_answered_is_given_up_so_that_it_can_be_asked_again(browser):
    page, asked = browser.new_page(), []

    def answer(route):
        if "labels" not in route.request.url:
            return route.fulfill(body="<title>desk</title>", content_type="text/html")
        asked.append(route.request.url)
        return route.fulfill(json={"ids": []}) if len(asked) > 1 else None      # the first hangs, as where the network has changed

    page.route("http://desk.test/**", answer)
    page.goto("http://desk.test/")
    script = (Path(one_by_one.__file__).parent / "carrier.js").read_text(encoding="utf-8")
    page.add_script_tag(content=script.replace("question: 10_000", "question: 100"))
    page.evaluate("() => { window.carrier = new Carrier(); carrier.update({ files: '/files/tulips' }); }")
    assert page.evaluate("carrier.ask({ list: '' }).catch(error => error.name)") == "TimeoutError"
    assert page.evaluate("carrier.ask({ list: '' })") == {"ids": []} and len(asked) == 2
    page.close()


def test_classes_and_the_clock_are_agreed_on_there_too(client, project, ids):
    post(client, [{"token": "a", "classes": ["flower", "face"]}, {"token": "b", "item": ids[0], "field": "class_name", "value": "flower"}])
    [said] = post(client, [{"token": "c", "rename": ["flower", "tulip"]}]).json()["answers"]
    assert said["classes"] == ["tulip", "face"] and project.item(ids[0]).class_name == "tulip"
    post(client, [{"token": "d", "count_time": False}, {"token": "e", "item": ids[0], "seconds": 9}])
    assert not label.is_time_counted(project) and label.time_of_items(project) == {}


@pytest.mark.parametrize("headers", [
    {}, {"X-Handmade": "1", "Sec-Fetch-Site": "cross-site"}, {"X-Handmade": "1", "Origin": "http://evil.example"},
    {"X-Handmade": "1", "Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "same-origin"},
])  # fmt: skip
def test_only_a_page_of_ours_may_write(client, project, ids, headers):
    answer = post(client, [caption(ids[0], "x")], headers)
    assert answer.status_code == 403 and project.item(ids[0]).caption == ""


def test_too_much_nonsense_and_nobody_are_refused(client, project, ids, monkeypatch):
    assert client.post("/files/tulips/labels", content=b"{", headers=OURS).status_code == 400
    assert post(client, [caption(ids[0], "x", str(n)) for n in range(201)]).status_code == 400
    assert client.post("/files/nowhere/labels", content=b"[]", headers=OURS).status_code == 404
    assert client.get("/files/nowhere/labels").status_code == 404
    assert client.get("/files/tulips/labels?kind=smell").status_code == 400
    assert client.get("/files/tulips/labels", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}).status_code == 403
    monkeypatch.setattr(exchange, "MOST_BYTES", 100)
    assert post(client, [caption(ids[0], "x" * 200)]).status_code == 413
    assert project.item(ids[0]).caption == ""
