"""How a project grew over the days, as a drawn line, and when it would reach its goal. Read `growth`."""

from __future__ import annotations

import datetime

import streamlit as st

from lib import collect
from lib.collect import journal, slip_values
from lib.collect.journal import Entry, Pace
from lib.project import Project
from lib.ui.widgets import show
from lib.ui.widgets.component import component, packed

_MOST_POINTS = 400  # of the line; a screen has no more
_DAY = datetime.date.fromisoformat


def growth(project: Project) -> None:
    points, noted = journal.known_counts(project), collect.entries(project)
    pace = journal.reckon(points, collect.goal(project)[0])
    if data := drawing(points, noted, pace):
        component(__file__, "growth", html='<div class="growth"></div>')(key="growth", data=packed(data))
    st.markdown(pace_words(pace, points))
    _goal(project)


def drawing(points: list[tuple[str, int]], noted: list[Entry], pace: Pace | None) -> dict | None:
    """What the component draws, from the day on which the work began; None where there is not yet anything on two days."""
    if pace and pace.older:
        points, noted = [point for point in points if point[0] >= pace.first], [entry for entry in noted if entry.day >= pace.first]
    if len(points) < 2:
        return None
    first, last = _DAY(points[0][0]), _DAY(points[-1][0])

    def since(day: str) -> int:
        return (_DAY(day) - first).days

    every = -(-len(points) // _MOST_POINTS)
    thinned = [point for place, point in enumerate(points) if place % every == 0 or place == len(points) - 1]
    start, end = slip_values.in_words(str(first)), slip_values.in_words(str(last))
    return {
        "points": [[since(day), count] for day, count in thinned],
        "notes": [
            {
                "day": since(entry.day), "count": entry.count,
                "words": f"{slip_values.in_words(entry.day)}, {entry.count:,}: {_short(entry.words)}",
            }
            for entry in noted[::-1]
        ],
        "days": (last - first).days, "start": start, "end": end, "way": _way(pace),
        "alt": f"The count over the days, from {start} to {end}, up to {points[-1][1]:,}; a ring for each entry of the journal.",
    }  # fmt: skip


def _way(pace: Pace | None) -> dict | None:
    if pace is None or pace.years is None:
        return None
    when = f"{pace.reached.year}" if pace.reached else "far from now"
    return {"part": pace.count / pace.target, "here": f"{pace.count:,} so far", "to": f"{pace.target:,} in {when}"}


def pace_words(pace: Pace | None, points: list[tuple[str, int]]) -> str:
    """When the goal would be reached, and how that was reckoned; kindly, since it is nobody's fault."""
    if pace is None:
        return "As soon as there are two days to compare, a line here shows how it grows." if points else ""
    made = pace.count - pace.older
    rate = f"{made:,} in {show.several(pace.days, 'day')}: {_rate(pace.per_day)}."
    if pace.older:
        rate = f"{show.several(pace.older, 'datapoint')} from long before; since {slip_values.in_words(pace.first)}, {rate}"
    if pace.count >= pace.target:
        return f"{rate} That is more than the {pace.target:,} that you wished for."
    if pace.years is None:
        return f"{rate} Nothing has come in so far; the first one is the hardest."
    ends = f", in {pace.reached:%B %Y}" if pace.reached else ""
    return (
        f"{rate} At this pace, {pace.target:,} are together {_years(pace)} after the first day{ends}. {_kindly(pace)}  \n"
        f":small[Reckoned as {pace.days:,} days ÷ {made:,} × {pace.target - pace.older:,}, pauses included. A datapoint counts from the date on "
        "its slip, otherwise from the day when it came in; where the journal knows of more, its count is taken.]"
    )


def _rate(per_day: float) -> str:
    if per_day >= 1:
        return f"{per_day:,.1f} a day" if per_day < 10 else f"{per_day:,.0f} a day"
    return f"{per_day:.2f} a day" if per_day >= 0.1 else f"{per_day * 30.44:.1g} a month"


def _years(pace: Pace) -> str:
    assert pace.years is not None
    if pace.years >= 2:
        return f"{pace.years:,.1f} years"
    months = pace.years * 12
    return show.several(round(months), "month") if months >= 2 else show.several(max(1, round(pace.years * 365.25)), "day")


def _kindly(pace: Pace) -> str:
    assert pace.years is not None
    if pace.years > 10:
        return f"That is a life's work, and it need not be finished: {pace.count:,} made by hand are a dataset already."
    return "There is no hurry; what is here counts already."


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _goal(project: Project) -> None:
    number, source = collect.goal(project)
    with st.popover(f"The goal: {number:,}", type="tertiary", icon=":material/flag:"):
        wished = st.number_input("How many would you like?", 1, 10**9, number, key=f"goal.{number}", width=320)
        new_source = st.text_input("Where does this number come from?", source, key=f"goal.source.{source}", placeholder="no source yet")
        if st.button("Keep this goal", key="keep-goal"):
            with show.errors():
                collect.set_goal(project, int(wished), new_source or "")
                st.rerun()
    if number != journal.TARGET or source:
        st.markdown(f":small[Where the goal comes from: {show.plain(source) or 'no source yet'}.]")
