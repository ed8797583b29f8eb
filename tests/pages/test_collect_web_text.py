"""Covers the ways Web and Text on Collect: what is asked first, what is shown before anything is fetched or added."""

from __future__ import annotations

import io

import pytest

from lib import collect, jobs
from lib.collect import texts
from lib.project import labels
from lib.ui.collect import consent, web
from lib.ui.collect import text as collect_text
from tests.media.test_documents import pdf
from tests.pages.conftest import words
from tests.serving import Website, visitor

SAID = {"kind": "robots.txt", "says": "no", "line": "Disallow: /a|b*", "where": "https://one.test/robots.txt"}
ROW = {"address": "https://one.test/pics/red.jpg", "says": "no", "signals": [SAID], "alt": "[red](x)", "licence": "", "why": ""}


def way(page, name: str):
    page.get("button_group")[0].set_value(name).run()
    assert not page.exception
    return page


def button(page, text: str):
    return next(one for one in page.button if one.label.startswith(text))


def test_nothing_is_asked_before_an_address_and_a_contact_are_there(visit, project):
    page = way(visit("make/collect.py", project), "Web")
    assert "nothing is contacted before you press the button" in words(page)
    assert button(page, "Look at").disabled
    page.text_area(key="web.addresses.0").set_value("http://127.0.0.1:9999/a.jpg\n\nhttp://127.0.0.1:9999/a.jpg").run()
    assert button(page, "Look at").disabled and "reach you" in words(page)
    page.text_input(key="web.contact").set_value("ana@example.org").run()
    assert jobs.tasks(project) == []
    button(page, "Look at what 127.0.0.1:9999 says").click().run()
    [task] = jobs.tasks(project, web.LOOK)
    assert task.request["arguments"]["addresses"] == ["http://127.0.0.1:9999/a.jpg"]
    assert labels.setting(project, "web.contact") == "ana@example.org"
    assert task.wait(timeout=60) == "finished"
    assert task.result()["found"][0]["says"] == "unknown"      # the person's own computer is never asked
    page = visit("make/collect.py", project)     # found again, on Web
    assert "private network" in words(page) and "not known" not in words(page) and project.count() == 0
    button(page, "Look at other addresses").click().run()
    assert page.text_area(key="web.addresses.1").value == "http://127.0.0.1:9999/a.jpg"       # to be mended
    page.text_area(key="web.addresses.1").set_value("https://a.test/a.jpg\nhttps://b.test/b.jpg\ntulips\nexample.org/x.jpg").run()
    assert button(page, "Look at what 2 websites say")
    assert "tulips is not an address of the web" in words(page) and "example\\.org" in words(page)


def test_what_a_site_says_stands_in_a_table_with_its_line():
    table = web.table([ROW, {**ROW, "address": "https://two.test/x.png", "signals": [], "why": "It answers with 404.", "says": "unknown"}])
    assert "robots\\.txt\\: Disallow\\: \\/a\\|b\\*" in table and "\\[red\\]" in table and "It answers with 404" in table
    assert "one\\.test" in table and len(table.splitlines()) == 4


def test_only_what_nobody_says_no_to_is_fetched_unless_there_is_a_written_permission(visit, project, monkeypatch):
    site = Website()
    site.pages |= {"/robots.txt": "User-agent: *\nDisallow: /no", "/a.jpg": b"x", "/b.jpg": b"x", "/no.jpg": b"x"}
    looked = collect.look_at_web(
        project, [f"{site.address}/{name}.jpg" for name in ("a", "b", "no")], contact="ana@example.org", _visitor=visitor(project.path / "cache" / "web")
    )
    site.close()
    asked = {}

    class Done:
        id, state, status, path = "look", "finished", {}, project.path

        def result(self):
            return looked

    monkeypatch.setattr(web, "newest_look", lambda _: Done())
    monkeypatch.setattr(web, "_put_away", lambda task: None)
    monkeypatch.setattr(collect, "fetch_later", lambda project, look, **more: asked.update(more))
    page = visit("make/collect.py", project)
    assert "no picture was fetched yet" in words(page) and button(page, "Fetch 2 pictures").disabled
    page.radio[0].set_value(consent.OPEN).run()
    button(page, "Fetch 2 pictures").click().run()
    assert asked["permission"] is None and len(asked["choose"]) == 2
    page.text_input(key="web.permission.who").set_value("Mila").run()
    page.text_area(key="web.permission.what").set_value("all of it").run()
    assert button(page, "Fetch 2 pictures")
    page.date_input(key="web.permission.when").set_value("today").run()
    button(page, "Fetch 3 pictures").click().run()
    assert asked["permission"]["who"] == "Mila" and len(asked["choose"]) == 3 and asked["consent"].state == "unknown"


