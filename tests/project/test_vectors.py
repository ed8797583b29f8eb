"""Vectors of all items: one that cannot be read ends nothing, and what was worked out by then is kept."""

from __future__ import annotations

import pytest

from lib import collect, label
from lib.errors import UserError
from lib.project import Consent, vectors
from tests.project.test_datasets import draw_digits

MINE = Consent(state="given", purposes=["train"])


@pytest.fixture
def digits(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 6), consent=MINE)
    return project


def lose(item):
    content = item.path.read_bytes()
    item.path.unlink()
    return content


def test_one_that_cannot_be_read_is_passed_over_and_named(digits):
    third = digits.items()[2]
    content = lose(third)
    assert third.id not in vectors.vectors(digits).ids and len(vectors.vectors(digits)) == 5
    why = "Number 3 cannot be looked at. digit2.png is not there."
    assert vectors.passed_over(digits) == {third.id: why}
    assert label.look_at_all(digits)["count"] == 5
    found = label.seen(digits)
    assert found["is_current"] and found["passed_over"] == {third.id: why}
    third.path.write_bytes(content)
    assert len(vectors.vectors(digits)) == 6 and vectors.passed_over(digits) == {}
    assert label.look_at_all(digits)["count"] == 6 and label.seen(digits)["passed_over"] == {}


def test_texts_and_sounds_that_are_gone_are_passed_over_too(project, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"a text called {name}")
    collect.add_files(project, sorted(tmp_path.glob("*.txt")), consent=MINE)
    first, second = project.items()
    lose(first)
    assert vectors.vectors(project, "text").ids == (second.id,)
    assert vectors.passed_over(project, "text")[first.id].startswith("Number 1 cannot be read. No such file")


def test_if_none_can_be_read_it_is_said(digits):
    for item in digits.items():
        lose(item)
    with pytest.raises(UserError, match="Number 1 cannot be looked at"):
        vectors.vectors(digits)


def test_what_was_worked_out_is_kept_whatever_ends_it(digits):
    def pull_the_plug(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vectors.vectors(digits, progress=pull_the_plug)
    told = []
    assert len(vectors.vectors(digits, progress=lambda *at: told.append(at))) == 6 and told == [(1, 2), (2, 2)]
