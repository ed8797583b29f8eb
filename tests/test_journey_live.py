"""Covers the live page in Chromium: a model in the browser itself, drawn for, filmed for, kept from, and going on without a network."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from PIL import Image
from skimage import data

from lib.media.files import read_json, write_json
from lib.project import Consent
from lib.steps.background import Silhouette
from lib.steps.drawing import Edges, Mask
from lib.steps.pairing import Source
from lib.steps.people import Pose
from lib.steps.picture import Blur
from lib.steps.recipe import as_plain
from lib.steps.source_kind import difference, kind_of_source
from lib.ui.http import addresses
from tests.augment.test_source_kind import AREA, DARK_AREA, DARK_LINES, LINES, PHOTO
from tests.chromium import DEVICES, PATIENCE
from tests.models.conftest import as_png
from tests.player.test_player import until
from tests.share.conftest import learned_project

CHROMIUM = DEVICES
ANSWERS = "Number(document.body.dataset.answers || 0)"
NO_CAMERA = "why => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', why); }; }"
CAMERA_OF = """png => { navigator.mediaDevices.getUserMedia = async () => {
    const picture = new Image(), canvas = Object.assign(document.createElement('canvas'), {width: 512, height: 512});
    picture.src = 'data:image/png;base64,' + png;
    await picture.decode();
    setInterval(() => canvas.getContext('2d').drawImage(picture, 0, 0), 50);
    return canvas.captureStream(20);
}; }"""
PIXELS = "id => [...document.getElementById(id).getContext('2d').getImageData(0, 0, 64, 64).data]"


@pytest.fixture
def ready(home):
    return learned_project(home, live=True)


@pytest.fixture
def live(ready, workbench, visitor):
    """The live page of a run, open and with its first answer."""
    project, run = ready
    visit = visitor(None)
    visit.page.goto(workbench.address + addresses.live(project, run))
    answered(visit.page, 1)
    return visit


def answered(page, count: int) -> None:
    """Waits until the model has answered so often. (The page's policy lets no test wait inside it.)"""
    until(lambda: answers(page) >= count, PATIENCE / 1000)


def answers(page) -> int:
    return page.evaluate(ANSWERS)


def stroke(page, *points: tuple[float, float]) -> None:
    """Draws from point to point with the mouse; (0, 0) to (1, 1) is the paper."""
    box = page.locator("#paper").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def test_from_generate_to_a_drawing_that_is_kept(home, workbench, visitor):
    project, run = learned_project(home)
    visit = visitor(f"/generate?project=digits&run={run.id}")
    visit.page.get_by_role("button", name="Draw and see it live").click()
    link = visit.page.get_by_role("link", name="Draw and see it live")
    link.wait_for(timeout=180_000)
    visit.page.goto(workbench.address + re.sub("^https?://[^/]+", "", link.get_attribute("href")))
    page = visit.page
    answered(page, 1)
    before = page.evaluate(PIXELS, "answer")

    stroke(page, (0.2, 0.2), (0.8, 0.2), (0.4, 0.8))
    answered(page, 3)
    drawn = page.evaluate(PIXELS, "answer")
    assert drawn != before
    page.get_by_role("button", name="Undo").click()
    until(lambda: page.evaluate(PIXELS, "answer") == before)
    stroke(page, (0.3, 0.1), (0.3, 0.9))
    count = answers(page)
    page.get_by_role("button", name="Rubber").click()
    stroke(page, (0.2, 0.5), (0.9, 0.5))
    answered(page, count + 1)

    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept, with its story").wait_for()
    [output] = project.outputs()
    story = output.provenance()
    assert story["way"] == "live" and story["run"] == run.id and [person["credit"] for person in story["people"]] == ["R.M."]
    shown = np.array(page.evaluate(PIXELS, "answer"), np.uint8).reshape(64, 64, 4)[..., :3]
    assert (np.asarray(Image.open(output.path).convert("RGB")) == shown).all()
    source = np.asarray(Image.open(project.path / "outputs" / story["inputs"]["picture"]["file"]).convert("L"))
    assert set(np.unique(source)) == {0, 255}
    visit.go(f"{workbench.address}/generate?project=digits&run={run.id}")
    page.get_by_text("1 output").first.wait_for()
    assert visit.hosts() == {"127.0.0.1"} and visit.complaints == []


def test_a_drawing_survives_a_reload_and_is_made_with_the_keyboard_too(live):
    page = live.page
    page.locator("#paper").focus()
    count = answers(page)
    for key in ("Shift+ArrowLeft", "Space", "Shift+ArrowDown", "Shift+ArrowRight", "ArrowUp", "Space"):
        page.keyboard.press(key)
    answered(page, count + 1)
    until(lambda: page.evaluate(PIXELS, "answer") != [255] * 4 * 64 * 64)
    drawn = until(lambda: page.evaluate("Object.keys(localStorage).filter(key => key.endsWith('.drawing')).map(key => localStorage[key])[0]"))
    assert drawn.count("points") == 1
    page.reload()
    answered(page, 1)
    page.locator("#paper").focus()
    page.keyboard.press("Control+z")
    until(lambda: page.evaluate("Object.keys(localStorage).filter(key => key.endsWith('.drawing')).map(key => localStorage[key])[0]") == "[]")


def test_without_a_network_it_goes_on_and_keeps_later(live, ready):
    project, run = ready
    page, context = live.page, live.context
    stroke(page, (0.2, 0.2), (0.8, 0.8))
    context.set_offline(True)
    count, before = answers(page), page.evaluate(PIXELS, "answer")
    stroke(page, (0.8, 0.2), (0.2, 0.8))
    answered(page, count + 1)
    until(lambda: page.evaluate(PIXELS, "answer") != before)
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("could not be kept").wait_for()
    assert not project.outputs()
    context.set_offline(False)
    page.get_by_text("Kept, with its story").wait_for()
    assert len(project.outputs()) == 1


def test_the_camera_flows_freezes_and_never_leaves_the_device(live, ready):
    page = live.page
    page.get_by_role("button", name="Camera").click()
    count = answers(page)
    answered(page, count + 10)
    assert "sees, as edges" in page.locator("#given-words").inner_text()
    assert set(page.evaluate(PIXELS, "source")) == {0, 255}
    until(lambda: float(page.evaluate("document.body.dataset.rate")) > 1)
    page.get_by_role("button", name="Freeze").click()
    page.wait_for_timeout(500)
    held = page.evaluate(PIXELS, "answer")
    page.wait_for_timeout(500)
    assert page.evaluate(PIXELS, "answer") == held
    page.get_by_role("button", name="Go on").click()
    count = answers(page)
    answered(page, count + 3)
    page.get_by_role("button", name="Mirror").click()
    with page.expect_download() as film:
        page.get_by_role("button", name="Record").click()
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Stop recording").click()
    assert film.value.path().stat().st_size > 1000
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept, with its story").wait_for()
    assert ready[0].outputs()[0].provenance()["inputs"]["picture"]["name"] == "camera.png"
    posted = [url for url in live.asked if "/live/" in url and not url.endswith((".js", ".css", ".onnx"))]
    assert len([url for url in posted if url.endswith("/keep")]) == 1
    page.get_by_role("button", name="Draw").click()
    assert page.evaluate("document.getElementById('video').srcObject") is None and page.locator("#paper").is_visible()


def test_without_webassembly_the_player_answers_and_the_page_says_so(ready, workbench, visitor):
    project, run = ready
    visit = visitor()
    visit.page.add_init_script("delete window.WebAssembly")     # of the page alone: others of this file have it
    page = visit.page
    page.goto(workbench.address + addresses.live(project, run))
    answered(page, 1)
    assert page.evaluate("document.body.dataset.by") == "player"
    page.get_by_text("It runs on the computer of the workbench (this browser has no WebAssembly)").wait_for()
    before = page.evaluate(PIXELS, "answer")
    stroke(page, (0.2, 0.2), (0.8, 0.2), (0.4, 0.8))
    until(lambda: page.evaluate(PIXELS, "answer") != before)
    page.get_by_role("button", name="Camera").click()
    count = answers(page)
    answered(page, count + 10)
    page.get_by_text("pictures a second").wait_for()
    assert set(page.evaluate(PIXELS, "source")) == {0, 255} and not project.outputs()
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept, with its story").wait_for()
    [output] = project.outputs()
    assert output.provenance()["made_in"] == "the player"
    assert not [line for line in visit.complaints if "WebSocket" in line]


def test_a_silhouette_from_the_camera_is_drawn_by_the_player(ready, workbench, visitor):
    project, run = ready
    for file in (run.dataset_path / "dataset.json", run.result / "model.json"):     # as if it had learned from silhouettes
        write_json(file, read_json(file) | {"source": [as_plain(Silhouette(way="person"))]})
    visit = visitor()
    page = visit.page
    page.goto(workbench.address + addresses.live(project, run))
    answered(page, 1)
    page.evaluate(CAMERA_OF, base64.b64encode(as_png(np.asarray(data.astronaut()))).decode())
    page.get_by_role("button", name="Camera").click()
    until(lambda: 0.1 < np.mean(np.array(page.evaluate(PIXELS, "source"))[::4] < 128) < 0.9, PATIENCE / 1000)
    assert set(page.evaluate(PIXELS, "source")) <= set(range(256)) and page.evaluate("document.body.dataset.by") == "player"
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept, with its story").wait_for()
    [output] = project.outputs()
    assert output.provenance()["inputs"]["picture"]["name"] == "camera.png" and visit.complaints == []


def test_a_model_that_was_not_made_ready_is_played_by_the_player(home, workbench, visitor):
    project, run = learned_project(home)
    page = visitor().page
    page.goto(workbench.address + addresses.live(project, run))
    answered(page, 1)
    page.get_by_text("was not made ready for browsers").wait_for()
    workbench.kill()
    page.get_by_text("The workbench does not answer").wait_for()
    count = answers(page)
    workbench.start()
    stroke(page, (0.2, 0.2), (0.8, 0.2))
    answered(page, count + 1)


def test_a_picture_lies_below_the_drawing_to_trace_and_the_model_never_sees_it(live, tmp_path):
    page = live.page
    before = page.evaluate(PIXELS, "answer")
    page.get_by_text("A picture to trace").click()
    page.get_by_role("button", name="Picture 1", exact=True).click()
    until(lambda: page.evaluate("document.getElementById('underlay').naturalWidth") == 64)
    assert page.locator("#underlay").is_visible()
    Image.fromarray(data.astronaut()).convert("CMYK").save(tmp_path / "own.jpg")
    page.locator("#trace-file").set_input_files(tmp_path / "own.jpg")
    until(lambda: page.evaluate("document.getElementById('underlay').naturalWidth") == 512)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(300)
    assert page.evaluate(PIXELS, "answer") == before
    page.get_by_role("button", name="None").click()
    assert not page.locator("#underlay").is_visible()
    (tmp_path / "no.jpg").write_bytes(b"no picture")
    page.locator("#trace-file").set_input_files(tmp_path / "no.jpg")
    page.get_by_text("no picture that this browser can show").wait_for()


def test_two_tabs_take_nothing_of_each_other(live, ready, workbench):
    project, run = ready
    one, other = live.page, live.context.new_page()
    other.goto(workbench.address + addresses.live(project, run))
    answered(other, 1)
    live.context.set_offline(True)
    for page, y in ((one, 0.2), (other, 0.8)):
        count = answers(page)
        page.bring_to_front()
        stroke(page, (0.2, y), (0.8, y))
        answered(page, count + 1)
        page.get_by_role("button", name="Keep").click()
        page.get_by_text("could not be kept").wait_for()
    one.close()
    live.context.set_offline(False)
    until(lambda: len(project.outputs()) == 2)
    other.get_by_text("Kept, with its story").wait_for()
    other.wait_for_timeout(300)
    assert len(project.outputs()) == 2 and other.evaluate("Object.keys(localStorage).filter(name => name.includes('unkept')).length") == 0


def test_a_drawing_of_another_sort_is_told(live):
    """The browser looks as lib/steps/source_kind.py does."""
    page = live.page
    page.locator("#width").fill("40")
    for y in range(30, 70, 6):
        stroke(page, (0.1, y / 100), (0.9, y / 100))
    page.get_by_text("This model learned from lines, black on white, and this is filled.").wait_for()
    pictures = [LINES, DARK_LINES, AREA, DARK_AREA, PHOTO]
    for step in (Edges(), Edges(paper="black"), Silhouette(), Mask(), Pose(), Blur()):
        kind = kind_of_source(Source((step,)))
        for picture in pictures:
            rgba = base64.b64encode(picture.convert("RGBA").tobytes()).decode()
            seen = page.evaluate(
                "async ([kind, rgba]) => (await import('/live/source.js')).difference(kind, Uint8Array.from(atob(rgba), one => one.charCodeAt(0)), 128)",
                [kind.as_plain(), rgba],
            )  # fmt: skip
            assert seen == difference(kind, picture), (step, pictures.index(picture))


def test_a_camera_that_is_refused_is_said_in_a_sentence(live):
    page = live.page
    page.evaluate(NO_CAMERA, "NotAllowedError")
    page.get_by_role("button", name="Camera").click()
    page.get_by_text("The camera was refused").wait_for()
    page.evaluate(NO_CAMERA, "NotFoundError")
    page.get_by_role("button", name="Camera").click()
    page.get_by_text("There is no camera here").wait_for()
    assert page.locator("#paper").is_visible()


def test_a_picture_and_a_broken_film_are_brought(live, tmp_path):
    page = live.page
    Image.fromarray(data.astronaut()).resize((200, 120)).convert("CMYK").save(tmp_path / "she.jpg")
    count = answers(page)
    page.locator("#file").set_input_files(tmp_path / "she.jpg")
    answered(page, count + 1)
    until(lambda: len(set(page.evaluate(PIXELS, "source"))) == 2 and page.locator("#source").is_visible())
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    page.locator("#file").set_input_files(tmp_path / "broken.mp4")
    page.get_by_text("broken.mp4 has no pictures").wait_for()


def test_an_exhibition_has_no_controls_and_comes_back_after_a_reload(live):
    page = live.page
    page.keyboard.press("f")
    page.locator("body.exhibition").wait_for()
    assert not page.get_by_role("button", name="Keep").is_visible() and page.locator("#answer").is_visible()
    page.reload()
    page.locator("body.exhibition").wait_for()
    answered(page, 1)
    page.keyboard.press("f")
    page.get_by_role("button", name="Keep").wait_for()
    page.get_by_role("button", name="Camera").click()
    count = answers(page)
    answered(page, count + 2)
    page.keyboard.press("f")
    page.reload()
    answered(page, 5)
    assert page.evaluate("!!document.getElementById('video').srcObject")


def test_after_a_no_a_new_visitor_finds_nothing(live, ready):
    project, _ = ready
    project.set_consent([project.items()[0].id], Consent(state="refused"))
    assert live.page.reload().status == 404


def test_its_edges_are_those_of_the_datasets(live):
    picture = Image.fromarray(data.astronaut()).resize((128, 128))
    rgba = base64.b64encode(picture.convert("RGBA").tobytes()).decode()
    for step in (Edges(), Edges(amount=0.3, thickness=2, paper="black"), Edges(amount=0.08, calm=1.5, thickness=3)):
        wanted = {"amount": step.amount, "calm": step.calm, "thickness": step.thickness, "black": step.paper == "black"}
        drawn = live.page.evaluate(
            "async ([rgba, wanted]) => [...(await import('/live/edges.js')).edges(Uint8Array.from(atob(rgba), one => one.charCodeAt(0)), 128, wanted)]", [rgba, wanted],
        )  # fmt: skip
        ours = np.array(drawn, np.uint8).reshape(128, 128)
        theirs = np.asarray(step.apply(picture).convert("L"))
        assert (ours == theirs).mean() > 0.985, step


def test_it_stands_on_a_phone_and_for_a_screen_reader(live):
    from axe_playwright_python.sync_playwright import Axe

    page = live.page
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
