"""Memory check: what a model wrote is held against what it learned from, with line and maker; a no silences it."""

from __future__ import annotations

import pytest

from lib import generate, ledger
from lib.errors import UserError
from lib.project import outputs
from lib.ui.generate import remembered as page


def test_a_copied_passage_is_marked_with_its_line_and_maker(written):
    project, _, save = written
    told = generate.remembered(project, save("So I said: The fox came to the gate at night\nand looked at me for as long as I liked."))
    [passage] = told.wording.passages
    assert 0 < told.wording.share < 1 and told.text[passage.start : passage.end].strip().startswith("The fox came")
    [origin] = told.origins
    assert (origin.line, origin.credit) == (2, "Mila") and origin.number == next(item.number for item in project.items() if item.id == origin.item)
    assert "stands word for word in what it learned from: line 2 of number 2, by Mila" in page.in_words(told)
    assert page.marked(told).count(":orange-background[") == 2 and "So I said" in page.marked(told).split(":orange")[0], "over a line break, both lines are marked"


def test_a_text_of_its_own_says_the_longest_that_it_shares(written):
    project, _, save = written
    told = generate.remembered(project, save("In May nobody else was there, as far as anybody who was awake that morning can tell."))
    assert told.wording.share == 0 and ":orange-background" not in page.marked(told)
    assert page.in_words(told).startswith("Its own") and "“nobody else was there”" in page.in_words(told) and "line 2 of number 1, by Ruth" in page.in_words(told)


def test_a_short_one_that_stands_there_and_lines_that_stand_there(written):
    project, _, save = written
    assert page.in_words(generate.remembered(project, save("A first line."))).startswith("By heart: all of it stands so in what it learned from: line 1 of number 2, by Mila")
    told = page.in_words(generate.remembered(project, save("A first line.\nIt rained on the day\nmoon moon moon moon moon moon moon moon moon")))
    assert "2 of its 3 lines are lines of there as they stand" in told


def test_once_somebody_says_no_nothing_of_it_is_shown(written):
    project, people, save = written
    output = save("So I said: The fox came to the gate at night and looked at me for as long as I liked.")
    assert generate.remembered(project, output)
    ledger.withdraw(project, person=people["Mila"].id, confirm=True)
    with pytest.raises(UserError):
        generate.remembered(project, output)


def test_what_is_no_text_and_what_learned_from_none_is_not_asked(written, tmp_path):
    project, _, save = written
    output = save("words")
    story = output.path.with_suffix(".json")
    story.write_text(story.read_text(encoding="utf-8").replace(output.provenance()["run"], ""), encoding="utf-8")
    assert generate.remembered(project, outputs.Output(output.path)) is None