def test_pasted_words_are_counted_before_they_are_added(visit, project):
    page = way(visit("make/collect.py", project), "Text")
    page.text_area(key="text.0.words").set_value("One.\n\nTwo,\nstill two.\n\n\nThree.").run()
    page.get("button_group")[3].set_value("Split at blank lines").run()
    assert "3 texts" in words(page) and button(page, "Add 3 texts").disabled
    page = way(way(page, "Web"), "Text")
    assert page.text_area(key="text.0.words").value == "One.\n\nTwo,\nstill two.\n\n\nThree."
    page.get("button_group")[3].set_value("Split at blank lines").run()
    page.radio[0].set_value(consent.MINE).run()
    button(page, "Add 3 texts").click().run()
    [batch] = collect.batches(project)
    assert batch.task.wait(timeout=60) == "finished"
    assert [item.path.read_text() for item in project.items()] == ["One.", "Two,\nstill two.", "Three."]
    assert "3 added" in words(visit("make/collect.py", project))


def test_a_table_shows_its_first_rows_and_says_how_many_texts_it_has(visit, project):
    page = way(visit("make/collect.py", project), "Text")
    page.get("button_group")[1].set_value("Files").run()
    page.file_uploader[0].set_value([("a.csv", b"name,answer\nMila,It rains a lot\nAna,\nR.,Sun", "text/csv")]).run()
    assert "It rains a lot" in words(page) and page.selectbox[0].value == "answer"
    page = way(way(page, "Web"), "Text")       # after a look elsewhere it is as it was
    assert "It rains a lot" in words(page) and page.selectbox[0].value == "answer"
    page.radio[0].set_value(consent.OPEN).run()
    button(page, "Add 2 texts").click().run()
    [batch] = collect.batches(project)
    assert batch.task.wait(timeout=60) == "finished" and batch.result["added"] == 2


def offered(page) -> list:
    """The radios with readings; the others ask whose they are."""
    return [radio for radio in page.radio if "reading" in radio.key]


@pytest.mark.parametrize("where", ["Files", "Text"])
def test_a_text_that_does_not_say_how_it_is_written_is_asked_about_with_its_first_line(visit, project, where):
    page = way(visit("make/collect.py", project), where)
    if where == "Text":
        page.get("button_group")[1].set_value("Files").run()
    files = [("names.txt", "Anna\nJiří".encode("cp852"), "text/plain"), ("clear.txt", "żółw i źdźbło trawy są tutaj".encode("cp1250"), "text/plain")]
    page.file_uploader[0].set_value(files).run()
    [radio] = offered(page)
    assert "1 text does not say how its letters are written" in words(page) and "names" in radio.label
    assert 2 <= len(radio.options) <= 4 and any(option.startswith("Jiří") for option in radio.options) and not any("Anna" in option for option in radio.options)
    radio.set_value("mac_latin2").run()
    next(one for one in page.radio if one not in offered(page) and "reading" not in one.key).set_value(consent.MINE).run()
    button(page, "Add 2").click().run()
    [batch] = collect.batches(project)
    assert batch.task.wait(timeout=60) == "finished" and batch.result["note_count"] == 0
    assert [item.path.read_text("utf-8") for item in project.items()] == ["Anna\nJiří".encode("cp852").decode("mac_latin2"), "żółw i źdźbło trawy są tutaj"]
    page = visit("make/datapoint.py", project, item=project.items()[1].id)
    assert "Windows" in words(page)


def test_a_page_without_words_is_named_when_the_batch_has_ended_and_on_the_datapoint(visit, project):
    inbox = collect.bring(project, [("poems.pdf", io.BytesIO(pdf("One.", "", "Three.")))])
    assert collect.hand_on(project, inbox, way="files").task.wait(timeout=60) == "finished"
    assert "page 2 has no words" in words(visit("make/collect.py", project))
    assert "page 2 has no words" in words(visit("make/datapoint.py", project, item=project.items()[0].id))


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.epub"])
def test_a_document_is_never_read_by_the_server(name):
    class File(io.BytesIO):
        size = 10

    file = File(b"PK")
    file.name = name
    assert collect_text._label([file], {"split": "lines"}) == "Split and add 1 file"


def test_the_words_of_a_table_stay_words():
    assert "\\|" in collect_text.table_words(texts.Table(["a|b"], [["<b>x"]]), "a|b")
