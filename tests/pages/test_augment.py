"""Covers Augment as a page: the recipe that stays, the questions that are asked, freezing, and what is said where nothing can be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib import augment, collect, jobs, models
from lib.augment import CropSquare, Mirror, Plan, Recipe, Resize, Rotate
from lib.project import Consent, datasets
from lib.ui.augment import compare, menu, pairs, preview, questions, recipes, strip
from lib.ui.augment import freeze as augment_freeze
from lib.ui.augment import recipe as augment_recipe
from lib.ui.augment import steps as augment_steps
from lib.ui.augment import versions as augment_versions
from lib.ui.http import addresses, routes
from lib.ui.widgets import task_bar
from tests.augment.test_planning import draw
from tests.pages.conftest import words

MINE = Consent(state="given", purposes=["train"])
PAGE = "make/augment.py"


@pytest.fixture
def drawn(project, tmp_path):
    collect.add_files(project, draw(tmp_path / "mine", 20), consent=MINE)
    return project


def button(page, label: str):
    """The button whose label has these words."""
    return next(one for one in page.button if label in one.label)


def answer(page, label: str):
    """Chooses an answer of a question."""
    return next(radio for radio in page.radio if label in radio.options).set_value(label).run()


def freeze(page, project, function=task_bar.BUILD):
    """Clicks Freeze, waits for the task, and draws the page anew."""
    button(page, "Freeze").click().run()
    [task, *_] = jobs.tasks(project, function)
    assert task.wait(timeout=120) == "finished", task.log()
    return page.run()


def reloaded(page, visit, project):
    assert not page.exception
    return visit(PAGE, project)


def test_freezing_asks_first_whether_they_may_be_mirrored(visit, drawn):
    page = visit(PAGE, drawn)
    assert next(radio for radio in page.radio if "mirrored" in radio.label).value is None
    assert button(page, "Freeze as tulips-64 v1").disabled
    assert "Answer the question about mirroring first" in words(page)
    page = answer(page, questions._NO)
    assert not button(page, "Freeze as tulips-64 v1").disabled and "mirroring first" not in words(page)


def test_the_questions_stand_before_the_freeze_and_what_freezing_is_before_its_button(visit, drawn):
    page = visit(PAGE, drawn)
    heads = [part.value for part in page.subheader]
    assert heads.index("May they be mirrored?") < heads.index("Do some differ from the rest?") < heads.index("Freeze")
    assert "a folder that never changes again, so that you always know what a model has learned from" in words(page)


def test_a_long_name_stands_whole_on_the_button(visit, drawn):
    augment.keep_plan(drawn, Plan(name="My class pictures of spring"))
    assert "Freeze as my-class-pictures-of-spring v1" in [one.label for one in visit(PAGE, drawn).button]


@pytest.mark.parametrize("said, steps", [(questions._YES, 3), (questions._NO, 2)])
def test_the_answer_is_in_the_recipe_and_survives_a_reload(visit, drawn, said, steps):
    page = reloaded(answer(visit(PAGE, drawn), said), visit, drawn)
    assert next(radio for radio in page.radio if "mirrored" in radio.label).value == said
    assert len(augment.read_plan(drawn).recipe.steps) == steps


def test_freezing_makes_one_version_after_the_other(visit, drawn):
    page = freeze(answer(visit(PAGE, drawn), questions._YES), drawn)
    assert "tulips-64 v1 is frozen" in words(page)
    assert drawn.dataset("tulips-64-v1").counts == {"train": 40, "test": 0}
    page = freeze(answer(page, questions._NO), drawn)
    assert "tulips-64 v2 is frozen" in words(page)
    assert [version.version for version in datasets.versions(drawn)] == [2, 1]
    assert "Freeze again as tulips-64 v3" in [one.label for one in page.button]


def test_a_changed_recipe_survives_a_reload(visit, drawn):
    page = visit(PAGE, drawn)
    page.select_slider[0].set_value(32).run()
    augment_recipe.add(drawn, "image", "Rotate")      # what the menu does; the menu itself is tested in Chromium
    page = reloaded(page, visit, drawn)
    assert page.select_slider[0].value == 32
    assert augment.read_plan(drawn).recipe == Recipe([CropSquare(), Resize(32), Rotate()])
    assert "Freeze as tulips-32 v1" in [one.label for one in page.button]


def test_steps_move_and_go(visit, drawn):
    page = visit(PAGE, drawn)
    page.button(key="Down.0").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([Resize(64), CropSquare()])
    assert "above Resize" in words(page)
    page.button(key="Remove.1").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([Resize(64)])
    assert "not square" in words(page)


def opened(page) -> list[int]:
    """The places of the steps that are open."""
    return [int(one.key.removeprefix("fold.")) for one in page.button if (one.key or "").startswith("fold.") and "arrow_down" in one.proto.icon]


SIX = Recipe([CropSquare(), Resize(64), augment.ConvertMode(), augment.Sharpen(), Rotate(), augment.Colour()])


def test_each_step_is_one_line_with_what_was_chosen_and_at_most_one_is_open(visit, drawn):
    augment.keep_plan(drawn, Plan(SIX))
    page = visit(PAGE, drawn)
    assert page.button(key="fold.1").label == "**2  Resize** · 64 px" and page.button(key="fold.4").label.startswith("**5  Turn a little** · by up to 10")
    assert opened(page) == []
    page.button(key="fold.1").click().run()
    assert opened(page) == [1]
    page.select_slider[0].set_value(32).run()               # the line tells it at once, and stays open
    assert page.button(key="fold.1").label == "**2  Resize** · 32 px" and opened(page) == [1]
    page.button(key="fold.4").click().run()
    assert opened(page) == [4]
    page.button(key="fold.4").click().run()
    assert opened(page) == [] and augment.read_plan(drawn).recipe == Recipe([CropSquare(), Resize(32), *SIX.steps[2:]])


@pytest.mark.parametrize("press, then", [
    ("Up.3", 2), ("Down.3", 4), ("Down.2", 2), ("Up.4", 4), ("Up.1", 3), ("Remove.5", 3), ("Remove.0", 2), ("Remove.3", None),
])  # fmt: skip
def test_the_step_that_is_open_stays_so_wherever_it_is_moved(visit, drawn, press, then):
    augment.keep_plan(drawn, Plan(SIX))
    page = visit(PAGE, drawn)
    page.button(key="fold.3").click().run()
    page.button(key=press).click().run()
    assert opened(page) == ([] if then is None else [then])
    assert then is None or "Sharpen" in page.button(key=f"fold.{then}").label


@pytest.mark.parametrize("name, at", [("Rotate", 2), ("CropFace", 0)])
def test_a_step_that_was_just_added_is_open_wherever_it_was_put(drawn, name, at):
    augment_recipe.add(drawn, "image", name)      # what the menu does
    assert type(augment.read_plan(drawn).recipe.steps[at]).__name__ == name and augment_recipe.opened() == at


def test_a_plan_that_was_changed_elsewhere_is_folded(visit, drawn):
    page = visit(PAGE, drawn)
    page.button(key="fold.0").click().run()
    augment.keep_plan(drawn, Plan(SIX))
    assert opened(page.run()) == []


def test_what_stands_in_a_step_is_kept_while_another_one_is_open(visit, drawn):
    page = visit(PAGE, drawn)
    page.button(key="fold.1").click().run()
    page.select_slider[0].set_value(128)            # both come with one press, as on a busy machine
    page.button(key="fold.0").click().run()
    assert opened(page) == [0] and augment.read_plan(drawn).size == 128 and page.select_slider[0].value == 128


@pytest.mark.parametrize("step, said", [
    (Resize(64), "64 px"), (CropSquare(), "centre"), (Rotate(), "by up to 10°, 1 copy"), (Mirror(), ""), (augment.Pad("white"), "white"),
    (augment.ConvertMode(), "Shades of grey"), (augment.Posterise(), "6"), (augment.STEPS["Mask"](), ""), (augment.STEPS["LowerCase"](), ""),
    (augment.STEPS["Resample"](), "44,100 Hz"), (augment.STEPS["Loudness"](), "-23 LUFS"), (augment.STEPS["SplitTakes"](), "at silences of 0.3 s"),
])  # fmt: skip
def test_a_line_says_in_a_few_words_what_was_chosen(step, said):
    assert augment_steps.summary(step) == said


def test_every_step_has_a_line_that_begins_with_its_name_and_says_it_once():
    for place, kind in enumerate(augment.STEPS.values()):
        words = augment_steps.line(place, kind())
        assert words.startswith(f"**{place + 1}  {kind.title}**") and words.count(kind.title) == 1


def test_a_step_that_was_taken_out_comes_back_until_something_else_is_changed(visit, drawn):
    page = visit(PAGE, drawn)
    page.button(key="Remove.0").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([Resize(64)]) and "was taken out" in words(page)
    page.button(key="augment.undo").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([CropSquare(), Resize(64)]) and "was taken out" not in words(page)
    page.select_slider[0].set_value(128)                    # chosen just before the press, and not lost with it
    page.button(key="Remove.0").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([Resize(128)])
    page.button(key="augment.undo").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([CropSquare(), Resize(128)])
    page.button(key="Remove.0").click().run()
    page.select_slider[0].set_value(32).run()
    assert "augment.undo" not in [button.key for button in page.button]


def test_what_another_tab_changed_is_not_written_over(visit, drawn):
    page = visit(PAGE, drawn)
    augment.keep_plan(drawn, Plan(Recipe([CropSquare(), Resize(16)])))
    page.run()
    assert page.select_slider[0].value == 16
    assert augment.read_plan(drawn).size == 16
    # A button that was drawn before the change does nothing: its second step may be another by now.
    augment.keep_plan(drawn, Plan(Recipe([Resize(128), CropSquare()])))
    page.button(key="Remove.1").click().run()
    assert augment.read_plan(drawn).recipe == Recipe([Resize(128), CropSquare()])


def test_what_is_typed_just_before_a_press_is_kept_though_no_look_has_come_to_it(visit, drawn, tmp_path):
    collect.add_files(drawn, draw(tmp_path / "wide", 1, size=(480, 32), first=50), consent=MINE)
    [odd] = augment.find_outliers(drawn)
    augment.keep_plan(drawn, Plan(Recipe([CropSquare(), Resize(64), augment.Pad("white")]), aside=(odd["item"],)))
    page = visit(PAGE, drawn)
    page.select_slider[0].set_value(32)                     # all of it comes with one press, as on a busy machine
    page.color_picker[0].set_value("#336699")
    next(one for one in page.text_input if "stay out" in one.label).set_value("a panorama")
    next(one for one in page.text_input if one.label == "Name").set_value("My Garden")
    next(radio for radio in page.radio if "mirrored" in radio.label).set_value(questions._NO)
    page.button(key="Remove.0").click().run()
    steps = [Resize(32), augment.Pad("#336699")]
    expected = Plan(Recipe(steps), mirrored=False, aside=(odd["item"],), reason="a panorama", name="My Garden")
    assert augment.read_plan(drawn) == expected


def test_a_size_that_comes_with_an_answer_changes_the_name_that_nobody_has_written(visit, drawn):
    page = visit(PAGE, drawn)
    page.select_slider[0].set_value(32)
    answer(page, questions._YES)
    assert augment.read_plan(drawn) == Plan(Recipe([CropSquare(), Resize(32), Mirror()]), mirrored=True)
    assert "Freeze as tulips-32 v1" in [one.label for one in page.button]


def test_the_colour_of_paper_is_picked_from_a_patch_and_a_name_stays_until_then(visit, drawn):
    augment.keep_plan(drawn, Plan(Recipe([augment.Pad("papayawhip"), Resize(64)])))
    page = visit(PAGE, drawn)
    assert page.color_picker[0].value == "#ffefd5" and augment.read_plan(drawn).recipe.steps[0].colour == "papayawhip"
    page.color_picker[0].set_value("#336699").run()
    assert augment.read_plan(drawn).recipe == Recipe([augment.Pad("#336699"), Resize(64)])


def test_a_name_of_ones_own_is_kept(visit, drawn):
    page = visit(PAGE, drawn)
    next(one for one in page.text_input if one.label == "Name").set_value("My Garden").run()
    page = reloaded(page, visit, drawn)
    assert "Freeze as my-garden v1" in [one.label for one in page.button]
    next(one for one in page.text_input if one.label == "Name").set_value("!!").run()
    assert "no letter in it" in words(page).replace("\\", "")


def test_an_odd_one_is_left_out_only_with_a_reason_which_stays_with_the_dataset(visit, drawn, tmp_path):
    collect.add_files(drawn, draw(tmp_path / "wide", 1, size=(480, 32), first=50), consent=MINE)
    [odd] = augment.find_outliers(drawn)
    page = answer(visit(PAGE, drawn), questions._NO)
    answer(page, questions._CHOOSE)
    augment.keep_plan(drawn, Plan(mirrored=False, aside=questions.toggled((), odd["item"])))
    page.run()
    button(page, "Freeze").click().run()
    assert "why do these pictures stay out" in words(page) and jobs.tasks(drawn) == []
    next(one for one in page.text_input if "stay out" in one.label).set_value("a panorama").run()
    freeze(page, drawn)
    assert drawn.dataset("tulips-64").left_out == [{"item": odd["item"], "number": 21, "reason": "set aside: a panorama"}]
    assert "1 stayed out: set aside" in words(page).replace("\\", "")


def test_keeping_all_takes_everything_back_in(visit, drawn, tmp_path):
    collect.add_files(drawn, draw(tmp_path / "wide", 1, size=(480, 32), first=50), consent=MINE)
    [odd] = augment.find_outliers(drawn)
    augment.keep_plan(drawn, Plan(mirrored=False, aside=(odd["item"],), reason="a panorama"))
    answer(visit(PAGE, drawn), questions._KEEP)
    assert augment.read_plan(drawn).aside == ()


def test_looking_for_odd_ones_is_a_task_that_a_reload_finds(visit, drawn):
    page = visit(PAGE, drawn)
    button(page, "Look for them").click().run()
    task = task_bar.newest(drawn, questions.FIND)
    assert task.wait(timeout=120) == "finished", task.log()
    assert "No picture stands far apart" in words(visit(PAGE, drawn))


def test_a_freeze_under_way_is_found_again_and_can_be_stopped(visit, drawn, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)     # it stays in the queue
    jobs.background(drawn, task_bar.BUILD, recipe=Plan().recipe.as_plain(), name="tulips-64", set_aside={})
    page = visit(PAGE, drawn)
    assert not any("Freeze" in one.label for one in page.button)
    button(page, "Stop").click().run()
    assert (task_bar.newest(drawn, task_bar.BUILD).path / "STOP").exists()


def test_a_failed_freeze_says_why(visit, drawn):
    arguments = {"recipe": Plan().recipe.as_plain(), "name": "tulips-64", "set_aside": {drawn.items()[0].id: ""}}
    assert jobs.background(drawn, task_bar.BUILD, **arguments).wait(timeout=120) == "failed"
    page = visit(PAGE, drawn)
    assert "without a reason" in words(page)
    assert "Freeze as tulips-64 v1" in [one.label for one in page.button]


def test_an_earlier_recipe_can_be_used_again(visit, drawn):
    augment.build(drawn, [augment.Pad(), Resize(32), Mirror()], "small")
    page = visit(PAGE, drawn)
    button(page, "Use this recipe").click().run()
    plan = augment.read_plan(drawn)
    assert plan.recipe == Recipe([augment.Pad(), Resize(32), Mirror()]) and plan.mirrored
    assert page.select_slider[0].value == 32


def test_without_pictures_it_leads_to_collect(visit, project, tmp_path):
    assert "There are none yet" in words(visit(PAGE, project))
    collect.add_files(project, draw(tmp_path / "undecided", 2))
    page = visit(PAGE, project)
    assert "none may be used for training: nobody has been asked" in words(page)
    assert not any("Freeze" in one.label for one in page.button)


def test_where_everything_is_set_aside_it_can_be_taken_back(visit, drawn):
    augment.keep_plan(drawn, Plan(aside=tuple(item.id for item in drawn.items()), reason="torn"))
    page = visit(PAGE, drawn)
    assert "All pictures that may be used are set aside" in words(page)
    button(page, "Take them back in").click().run()
    assert augment.read_plan(drawn).aside == () and "20 datapoints" in words(page)


def test_who_stays_out_is_counted_with_the_reason(visit, drawn, tmp_path):
    collect.add_files(drawn, draw(tmp_path / "undecided", 3, first=50))
    assert "3 stay out: nobody has been asked" in words(visit(PAGE, drawn))


def test_the_count_is_one_sentence():
    prospect = augment.Prospect(("a",) * 229, ("a",) * 229, 418, 20, {"nobody has been asked": 3})
    assert augment_freeze.makes(prospect, 2) == (
        "Makes **438 pictures** from 229 of yours, 2 of each to learn from; 20 are held back for testing; "
        "3 stay out: nobody has been asked."
    )


def test_each_variant_stands_below_the_picture_that_it_came_from(drawn):
    plan = Plan(Recipe([CropSquare(), Resize(32), Mirror(), Rotate(copies=2)]))
    chosen = preview.some(drawn, augment.foresee(drawn, plan.recipe))
    shown = preview.rows(drawn, chosen, [augment.preview(drawn, item, plan.recipe) for item in chosen])
    assert [row.name for row in shown][:4] == ["as it is", "prepared", "mirrored", "turned"]
    assert len({row.name for row in shown}) == 7
    for row in shown:
        assert [picture.id.split()[0] for picture in row.pictures] == [item.id for item in chosen]
        assert all(picture.alt and picture.source for picture in row.pictures)


def test_a_shuffle_shows_others_and_never_what_is_set_aside(drawn):
    everyone = augment.foresee(drawn, Recipe())
    seen = [{item.id for item in preview.some(drawn, everyone, look)} for look in range(4)]
    assert all(len(four) == 4 for four in seen) and seen[0] != seen[1]
    few = augment.foresee(drawn, Recipe(), aside=everyone.items[:17])
    assert {item.id for item in preview.some(drawn, few, 1)} == set(few.items)


@pytest.mark.parametrize(
    "name, said",
    [("", "prepared"), ("mirror", "mirrored"), ("turn1", "turned"), ("mirror-turn2", "mirrored, turned 2"),
     ("2turn1", "turned 2.1"), ("colour1", "other light")],
)  # fmt: skip
def test_a_variant_has_a_name_in_words(name, said):
    assert preview.words_of(name) == said


def test_where_a_step_cuts_pieces_no_number_of_files_is_promised():
    prospect = augment.Prospect(("a",) * 60, ("a",) * 60, 160, 20, {})
    assert augment_freeze.cuts(Recipe([augment.SplitText()])) and not augment_freeze.cuts(Recipe([CropSquare(), Mirror()]))
    assert augment_freeze.makes(prospect, 4, "sound", in_pieces=True) == (
        "Makes pieces of **60 sounds** of yours; how many there will be is known when they are cut, 4 of each piece to learn from; "
        "the pieces of 20 are held back for testing."
    )


def test_a_version_that_somebody_has_left_says_so_and_leads_to_one_without_and_not_to_training(visit, drawn, monkeypatch):
    plan = Plan(Recipe([Resize(16)]), mirrored=False, name="small")
    augment.keep_plan(drawn, plan)
    augment.build(drawn, Resize(16), "small")
    monkeypatch.setattr(augment_freeze, "just_made", lambda order, task, versions: versions[0])
    page = visit(PAGE, drawn)
    leads = lambda: [one for one in page.get("page_link") if one.proto.label == "Train on it"]
    assert "datapoints may not" not in words(page) and "made from" not in words(page) and len(leads()) == 1
    drawn.set_consent([drawn.items()[0].id], Consent(state="withdrawn"))
    page = visit(PAGE, drawn)
    said = "**1 of its 20 datapoints may not be trained on today**: consent was withdrawn."
    assert f"small v1 is frozen. {said} Freeze again" in words(page) and f"{said}  \nThe next version leaves it out" in words(page)
    assert not leads() and not any("Train on" in one.label for one in page.button)
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)     # it stays in the queue
    button(page, "Freeze again without it").click().run()
    task = task_bar.newest(drawn, task_bar.BUILD)
    assert task.state == "queued" and task.request["arguments"]["name"] == "small"
    task.set_status(state="stopped")
    augment.build(drawn, Resize(16), "small")
    page = visit(PAGE, drawn)
    assert len(drawn.dataset("small-v2")) == 19 and len(leads()) == 1
    assert "There is a newer version of it." in words(page) and not any("without it" in one.label for one in page.button)


def test_a_version_tells_its_story(drawn):
    augment.build(drawn, [CropSquare(), Resize(32)], "small", set_aside={drawn.items()[0].id: "torn"})
    told = " ".join(augment_versions.story(datasets.versions(drawn)[0])).replace("\\", "")
    assert "20 pictures to learn from, made from 10 datapoints" in " ".join(augment_versions.story(replace(datasets.versions(drawn)[0], train=20), 10))
    assert "19 pictures to learn from" in told and "32 × 32 px" in told and "1 stayed out: set aside: torn" in told


def test_the_bar_says_how_long_it_still_takes():
    status = {"state": "running", "step": 40, "total": 200, "seconds_left": 3.2}
    assert task_bar.how_far(status, "Freezing") == (0.2, "Freezing: 40 of 200, 3 s left.")
    assert task_bar.how_far({"state": "queued"}, "Freezing") == (0.0, "Freezing: getting ready.")
    of_bytes = lambda step, total: task_bar.how_far({"state": "running", "step": step, "total": total}, "Fetching", in_bytes=True)[1]
    assert of_bytes(1_260_000_000, 2_100_000_000) == "Fetching: 1.26 of 2.10 GB." and of_bytes(300_000, 1_200_000) == "Fetching: 0.3 of 1.2 MB."


def test_the_menu_holds_every_step_in_its_group_with_a_sentence_a_library_and_a_picture():
    groups = menu.groups("image")
    assert [group["name"] for group in groups] == ["Shape and size", "Light and colour", "Drawing", "People", "Background", "Variants"]
    shown = [step for group in groups for step in group["steps"]]
    there = [name for name, step in augment.STEPS.items() if step.kind == "image" and name != "Mirror"]
    assert sorted(step["id"] for step in shown) == sorted(there)
    assert all(step["title"] and step["says"].endswith(".") and step["library"] and step["picture"] for step in shown)
    assert sum(path.stat().st_size for path in (addresses.ASSETS / "steps").glob("*.webp")) < 400_000


def test_a_step_is_added_where_it_belongs(drawn):
    for name in ("Mask", "Mirror", "Rotate", "CropFace", "NoSuchStep"):
        augment_recipe.add(drawn, "image", name)
    names = [type(step).__name__ for step in augment.read_plan(drawn).recipe.steps]
    assert names.index("Mask") < names.index("CropSquare") < names.index("Rotate")      # marks are of the picture as it was collected
    assert names.index("CropFace") < names.index("Resize") and len(names) == 6


def test_a_recipe_is_shown_as_a_picture_of_its_steps(drawn):
    item = drawn.items()[0]
    cells, waits = strip.cells(drawn, item, Recipe([CropSquare(), Resize(16), Mirror()]))
    assert not waits and [cell["label"] for cell in cells] == ["number 1", "Square crop, centre", "Resize to 16 px", "Mirror"]
    assert all(cell["source"] and cell["alt"] for cell in cells)
    assert len({cell["source"] for cell in cells[1:]}) == 3         # each step makes another picture of it


def test_a_picture_that_waits_or_stays_out_says_so_in_its_place(drawn):
    items = drawn.items()[:3]
    after = [augment.preview(drawn, items[0], Recipe([CropSquare()])), augment.Preview(waiting=True), augment.Preview(left_out="no face found")]
    before, prepared = preview.rows(drawn, items, after)
    assert before.pictures[2].dim and before.pictures[2].label == "no face found" and not before.pictures[0].dim
    assert [picture.alt for picture in prepared.pictures[1:]] == ["Number 2 is being drawn", "Number 3 stays out: no face found"]


def test_recipes_are_saved_renamed_deleted_and_brought_back_on_the_page(visit, drawn):
    page = visit(PAGE, drawn)
    field = next(one for one in page.text_input if one.label == "Save the recipe above as")
    field.set_value("Soft squares")
    page.button(key="recipes.save").click().run()
    assert "“Soft squares” is saved" in words(page) and augment.saved_recipe(drawn, "Soft squares").recipe == Plan().recipe
    page.text_input(key="to.soft-squares.json").set_value("Softer").run()
    page.button(key="rename.soft-squares.json").click().run()
    page.button(key="delete.softer.json").click().run()
    assert augment.saved_recipes(drawn) == [] and "“Softer” is deleted" in words(page)
    page.button(key="recipes.undo").click().run()
    assert [made.name for made in augment.saved_recipes(drawn)] == ["Softer"]


def test_an_imported_recipe_takes_a_free_name_and_is_not_taken_twice(drawn):
    theirs = augment.import_recipe(augment.export_recipe(Recipe([Resize(16)]), "Soft"))
    augment.save_recipe(drawn, "Soft", Recipe([Resize(32)]))
    assert recipes._keep_under_free_name(drawn, theirs).name == "Soft 2"
    assert recipes._keep_under_free_name(drawn, theirs).name == "Soft 2"
    assert len(augment.saved_recipes(drawn)) == 2


def test_what_came_since_is_counted_and_makes_the_next_version_which_is_compared(visit, drawn, tmp_path):
    augment.build(drawn, [CropSquare(), Resize(32)], "small")
    collect.add_files(drawn, draw(tmp_path / "more", 2, first=60), consent=MINE)
    page = visit(PAGE, drawn)
    assert "2 datapoints have come" in words(page)
    button(page, "Freeze the next version with this recipe").click().run()
    assert task_bar.newest(drawn, task_bar.BUILD).wait(timeout=120) == "finished"
    page = visit(PAGE, drawn, changed="small-v2")
    assert "2 came; 20 are as they were" in words(page) and "datapoints have come" not in words(page)
    newest, first = datasets.versions(drawn)
    shown = compare.thumbnails(drawn, augment.compare(drawn, first, newest).came, newest)
    assert [picture.alt for picture in shown] == ["Number 21", "Number 22"] and all(picture.source for picture in shown)


def test_what_changed_goes_from_the_older_to_the_newer_whichever_is_opened(visit, drawn, tmp_path):
    augment.build(drawn, [CropSquare(), Resize(16)], "small")
    collect.add_files(drawn, draw(tmp_path / "more", 1, first=60), consent=MINE)
    augment.build(drawn, [CropSquare(), Resize(16)], "small")
    said = words(visit(PAGE, drawn, changed="small-v1"))
    assert "From **small v1** to **small v2**" in said and "1 came; 20 are as they were" in said
    [backwards] = augment.compare(drawn, "small-v2", "small-v1").went
    assert backwards.why == "not there yet"


def test_pictures_that_are_still_arriving_are_told_beside_the_freeze(visit, drawn, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)     # it stays in the queue
    task = jobs.background(drawn, "collect.add_inbox", inbox="none")
    task.set_status(state="queued", step=3, total=15)
    assert "12 more are coming in" in words(visit(PAGE, drawn))
    task.set_status(state="finished")
    assert "coming in" not in words(visit(PAGE, drawn))


def test_who_was_excluded_by_hand_is_counted_together():
    out = {"excluded by hand": 1, "excluded by hand: a mistake": 1, "consent was refused": 2}
    assert augment_freeze.out_in_words(out).replace("\\", "") == "2 left out by hand (1: a mistake), 2: consent was refused"
    assert augment_freeze.out_in_words({"excluded by hand: a mistake": 2}).replace("\\", "") == "left out by hand (a mistake)"


def test_the_number_is_the_most_that_it_can_be_where_some_are_known_to_stay_out(drawn, monkeypatch):
    plan = Plan(Recipe([augment.CropFace(), Resize(64)]), False)
    prospect = augment.foresee(drawn, plan.recipe)
    monkeypatch.setattr(augment, "preview_sheet", lambda *_, **__: augment.Sheet(b"", 0, False, 8, {"no face found": 8}, 11))
    known = augment_freeze.stays_out(drawn, plan, prospect)
    assert known == "8 of the first 11 stay out: no face found"
    assert augment_freeze.makes(prospect, 1, known=known).startswith("Makes at most **20 pictures** from 20 of yours; 8 of")
    assert augment_freeze.stays_out(drawn, Plan(), prospect) == ""


def test_a_recipe_is_followed_by_ones_own_picture_or_by_ours_and_never_by_both(drawn):
    [item, *_] = drawn.items()
    heavy = Recipe([CropSquare(), augment.RemoveBackground(), Resize(16)])
    ours, _ = strip.cells(drawn, None, heavy)
    assert len(ours) == 3 and all(cell["drawn"] for cell in ours)
    own, _ = strip.cells(drawn, item, Recipe([CropSquare(), augment.Mask(), Resize(16)]))     # cannot be drawn in this order
    assert len(own) == 4 and not any(cell.get("drawn") for cell in own)


def test_what_no_model_learns_from_yet_is_frozen_and_waits(visit, drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "MODELS", {"gan": "lib.models.gan"})
    for number in range(2):
        (tmp_path / f"poem{number}.txt").write_text(f"A poem about tulips {number}.")
    collect.add_files(drawn, sorted(tmp_path.glob("poem*.txt")), consent=MINE)
    page = visit(PAGE, drawn, make="texts")
    assert "No model here learns from texts yet; the dataset waits for one." in words(page)
    page = freeze(page, drawn)
    assert "tulips-texts v1 is frozen" in words(page) and not any("Train on" in one.label for one in page.button)
    made = drawn.dataset("tulips-texts-v1")
    page = visit("train/train.py", drawn, dataset=made.path.name)
    assert "No model here learns from texts yet" in words(page) and not page.button
    pictures = augment.build(drawn, [CropSquare(), Resize(16)], "small")
    page = visit("train/train.py", drawn, dataset=made.path.name)
    assert "No model here learns from texts yet" in words(page) and pictures.path.name in page.selectbox[0].value


def test_what_is_made_is_remembered_where_the_way_back_forgets_it(visit, drawn):
    page = visit(PAGE, drawn, make="pairs")
    page.query_params.pop("make")
    assert "From what to what" in [one.value for one in page.run().header]
    assert page.query_params["make"] in ("pairs", ["pairs"])


def test_pairs_are_chosen_kept_and_frozen(visit, drawn):
    page = visit(PAGE, drawn, make="pairs")
    way = next(box for box in page.selectbox if "pairs come about" in box.label)
    page = way.set_value("Left half → right half").run()
    assert isinstance(pairs.source(drawn), augment.LeftHalf)
    page = freeze(answer(page, questions._NO), drawn, task_bar.BUILD_PAIRS)
    assert "tulips-pairs-64 v1 is frozen" in words(page)
    made = drawn.dataset("tulips-pairs-64")
    assert made.kind == "pairs" and made.counts["train"] == 20
    assert "20 pairs to learn from" in words(visit(PAGE, drawn, make="pairs")) and "20 pairs" not in words(visit(PAGE, drawn))


def test_every_way_to_a_pair_can_be_kept_and_is_found_again(drawn):
    for way in pairs.ways():
        step = pairs.first_of(way)
        pairs._keep(drawn, step)
        assert pairs.source(drawn) == step
    assert {"Edges", "LineDrawing", "Pose", "Mask", "Blur", "LeftHalf", "Matched"} <= {way.step for way in pairs.ways()}


def test_a_file_of_a_dataset_is_served_and_nothing_beside_it(drawn):
    augment.build(drawn, [Resize(16)], "small")
    assert routes.prepared(drawn, "small-v1", "train", "000001.png").status_code == 200
    for split, file in (("train", "../dataset.json"), ("train", "metadata.jsonl"), ("..", "../project.db"), ("test", "../train/000001.png")):
        assert routes.prepared(drawn, "small-v1", split, file).status_code == 404


def test_each_kind_keeps_a_plan_of_its_own(drawn):
    augment.keep_plan(drawn, Plan(Recipe([Resize(32)]), True, name="mine"))
    augment.keep_plan(drawn, augment.first_plan("text"))
    assert augment.read_plan(drawn).name == "mine" and augment.read_plan(drawn, "text").kind == "text"
    augment.keep_plan(drawn, Plan(Recipe([Resize(16)])))
    assert augment.read_plan(drawn, "text") == augment.first_plan("text")


def test_steps_in_an_order_that_cannot_be_are_said_once_and_the_page_stands(visit, drawn):
    recipe = Recipe([CropSquare(), augment.Mask(), Resize(16)])
    augment.keep_plan(drawn, Plan(recipe, False))
    augment.save_recipe(drawn, "Late", recipe)
    page = visit(PAGE, drawn)
    assert sum("belongs to the picture as it was collected" in one.value for one in page.error) == 1
    augment_recipe.add(drawn, "image", "Mask")
    assert [type(step).__name__ for step in augment.read_plan(drawn).recipe.steps][0] == "Mask"
