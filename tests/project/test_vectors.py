"""Vectors of all items: one that cannot be read ends nothing, and what was worked out by then is kept."""

from __future__ import annotations

import pytest

from lib import collect, label
from lib.errors import UserError
from lib.media import eyes, likeness
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


def files_of(project):
    return sorted(path.name for path in (project.path / "cache" / "likeness").iterdir())


def test_other_eyes_see_all_anew_and_what_the_earlier_saw_is_deleted(digits, monkeypatch):
    with monkeypatch.context() as without:
        without.setattr(eyes, "are_here", lambda: False)
        rows = vectors.vectors(digits)
        assert rows.seen_by == likeness.COUNTED and rows.features.shape == (6, likeness.PICTURE_LENGTH)
        assert files_of(digits) == ["image-1.npz"]
        label.look_at_all(digits)
        assert label.seen(digits)["same_eyes"]
    found = label.seen(digits)
    assert found["is_current"] and not found["same_eyes"] and found["seen_by"] == likeness.COUNTED
    told = []
    rows = vectors.vectors(digits, progress=lambda *at: told.append(at))
    assert rows.seen_by == likeness.BOTH and rows.features.shape == (6, eyes.LENGTH + likeness.PICTURE_LENGTH) and len(told) == 6
    assert files_of(digits) == [f"image-1-{likeness.BOTH}.npz"]
    label.look_at_all(digits)
    assert label.seen(digits)["same_eyes"] and label.seen(digits)["seen_by"] == likeness.BOTH


def test_vectors_are_kept_small_and_a_deletion_reaches_those_of_all_eyes(digits, monkeypatch):
    vectors.vectors(digits)
    [kept] = (digits.path / "cache" / "likeness").iterdir()
    assert kept.stat().st_size < 6 * 2 * (eyes.LENGTH + likeness.PICTURE_LENGTH + 200)
    kept.with_name("image-1.npz").write_bytes(kept.read_bytes())
    gone = digits.items()[0]
    assert len(vectors.touched(digits, [gone])) == 2
    collect.remove(digits, gone)
    collect.delete_removed(digits, confirm=True)
    assert files_of(digits) == [] and len(vectors.vectors(digits)) == 5


def test_pictures_are_looked_at_a_few_at_a_time_and_a_stop_keeps_them(project, tmp_path):
    collect.add_files(project, draw_digits(tmp_path / "digits", 2 * eyes.TOGETHER + 1), consent=MINE)
    told = []
    assert vectors.vectors(project, progress=lambda *at: told.append(at), should_stop=lambda: len(told) >= 5) is None
    assert told == [(at, 2 * eyes.TOGETHER + 1) for at in range(1, eyes.TOGETHER + 1)]
    assert len(vectors.vectors(project, progress=lambda *at: told.append(at))) == 2 * eyes.TOGETHER + 1
    assert len(told) == 2 * eyes.TOGETHER + 1
