"""The numbers of a run as curves over its steps, drawn by a small component of our own (no plotting library is loaded).

Read `draw`. Which numbers, and what to see in them, stands in the folder of the model.
"""

from __future__ import annotations

import streamlit as st

from lib import train
from lib.models import Curve
from lib.project.runs import Run
from lib.train import numbers
from lib.ui.widgets.component import component, packed


def draw(run: Run) -> None:
    points = numbers.curves(run)
    shown = [plot for curve in train.curves(run) if (plot := plot_of(curve, points))]
    if not shown:
        st.markdown("There is nothing to draw yet: the numbers come every few steps.")
        return
    st.markdown(":small[Each line is smoothed a little. Point at it, or use the arrow keys in it, to read its values.]")
    component(__file__, "curves", html='<div class="plots"></div>')(key=f"curves.{run.id}", data=packed({"plots": shown}))


def plot_of(curve: Curve, points: list[dict]) -> dict | None:
    """What the component draws: each line as [step, value] pairs; None where not even two points are there."""
    lines = [
        {"label": label, "points": smooth([[round(point["step"], 1), point[name]] for point in points if name in point])}
        for name, label in curve.lines.items()
    ]
    lines = [line for line in lines if len(line["points"]) > 1]
    name, called = curve.mark
    marked = next((point[name] for point in reversed(points) if name in point), None) if name else None
    mark = {"step": marked, "label": called} if marked is not None else None
    return {"title": curve.title, "axis": curve.axis, "hint": curve.hint, "lines": lines, "mark": mark} if lines else None


def smooth(points: list[list[float]]) -> list[list[float]]:
    """Each value becomes the mean of those around it, a fortieth of the way to each side: losses jump from step to step."""
    reach = len(points) // 40
    values = [value for _, value in points]
    around = [values[max(0, place - reach) : place + reach + 1] for place in range(len(values))]
    return [[step, round(sum(near) / len(near), 5)] for (step, _), near in zip(points, around, strict=True)]
