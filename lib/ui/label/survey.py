"""Label, a look at the whole: how often there is what, what is there twice, what is odd, and a map of all. Read `whole`."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import streamlit as st

from lib import jobs, label
from lib.errors import UserError
from lib.media import eyes, likeness
from lib.media.kinds import kind_of
from lib.project import Project, items, vectors
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.label import grid, likeness_map
from lib.ui.widgets import choices, picture_grid, show, task_bar
from lib.ui.widgets.picture_grid import Action, Event, Picture

LOOK = "label.look_at_all"
_MISTAKE = Action("mistake", "Mistake", key="m")
_STYLE = Action("style", "Style", key="s")
_EXCLUDE = Action("mistake", "Leave out", key="x")
_BOTH = Action("style", "Keep both", key="k")
_TWINS, _BARS = 12, 12  # shown at once


def whole(project: Project, which: Mapping) -> None:
    kind = which.get("kind") or _choose_kind(list(items.count_by_kind(project)))
    _counts(label.overview(project, kind), kind_of(kind).one)
    _time(project)
    survey = label.seen(project, kind)
    _look(project, kind, survey)
    if survey:
        _tell_passed_over(survey["passed_over"])
        with show.errors():
            _map(project, survey)
            _odd(project, survey)
            _twins(project, survey)


def _choose_kind(kinds: list[str]) -> str:
    """One kind is looked at at a time: a picture is not compared with a sound. Which one stands in the address."""
    if len(kinds) < 2:
        return next(iter(kinds), "image")
    first = None if "look" in st.session_state else kinds[0]
    return st.segmented_control("Look at", kinds, default=first, required=True, key="look", bind="query-params", format_func=lambda kind: kind_of(kind).title)


def _tell_passed_over(why: Mapping[str, str]) -> None:
    """What could not be looked at, by number and name; the rest was."""
    if why:
        with st.expander(f"{len(why):,} could not be looked at, see why", icon=":material/block:"):
            st.markdown("\n".join(f"- {show.plain(words)}" for words in why.values()))


# ---- counts ----------------------------------------------------------------------------------------------------------


def _counts(counted: dict, kind: str) -> None:
    st.markdown(
        f"**{show.several(counted['total'], kind)}**: {counted['labelled']:,} labelled, "
        f"{counted['total'] - counted['labelled']:,} not yet{_left_out(counted)}."
    )
    parts = {
        "Classes": {name or "none yet": count for name, count in counted["classes"].items()},
        "Makers": {name or "the project's own": count for name, count in counted["people"].items()},
        "Where from": {name or "files": count for name, count in counted["sources"].items()},
        "Longer side": counted["sizes"],
    }
    worth = {title: counts for title, counts in parts.items() if counts}
    for column, (title, counts) in zip(st.columns(len(worth) or 1), worth.items(), strict=False):
        with column:
            st.subheader(title, anchor=False)
            _bars(counts, counted["total"])
    if len(worth.get("Classes", {})) > 1:
        _balance({name: count for name, count in counted["classes"].items() if name})


def _left_out(counted: Mapping) -> str:
    if not counted["excluded"]:
        return ""
    return f"; {counted['excluded']:,} of them {'is' if counted['excluded'] == 1 else 'are'} left out"


def _time(project: Project) -> None:
    """Who has worked how long: part of what a dataset is made of."""
    spent = [entry for entry in label.time_spent(project) if entry["seconds"] >= 30]
    if spent:
        parts = [
            f"{show.plain(entry['actor'])} {entry['seconds'] / 60:.0f} min at {show.several(entry['items'], 'datapoint')}"
            for entry in spent[:6]
        ]
        st.markdown(f":small[Working time so far, pauses left out: {'; '.join(parts)}.]")


def _bars(counts: Mapping[str, int], total: int) -> None:
    for name, count in list(counts.items())[:_BARS]:
        st.progress(count / total if total else 0.0, text=f"{show.plain(str(name))}: {count:,}")
    if len(counts) > _BARS:
        st.markdown(f":small[and {len(counts) - _BARS} more]")


def _balance(classes: Mapping[str, int]) -> None:
    """A model sees most of what there is most of."""
    if len(classes) > 1 and max(classes.values()) >= 3 * min(classes.values()):
        (most, many), (least, few) = max(classes.items(), key=lambda entry: entry[1]), min(classes.items(), key=lambda entry: entry[1])
        st.markdown(
            f":small[There are {many / few:.0f} times as many of {show.plain(most)} as of {show.plain(least)}. A model learns best "
            "what it sees most often; whether that is right here is yours to say.]"
        )


# ---- looking at every one --------------------------------------------------------------------------------------------


def _look(project: Project, kind: str, survey: dict | None) -> None:
    st.header("What is odd, what is there twice, what is alike", anchor=False)
    if (survey["seen_by"] if survey else vectors.seen_by(kind)) == likeness.BOTH:
        st.markdown(f":small[{eyes.ABOUT}]")
    task = task_bar.newest(project, LOOK)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Looking at every datapoint")
        return
    if task and task.state in ("failed", "lost"):
        show.error(task.error or UserError("The look broke off.", "Its process has ended.", "Look again."))
    if survey is None:
        st.markdown("Every datapoint is compared with all others: their colours, edges and shapes. Nothing leaves this computer.")
    elif not survey["is_current"]:
        st.markdown("Datapoints have come or gone since the last look.")
    elif not survey["same_eyes"]:
        st.markdown("Pictures are compared by other eyes than at the last look. Look again, and they find more that is alike.")
    elif any(survey["more"].values()):
        st.markdown(f"The last look found more than there is room for: {_more(survey['more'])}. Answer for those below, then look again.")
    if survey is None or not survey["is_current"] or not survey["same_eyes"] or any(survey["more"].values()):
        asked = survey and survey["is_current"] and (survey["odd"] or survey["twins"])
        st.button("Look at all of them", type="secondary" if asked else "primary", icon=":material/search:", key="look-at-all", on_click=jobs.background,
                  args=(project, LOOK), kwargs={"kind": kind})  # fmt: skip


def _more(more: Mapping[str, int]) -> str:
    """"30 odd ones and 1,200 pairs": those that the next look shows."""
    parts = [show.several(more["odd"], "odd one")] if more["odd"] else []
    parts += [f"{show.several(more['twins'], 'pair')} that are nearly the same"] if more["twins"] else []
    return " and ".join(parts)


def _odd(project: Project, survey: dict) -> None:
    st.subheader("Mistake or style?", anchor=False)
    if not survey["odd"] and survey["more"]["odd"]:
        st.markdown(f"You have answered for all that were shown. There were {survey['more']['odd']:,} more: look again.")
        return
    if not survey["odd"]:
        st.markdown("Nothing is blurred, dark or far from the rest that you have not answered for.")
        return
    st.markdown(
        "These differ. Style stays as it is, and is not asked again. A mistake is left out: it stays in the project, and out of datasets."
    )
    there = _items(project, [entry["item"] for entry in survey["odd"]])
    asked = {entry["item"]: entry["question"] for entry in survey["odd"]}
    cells = [_cell(project, there[entry["item"]], entry["why"]) for entry in survey["odd"] if entry["item"] in there]
    picture_grid.grid(cells, key="odd-ones", actions=[_MISTAKE, _STYLE], size=150, fit="words", heard=functools.partial(_answer, project, asked))


def _answer(project: Project, asked: Mapping[str, str], event: Event) -> None:
    if event.id in asked and _items(project, [event.id]) and event.action in (_MISTAKE.name, _STYLE.name):
        label.answer(project, [event.id], asked[event.id], event.action)
        if event.action == _MISTAKE.name:
            label.exclude(project, event.id, "a mistake")


def _twins(project: Project, survey: dict) -> None:
    st.subheader("Nearly the same", anchor=False)
    count = len(survey["twins"]) + survey["more"]["twins"]  # at most: one answer can settle several of them
    if not survey["twins"]:
        st.markdown(f"You have answered for all that were shown. There were {count:,} more: look again." if count else "No two are nearly the same.")
        return
    st.markdown(
        f"{show.several(count, 'pair is', 'pairs are')} nearly the same. A model learns by heart what is there twice. "
        "Leave one of them out, or keep both."
    )
    pairs = survey["twins"][:_TWINS]
    there = _items(project, [item_id for pair in pairs for item_id in pair[:2]])
    beside = st.columns(2, gap="large")
    for at, (first, second, _) in enumerate(pairs):
        if first in there and second in there:
            with beside[at % 2]:
                picture_grid.grid(
                    [_cell(project, there[first]), _cell(project, there[second])], key=f"twins.{first}.{second}", size=150,
                    columns=2, actions=[_EXCLUDE, _BOTH], heard=functools.partial(_part, project, {first: second, second: first}),
                )  # fmt: skip
    if len(survey["twins"]) > _TWINS:
        st.markdown(f":small[The {_TWINS} nearest pairs; the next follow as you decide.]")


def _part(project: Project, partners: Mapping[str, str], event: Event) -> None:
    if event.id in partners and _items(project, [event.id]) and event.action in ("mistake", "style"):
        label.answer(project, [event.id], "twin", event.action)
        if event.action == "mistake":
            other = _items(project, [partners[event.id]])
            number = next((item.number for item in other.values()), "another")
            label.exclude(project, event.id, f"nearly the same as number {number}")


def _cell(project: Project, item: Item, why: str = "") -> Picture:
    words = why or item.caption or item.source_name
    return Picture(item.id, addresses.thumbnail(project, item), f"Number {item.number}: {words}", label=f"{item.number} · {words}",
                   large=addresses.thumbnail(project, item, 1024), dim=bool(item.excluded))  # fmt: skip


def _items(project: Project, ids: list[str]) -> dict[str, Item]:
    return {item.id: item for item in items.find(project, ids=ids, limit=len(ids))}


# ---- the map ---------------------------------------------------------------------------------------------------------


def _map(project: Project, survey: dict) -> None:
    st.subheader("A map of all", anchor=False)
    st.markdown(
        "What is alike lies near. Scroll or press + and − to come nearer, drag to move; draw around some with the lasso to choose them."
    )
    chosen = likeness_map.likeness(project, survey["map"], key="likeness-map")
    if not chosen:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{show.several(len(chosen), 'datapoint')} chosen.**", width="content")
        st.button("Say something about them", key="map-to-grid", icon=":material/grid_view:", on_click=_to_grid, args=(chosen,))
    first = items.find(project, ids=chosen[:24], limit=24)
    picture_grid.grid(grid.cells(project, first), key="map-chosen", size=96)
    if len(chosen) > 24:
        st.markdown(f":small[and {len(chosen) - 24:,} more]")


def _to_grid(chosen: list[str]) -> None:
    """Opens the grid with these chosen."""
    choices.all_of("label.grid", chosen)
    st.session_state["mode"] = "Grid"
