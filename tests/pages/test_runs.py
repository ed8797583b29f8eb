"""Covers the pages Run and Runs in every state: what is said, what can be done, and that it stays cheap."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lib import train
from lib.errors import UserError
from lib.jobs.queue import Place
from lib.media import locks
from lib.media.files import write_json
from lib.models import Curve
from lib.project import Consent
from lib.project.runs import Run
from lib.ui.runs import curves, sample_grid
from lib.ui.runs import words as runs_words
from tests.pages.conftest import words
from tests.pages.test_train import dataset, nothing_begins, press, widget  # noqa: F401


@pytest.fixture
def run(project, dataset) -> Run:  # noqa: F811
    return train.start(project, "gan", dataset, steps=60, width=4, batch=2)


def sample(run: Run, *steps: int, seeds: int = 16) -> None:
    (run.path / "samples").mkdir(exist_ok=True)
    for step in steps:
        Image.fromarray(np.full((32, 32 * seeds, 3), step % 256, np.uint8)).save(run.path / "samples" / f"step_{step:06d}.png")
    write_json(run.path / "samples" / "grid.json", {"columns": seeds, "caption": ""})


def end(run: Run, state: str, **more: object) -> None:
    (run.path / "checkpoints").mkdir(exist_ok=True)
    (run.path / "checkpoints" / "step_000040.pt").touch()
    run.set_status(state=state, step=40, total=60, **more)


def labels(page) -> list[str]:
    return [button.label for button in page.button]


def open_run(visit, project, run: Run):
    return visit("train/run.py", project, run=run.id)


def test_a_waiting_run_says_its_place_and_can_be_taken_out(visit, project, run, dataset):  # noqa: F811
    second = train.start(project, "gan", dataset, steps=60, width=4)
    assert "It is next, and begins in a moment." in words(open_run(visit, project, run))
    page = open_run(visit, project, second)
    assert "It is number 2 of 2 that wait. How long it has to wait is not known yet." in words(page)
    press(page, "Take it out of the queue")
    assert second.is_stopping


def test_a_running_one_can_be_asked_for_a_sample_and_stopped(visit, project, run):
    run.set_status(state="running", step=30, total=60, seconds_left=240.0)
    sample(run, 10, 20)
    with locks.take(run.path / "worker.lock"):
        page = open_run(visit, project, run)
        assert page.get("progress")[0].proto.text == "Step 30 of 60, 4 min left"
        press(page, "Sample now")
        assert run.sample_is_asked_for and widget(page, "button", "A sample is coming").disabled
        press(page, "Stop")
        assert run.is_stopping and widget(page, "button", "Stopping").disabled
        assert "It is saving where it is" in page.get("progress")[0].proto.text


@pytest.mark.parametrize("state, said", [
    ("stopped", "Stopped after 40 of 60 steps"),
    ("failed", "The disk is full."),
    ("lost", "ended without a word"),
])  # fmt: skip
def test_what_is_not_finished_can_be_continued(visit, project, run, state, said):
    error = UserError("The disk is full.", "There is no room left.", "Free some space.").as_dict()
    end(run, "running" if state == "lost" else state, error=error if state == "failed" else None)
    assert run.state == state
    page = open_run(visit, project, run)
    assert said in words(page).replace("\\", "")
    assert labels(page)[:2] == ["Continue", "Train again with changes"]
    press(page, "Continue")
    assert run.state == "queued"
    assert "Take it out of the queue" in labels(page)


def test_a_failure_stands_in_three_lines_with_a_report_below(visit, project, run):
    (run.path / "log.txt").write_text("torch says no\n")
    end(run, "failed", error=UserError("It broke.", "Because of this.", "Do that.").as_dict())
    page = open_run(visit, project, run)
    assert [line.strip() for line in page.error[0].value.replace("\\", "").split("\n")] == ["**It broke.**", "Because of this.", "Do that."]
    assert "torch says no" in page.code[0].value and f"run {run.id}" in page.code[0].value


def test_a_finished_one_shows_what_came_out_and_what_to_try_next(visit, project, run):
    sample(run, 20, 40, 60)
    (run.path / "result").mkdir()
    write_json(run.path / "result" / "model.json", {})
    end(run, "finished")
    page = open_run(visit, project, run)
    assert labels(page)[:3] == ["Generate pictures", "Train again with changes", "Start a new one from it"]
    assert [part.value for part in page.subheader] == ["What came out", "What to try next"]
    assert "24 pictures; from 50 on" in words(page) and "It has hardly begun" in words(page)
    assert "begins with what this one has learned" in words(page) and "settings of this one, for you to change" in words(page)
    press(page, "Start a new one from it")
    assert page.query_params["transfer"] == [run.id] and page.title[0].value == "Train"


def test_generating_is_one_press_away(visit, project, run):
    end(run, "finished")
    page = press(open_run(visit, project, run), "Generate pictures")
    assert page.query_params["run"] == [run.id] and page.title[0].value == "Generate"


def test_withdrawn_data_is_said_and_nothing_is_shown(visit, project, run):
    sample(run, 20)
    end(run, "finished")
    write_json(run.path / "withdrawn.json", {"items": ["x", "y"], "on": "2026-11-21"})
    page = open_run(visit, project, run)
    assert "2 pictures that it learned from were withdrawn" in words(page)
    assert labels(page) == ["Train again without them", "Train again with changes"]
    assert not page.get("button_group") and not page.subheader


def test_after_somebody_says_no_nothing_is_shown_on_either_page_but_the_way_out(visit, project, run):
    sample(run, 20)
    end(run, "finished")
    project.set_consent([project.items()[0].id], Consent(state="refused"))
    page = open_run(visit, project, run)
    assert "1 of its datapoints may not be used for training today" in words(page)
    assert labels(page) == ["Train again without them", "Train again with changes"] and not page.get("button_group") and not page.subheader
    assert "nothing of it is shown" in words(visit("train/runs.py", project))
    press(page, "Train again without them")
    [again] = [one for one in project.runs() if one.id != run.id]
    assert page.query_params["run"] == [again.id] and again.dataset_path.name == "digits-v2"
    assert (again.request["seed"], again.settings) == (run.request["seed"], run.settings)
    assert project.items()[0].id not in again.request["dataset"]["items"]


def test_what_is_looked_at_stays_when_the_page_is_drawn_anew_by_a_button_above_it(visit, project, run):
    (run.path / "log.txt").write_text("a line\n")
    end(run, "stopped")
    page = open_run(visit, project, run)
    page.get("button_group")[0].set_value("Log").run()
    press(page, "Continue")
    assert run.state == "queued"
    assert page.get("button_group")[0].value == "Log" and page.code[0].value.strip() == "a line"


def test_while_its_program_starts_that_is_said_and_the_last_step_stays(visit, project, run):
    end(run, "running", sentence="Getting ready.", seconds_left=15.0)
    with locks.take(run.path / "worker.lock"):
        page = open_run(visit, project, run)
        said = "Getting ready: the program starts, that takes some seconds. Step 40 of 60 so far"
        assert page.get("progress")[0].proto.text == said and page.get("progress")[0].proto.value == 66
        assert "nothing to tell" not in words(page)
        run.set_status(sentence="Step 41 of 60, 3 s left.", step=41, seconds_left=3.0)
        assert open_run(visit, project, run).get("progress")[0].proto.text == "Step 41 of 60, 3 s left"


def test_two_runs_on_one_dataset_are_told_apart_by_their_time(run):
    assert runs_words.heading(run).startswith(runs_words.title(run) + ", ") and ":" in runs_words.heading(run)


def test_the_views_show_numbers_notes_and_the_log(visit, project, run):
    end(run, "stopped", notes=["Step 10: Going on."])
    (run.path / "metrics.jsonl").write_text('{"step": 5, "seconds": 1, "loss_d": 1.5}\n{"step": 10, "seconds": 2, "loss_d": 1.25}\n')
    (run.path / "log.txt").write_text("first line\nlast line\n")
    page = open_run(visit, project, run)
    view = page.get("button_group")[0]
    view.set_value("What happened").run()
    assert "Going on" in words(page) and "Width: 4 (chosen)" in words(page) and "Mirror: no" in words(page) and "too early to tell" in words(page)
    first, expert = runs_words.asked(run)
    assert "Batch" not in str(expert) and any(line.startswith("Learning rate") for line in expert) and len(first) < len(expert) + 6
    page.get("button_group")[0].set_value("Log").run()
    assert page.code[0].value == "first line\nlast line"
    page.get("button_group")[0].set_value("Curves").run()
    assert "nothing to draw" not in words(page)


def test_the_chosen_view_stays_when_its_widget_is_forgotten(visit, project, run):
    end(run, "stopped")
    (run.path / "log.txt").write_text("last line\n")
    page = open_run(visit, project, run)
    page.get("button_group")[0].set_value("Log").run()
    page.session_state[f"view.{run.id}"] = None
    page.run()
    assert page.get("button_group")[0].value == "Log" and page.code[0].value == "last line"


def test_a_run_that_is_not_there_leads_to_the_list(visit, project):
    page = visit("train/run.py", project, run="2026-01-01_0000_gan_gone")
    assert "There is no run" in words(page).replace("\\", "")


# ---- what the grid and the curves are handed


def test_the_sample_grid_has_a_row_for_each_step_newest_on_top_and_a_column_for_each_seed(project, run):
    sample(run, 5, 1000, seeds=3)
    rows = sample_grid.rows(project, run, run.samples(), 3)
    assert [row.name for row in rows] == ["step 1,000", "step 5"]
    assert [cell.part for cell in rows[0].pictures] == [(0, 3), (1, 3), (2, 3)]
    assert [cell.alt for cell in rows[1].pictures] == ["Example 1 at step 5", "Example 2 at step 5", "Example 3 at step 5"]
    assert len({cell.id for row in rows for cell in row.pictures}) == 6


def test_a_selection_of_many_samples_keeps_what_it_has_while_more_come():
    strips = [f"{number}" for number in range(40)]
    for count in range(1, 41):
        shown = sample_grid.thinned(strips[:count])
        assert len(shown) <= 9 and shown[-1] == strips[count - 1] and shown[0] == "0"
    nine, ten = sample_grid.thinned(strips[:9]), sample_grid.thinned(strips[:10])
    assert set(nine[:-1]) <= set(ten)


def test_a_curve_knows_its_axis_and_leaves_out_what_was_not_reported(run):
    [losses, *_] = train.curves(run)
    points = [{"step": 5.0, "loss_d": 1.0}, {"step": 10.0, "loss_d": 0.5}]
    plot = curves.plot_of(losses, points)
    assert plot["axis"] == "Loss" and plot["lines"] == [{"label": "judge", "points": [[5.0, 1.0], [10.0, 0.5]]}]
    assert curves.plot_of(losses, points[:1]) is None


def test_waiting_is_told_no_surer_than_it_is_known():
    assert runs_words.waiting(Place(1, 1, 0, True)) == "It is next, and begins in a moment."
    assert runs_words.waiting(Place(1, 2, 240, True)) == "It is next, and begins in about 4 min."
    assert runs_words.waiting(Place(3, 3, 600, False)).startswith("It is number 3 of 3 that wait. It begins in 10 min at the earliest")


# ---- the list


def test_an_empty_list_leads_to_train(visit, project):
    assert "Nothing was trained yet" in words(visit("train/runs.py", project))


def test_the_list_has_what_goes_on_top_and_each_run_with_its_facts(visit, project, run, dataset):  # noqa: F811
    sample(run, 20)
    end(run, "stopped")
    train.start(project, "gan", dataset, steps=60, width=4)
    page = visit("train/runs.py", project)
    assert [part.value for part in page.header] == ["Under way", "1 run"]
    assert "GAN on digits\\-v1" in words(page) and "40 of 60 steps" in words(page) and "stopped" in words(page)


def test_removing_is_asked_and_what_was_removed_can_be_brought_back(visit, project, run):
    end(run, "stopped")
    page = press(visit("train/runs.py", project), "Remove")
    assert "you can bring it back" in words(page) and project.runs() == [run]
    train.remove(project, run)
    page = visit("train/runs.py", project)
    assert "Nothing was trained yet" in words(page)
    press(page, "Delete for good")
    assert page.button(key="sure").disabled and "There is no way back" in words(page)
    press(page, "Bring back")
    assert project.runs() == [run]


def test_the_best_step_is_marked_where_the_numbers_tell_it():
    curve = Curve("Held back", "Error", {"held_out": "held back"}, "", mark=("best", "best"))
    points = [{"step": step, "held_out": 1 / step, "best": min(step, 20)} for step in (10, 20, 30)]
    assert curves.plot_of(curve, points)["mark"] == {"step": 20, "label": "best"}
    assert curves.plot_of(curve, [{"step": step, "held_out": 1.0} for step in (1, 2)])["mark"] is None


def test_what_is_out_on_another_computer_is_listed_and_can_be_called_back(visit, project, dataset):  # noqa: F811
    errand = train.send_out(project, "gan", dataset, steps=2)
    page = visit("train/runs.py", project)
    said = words(page)
    assert "Out on other computers" in [header.value for header in page.header] and "GAN on digits\\-v1" in said and "its result is awaited" in said
    assert page.get("file_uploader") and any(errand.id in one.proto.url for one in page.get("link_button"))
    press(page, "Call it back")
    assert train.errands(project) == [] and "Out on other computers" not in [header.value for header in page.header]


def test_a_result_that_is_none_is_refused_in_words_and_one_that_is_opens_its_run(visit, project, dataset, tmp_path):  # noqa: F811
    train.send_out(project, "gan", dataset, steps=2)
    page = visit("train/runs.py", project)
    page.get("file_uploader")[0].set_value(("result.zip", b"no zip at all", "application/zip")).run()
    assert "result\\.zip" in words(page) and "Out on other computers" in [header.value for header in page.header] and project.runs() == []


def test_a_run_that_came_home_says_where_it_was_trained(visit, project, run):
    write_json(run.path / "elsewhere.json", {"by": "Ana *B*", "where": "a rented card", "machine": "NVIDIA A100, Linux", "seconds": 725.0, "kwh": 0.0451,
                                             "counted": ["graphics card"], "came": "2026-11-29T20:00:00Z", "brought_by": "ana"})    # fmt: skip
    end(run, "finished")
    said = words(open_run(visit, project, run))
    assert "Trained elsewhere: by Ana \\*B\\*, on a rented card (NVIDIA A100\\, Linux), 12 min, 0.0451 kWh as counted there (graphics card)" in said
    assert "trained elsewhere" in runs_words.facts(run)
