"""Covers what a page asks of the record when it is looked at again and nobody has written anything: nothing. A class
of thirty looks at the same project, and each of its looks was once twenty questions."""

from __future__ import annotations

import importlib

import pytest
import sqlalchemy as sa
from PIL import Image

from lib import augment, collect
from lib.project import Consent

PAGES = ["make/collect.py", "make/label.py", "make/augment.py", "train/train.py", "train/runs.py", "play/generate.py"]


@pytest.fixture
def full(project, tmp_path):
    for number in range(12):
        Image.new("RGB", (80 + number, 60), (20 * number, 90, 120)).save(tmp_path / f"{number}.png")
    collect.add_files(project, sorted(tmp_path.glob("*.png")), Consent(state="given", purposes=["train"], person="Ana"))
    augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(32)]), name="squares")
    return project


@pytest.fixture
def asked():
    statements: list[str] = []
    note = lambda connection, cursor, statement, *rest: statements.append(statement)
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("file", PAGES)
def test_a_page_that_is_looked_at_again_asks_the_record_nothing(visit, full, asked, file):
    page = visit(file, full)
    page.run()
    assert asked
    asked.clear()
    page.run()
    assert not page.exception and asked == []


def test_what_everybody_allows_is_worked_out_once_until_somebody_says_something(visit, full, monkeypatch):
    made: list = []
    check = importlib.import_module("lib.project.consent.check")
    as_it_is = check.Survey

    def counted(connection):
        made.append(connection)
        return as_it_is(connection)

    page = visit("make/augment.py", full)
    monkeypatch.setattr(check, "Survey", counted)
    page.run()
    assert made == []
    full.set_consent([full.items()[0].id], Consent(state="refused"))
    page.run()
    assert len(made) == 1
