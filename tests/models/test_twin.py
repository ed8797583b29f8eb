"""The twin beside the fast one: every row of both agrees, each knows the line that made it, and a step of learning is the same."""

from __future__ import annotations

import shutil

import pytest

from lib.errors import UserError
from lib.models.microgpt import by_hand, inside, twin
from lib.project.runs import INSIDE, INSIDE_FACTS, LIVE, RESULT
from tests.models.test_microgpt import rain  # noqa: F401 - a fixture


@pytest.fixture
def laid_out(train, rain):  # noqa: F811
    """laid_out(**settings): the folder of a run of so many layers, as its trainer left it."""

    def learn(**settings):
        run = train("microgpt", rain, **{"steps": 5, "width": 8, "heads": 2, "context": 8, **settings})
        (run.path / LIVE).mkdir(exist_ok=True)
        shutil.copy(run.path / RESULT / "model.safetensors", run.path / LIVE / INSIDE)
        shutil.copy(run.path / RESULT / "model.json", run.path / LIVE / INSIDE_FACTS)
        return run.path

    return learn


def test_each_row_of_both_agrees_and_names_the_line_that_made_it(laid_out):
    model = twin.load(laid_out(layers=2))
    told = twin.read(model, "it rains and")         # longer than it sees: its page was turned
    assert len(told["tokens"]) <= 8 and told["seconds"]["twin"] > told["seconds"]["fast"] > 0
    for row in told["rows"]:
        assert row["twin"] == pytest.approx(row["fast"], abs=1e-5), row["name"]
        name = {"row_after_looking": "row", "row_after_thinking": "row", "level_to_think": "level"}.get(row["name"], row["name"])
        line = told["source"]["lines"][row["line"] - told["source"]["first"]]
        assert name in line.partition("=")[0] and "=" in line
    names = [(row["name"], row["layer"], row["head"]) for row in told["rows"]]
    assert len(set(names)) == len(names) == 4 + 2 * (12 + 2 * 2) + 2
    assert [len(layer["offers"]) for layer in told["before"]] == [len(told["tokens"])] * 2
    assert sum(told["rows"][-1]["twin"]) == pytest.approx(1)


def test_a_step_of_learning_is_the_same_by_hand(laid_out):
    model = twin.load(laid_out(layers=1))
    told = twin.learn(model, "rain")
    assert len(told["letters"]) == 5 and 0 < told["moved"] < told["numbers"]
    for both in (*told["letters"], *told["losses"]):
        assert both["twin"] == pytest.approx(both["fast"], abs=1e-9)
    assert told["losses"][-1]["twin"] < told["losses"][0]["twin"]
    for step in (step for weight in told["weights"] for step in weight["steps"]):
        assert step["slope"] == pytest.approx(step["fast_slope"], abs=1e-9) and step["after"] == pytest.approx(step["fast_after"], abs=1e-9)
    first = told["weights"][0]["steps"][0]
    assert abs(first["after"] - first["before"]) == pytest.approx(0.01, rel=1e-3) and (first["after"] - first["before"]) * first["slope"] < 0


def test_nothing_that_it_knows_is_nothing_to_learn(laid_out):
    with pytest.raises(UserError, match="nothing to learn"):
        twin.learn(twin.load(laid_out()), "ßß")


def test_a_larger_one_says_why_it_is_not_computed_by_hand(laid_out):
    folder = laid_out(width=64, context=64, layers=1)
    assert "numbers and sees 64 letters at a time" in inside.twin_refusal(folder)
    with pytest.raises(UserError, match="too large"):
        twin.load(folder)


def test_what_is_followed_is_left_as_it_was(laid_out):
    import sys

    model, before = twin.load(laid_out()), sys.gettrace()
    twin.read(model, "rain")
    assert sys.gettrace() is before and by_hand.guess.__code__.co_name == "guess"
