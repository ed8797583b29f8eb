"""Covers the way of a lesson in Chromium: from the sample to pairs, a training that is cut short, a drawing whose answer changes, and a film in and out."""

from __future__ import annotations

import re

from lib.media import ffmpeg
from tests.media.made_files import write_film
from tests.player.test_player import until
from tests.test_journey_live import PIXELS, answered, answers, stroke
from tests.test_journey_train import fill, press


def test_from_the_sample_to_ones_own_drawing_that_answers_and_a_film(tulips, workbench, visitor, tmp_path):
    visit = visitor("/augment?project=tulips&make=pairs")
    page = visit.page
    page.get_by_text("Four pairs").wait_for()
    page.get_by_text("No, leave them as they are").click()
    page.get_by_role("button", name=re.compile("^Freeze as tulips-pairs-64|^Freeze as tulips-64-pairs")).click()
    page.get_by_text("is frozen.").wait_for()
    page.get_by_role("button", name=re.compile("^Train on tulips")).click()
    page.wait_for_url("**/train?**")

    page.get_by_alt_text("The source of a pair").wait_for()
    page.locator("summary", has_text="Settings").first.click()
    fill(page, "Width", 8)
    fill(page, "Pairs a step", 2)
    press(page, "Start")
    page.wait_for_url("**/run?**")
    [run] = tulips.runs()
    until(lambda: run.checkpoints() or run.error)
    press(page, "Stop")
    until(lambda: run.state == "stopped")
    assert run.settings["width"] == 8 and run.status["step"] < run.settings["steps"]

    visit.go(f"{workbench.address}/generate?project=tulips&run={run.id}")
    page.get_by_role("button", name="Draw and see it live").click()
    link = page.get_by_role("link", name="Draw and see it live")
    link.wait_for(timeout=180_000)
    with visit.context.expect_page() as opened:
        link.click()
    live = opened.value
    answered(live, 1)
    assert live.evaluate("document.body.dataset.by") == "browser"
    before, count = live.evaluate(PIXELS, "answer"), answers(live)
    stroke(live, (0.5, 0.15), (0.75, 0.4), (0.5, 0.6), (0.25, 0.4), (0.5, 0.15))
    stroke(live, (0.5, 0.6), (0.5, 0.95))
    answered(live, count + 1)
    until(lambda: live.evaluate(PIXELS, "answer") != before)
    live.get_by_role("button", name="Keep").click()
    live.get_by_text("Kept, with its story").wait_for()
    live.close()

    film = write_film(tmp_path / "walk.mp4", 1, 5, "160x120", "-f", "lavfi", "-i", "sine=d=1", "-shortest")
    page.get_by_text("A film through it").click()
    page.locator("input[type=file][accept*='.mp4']").set_input_files(film)
    page.get_by_role("button", name="Translate this film").click()
    page.get_by_text("The last one is among the outputs").wait_for()
    by_ending = {output.path.suffix: output for output in tulips.outputs()}
    story = by_ending[".mp4"].provenance()
    assert set(by_ending) == {".png", ".mp4"} and story["frames"] == 5 and story["inputs"]["film"]["name"] == "walk.mp4"
    assert ffmpeg.streams(by_ending[".mp4"].path, "mov").sound
    page.get_by_text("2 outputs").first.wait_for()
    assert visit.hosts() == {"127.0.0.1"} and visit.refused == [] and visit.complaints == []
