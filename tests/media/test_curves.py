"""Curves drawn by hand: their values over time, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from lib.errors import UserError
from lib.media.curves import Axis, Curves, axes_of, checked, plain_axes

AXES = (Axis("pitch", "Pitch", 55, 880, unit="Hz", log=True, gaps=True), Axis("loudness", "Loudness", -60, 0, unit="dB", first=-12))


def drawn(**lines) -> Curves:
    return checked(AXES, {"seconds": 2.0, "lines": lines})


def test_between_two_points_a_curve_is_straight_and_at_its_ends_it_stays_as_it_is():
    pitch = drawn(pitch=[[0.5, 220], [1.5, 440]]).at("pitch", [0, 0.5, 1.0, 1.5, 1.9])
    assert np.allclose(pitch, [220, 220, 330, 440, 440]) and pitch.dtype == np.float32


def test_where_nothing_is_drawn_it_is_no_number():
    curves = drawn(pitch=[[0, None], [0.5, 220], [1.0, 330], [1.0, None], [1.5, 110]])
    pitch = curves.at("pitch", [0.2, 0.5, 0.75, 1.0, 1.2, 1.5, 1.9])
    assert np.array_equal(np.isnan(pitch), [True, False, False, True, True, False, False]) and np.allclose(pitch[[1, 2, 5, 6]], [220, 275, 110, 110])
    assert np.isnan(drawn().at("pitch", [0.0, 1.0])).all()


def test_a_stroke_that_ends_between_two_points_is_level_until_there():
    assert np.allclose(drawn(pitch=[[0, 220], [1, None]]).at("pitch", [0, 0.5, 0.99]), 220)


def test_a_curve_that_nobody_drew_lies_where_its_axis_says():
    assert np.allclose(drawn().at("loudness", [0, 1, 2]), -12) and "pitch" not in drawn().lines


def test_curves_go_through_plain_numbers_and_come_back():
    curves = drawn(pitch=[[0.0, None], [0.5, 220]])
    assert Curves.from_plain(curves.as_plain()) == curves and checked(AXES, curves) == curves
    assert axes_of({"axes": plain_axes(AXES)}) == AXES


@pytest.mark.parametrize(
    "given, what",
    [
        ({"seconds": 2, "lines": {"pitsch": [[0, 220]]}}, "no curve called 'pitsch'"),
        ({"seconds": 2, "lines": {"pitch": [[0, 20]]}}, "Pitch cannot be 20"),
        ({"seconds": 2, "lines": {"loudness": [[0, None]]}}, "Loudness cannot be None"),
        ({"seconds": 2, "lines": {"pitch": [[1, 220], [0.5, 220]]}}, "out of order"),
        ({"seconds": 2, "lines": {"pitch": [[0, 220], [3, 220]]}}, "out of order"),
        ({"seconds": 2, "lines": {"pitch": [[0, 220]] * 5000}}, "too many points"),
        ({"seconds": 2, "lines": {"pitch": [220]}}, "is no point"),
        ({"seconds": 2, "lines": {"pitch": 220}}, "no points"),
        ({"seconds": 2, "lines": {"pitch": [[0, float("nan")]]}}, "cannot be nan"),
        ({"seconds": 0, "lines": {}}, "seconds long"),
        ({"lines": {}}, "no curves"),
        ("a line", "no curves"),
    ],
)
def test_what_will_not_do_is_refused_in_words(given, what):
    with pytest.raises(UserError) as refused:
        checked(AXES, given)
    assert what in refused.value.what and refused.value.fix
