"""The datapoints of a project in a grid, newest first, a page at a time. Read `browse` first.

Where one is (page, kind, consent, words) stands in the address, so that a reload, a second tab and the way back from a
datapoint lead to the same place.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lib import collect
from lib.media.kinds import DATAPOINTS, kind_of
from lib.project import Project, consent, items
from lib.project.items import Item
from lib.ui.collect import consent as collect_consent
from lib.ui.collect import withdrawal
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import picture_grid, show

PAGE = 60  # datapoints; whole rows for 2 to 6 columns
_DECISIONS = (collect_consent.MINE, collect_consent.GIVEN, collect_consent.LICENCE, collect_consent.NO)
# What stands in the buttons above the grid, and in the address: what it means to items.find.
_CONSENTS = {"May be trained on": "train", "Not decided yet": "undecided", "They say no": "refused"}
_REFUSED = "They say no"


def browse(project: Project) -> None:
    kinds = items.count_by_kind(project)
    which = _narrowing(project, kinds)
    # Narrowing by consent looks at every datapoint's decisions, so it is done once.
    ids = items.ids(project, **which) if "consent" in which else None
    total = items.count(project, **which) if ids is None else len(ids)
    if which.get("consent") == "undecided" and ids:
        _decide(project, ids)
    elif which.get("consent") == "refused" and ids:
        _said_no(project, ids)
    elif not which:
        _undecided(project)
    if not total:
        st.markdown("Nothing here is like that. Choose **All**, or search for something else.")
        return
    pages = -(-total // PAGE)
    slot = st.container()
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    datapoints = _of_page(project, which, ids, page)
    with slot:
        chosen = picture_grid.grid(cells(project, datapoints), key="collect.grid", click="open")
    if chosen:
        navigation.go("make/datapoint.py", project, item=chosen.id, **address_of(which))


def _of_page(project: Project, which: Mapping[str, str], ids: list[str] | None, page: int) -> list[Item]:
    """ids: all of them in the order of their numbers, where they are known already."""
    first = (page - 1) * PAGE
    if ids is None:
        return items.find(project, limit=PAGE, offset=first, newest_first=True, **which)
    return items.find(project, limit=PAGE, ids=ids[::-1][first : first + PAGE], newest_first=True)


def cells(project: Project, datapoints: list[Item]) -> list[picture_grid.Picture]:
    names = {person.id: person.name for person in project.people()}
    return [
        picture_grid.Picture(
            item.id, addresses.thumbnail(project, item), alt=alt(item), label=_label(item, names), dim=is_refused(item),
            large=addresses.original(project, item) if item.kind == "image" else addresses.thumbnail(project, item),
        )  # fmt: skip
        for item in datapoints
    ]


def _label(item: Item, names: Mapping[str, str]) -> str:
    """"7 · said no · Ana", "8 · under an umbrella"."""
    status = "said no" if is_refused(item) else item.excluded and "left out"
    return " · ".join(part for part in (str(item.number), status, item.caption or item.slip.get("place") or maker(item, names)) if part)


def is_refused(item: Item) -> bool:
    return item.consent.state in ("refused", "withdrawn")


def alt(item: Item) -> str:
    """What a person who cannot see it is told."""
    kind = kind_of(item.kind).one
    return f"{kind.capitalize()} {item.number}: {item.caption or item.source_name}"


def maker(item: Item, names: Mapping[str, str], mine: str = "mine") -> str:
    """Whose it is, in a word or two. names: of people, by id. mine: the word for those of the project's own maker."""
    if item.hides_maker:
        return "hidden"
    if item.person:
        return names.get(item.person, "somebody")
    latest = item.consent.latest
    if latest and latest.licence:
        return latest.licence
    return "not decided" if item.consent.state in ("unknown", "asked") else mine


def content(kinds: Mapping[str, int]) -> str:
    """"229 pictures, 3 texts"."""
    return ", ".join(kind_of(kind).count(count) for kind, count in kinds.items())


def title_line(project: Project, kinds: Mapping[str, int]) -> str:
    """"**Tulips** · 229 pictures · 3 people"."""
    people = len(project.people())
    parts = [f"**{show.plain(project.name)}**", content(kinds) or "still empty"]
    return " · ".join(parts + ([show.several(people, "person", "people")] if people else []))


# ---- narrowing -----------------------------------------------------------------------------------------------------


def _narrowing(project: Project, kinds: Mapping[str, int]) -> dict:
    """The choices above the grid; returns what `items.find` takes. Those who say no can be chosen where there are any."""
    asked = st.query_params.get("consent") == _REFUSED or items.count(project, consent=_CONSENTS[_REFUSED])
    consents = [name for name in _CONSENTS if name != _REFUSED or asked]
    with st.container(horizontal=True, vertical_alignment="center"):
        consent = _choice("Consent", ["All", *consents], key="consent")
        kind = _choice("Kind", ["All kinds", *(kind_of(kind).title for kind in kinds)], key="kind") if len(kinds) > 1 else ""
        words = st.text_input(
            "Search", placeholder="Number or words", key="words", bind="query-params", label_visibility="collapsed",
            icon=":material/search:", width=220, on_change=_first_page,
        )  # fmt: skip
    return _chosen(kind, consent, words)


def _choice(label: str, options: list[str], key: str) -> str:
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", label_visibility="collapsed",
        on_change=_first_page,
    )  # fmt: skip


def _first_page() -> None:
    if "page" in st.session_state:
        st.session_state["page"] = 1


def _chosen(kind: str | None, consent: str | None, words: str | None) -> dict:
    """As `items.find` takes it, of what stands in the buttons."""
    kinds = {kind.title: kind.name for kind in DATAPOINTS.values()}
    which = {"kind": kinds.get(kind or ""), "consent": _CONSENTS.get(consent or ""), "words": words}
    return {name: value for name, value in which.items() if value}


def from_address() -> dict:
    """The same as it stands in the address of another page."""
    at = st.query_params
    return _chosen(at.get("kind"), at.get("consent"), at.get("words"))


def address_of(which: Mapping[str, str], rank: int = 0) -> dict[str, str]:
    """What to put into an address to come back to the page with the datapoint of that rank."""
    consents = {value: name for name, value in _CONSENTS.items()}
    params = {
        "kind": kind_of(which["kind"]).title if "kind" in which else "",
        "consent": consents.get(which.get("consent") or "", ""),
        "words": which.get("words", ""),
        "page": str(rank // PAGE + 1) if rank >= PAGE else "",
    }
    return {name: value for name, value in params.items() if value}


def _said_no(project: Project, ids: list[str]) -> None:
    """Those whose no is written down, and not carried out yet."""
    whole = [item_id for item_id in ids if consent.survey(project).says_no(item_id)]
    if not whole:
        return
    with st.container(border=True, key="said-no"):
        st.header(f"Somebody said no to {'this one' if len(whole) == 1 else f'these {len(whole):,}'}", anchor=False)
        st.markdown("They are used and shown nowhere, and their files are still in the project’s folder.")
        withdrawal.offer(project, whole, key="grid.no")


# ---- deciding ------------------------------------------------------------------------------------------------------


def _undecided(project: Project) -> None:
    """A newcomer who put the question off finds the way back to it."""
    count = items.count(project, consent="undecided")
    if count:
        label = f"{show.several(count, 'datapoint')} {'is' if count == 1 else 'are'} not decided yet: decide"
        st.button(label, type="tertiary", icon=":material/help:", key="decide-now", on_click=_show_undecided)


def _show_undecided() -> None:
    st.session_state["consent"] = next(name for name, consent in _CONSENTS.items() if consent == "undecided")
    _first_page()


def _decide(project: Project, ids: list[str]) -> None:
    """Those about which nobody has decided: the same question, for all of them at once."""
    total = len(ids)
    with st.container(border=True, key="decide"):
        st.header(f"Decide for {'this one' if total == 1 else f'these {total:,}'}", anchor=False)
        st.markdown(":small[Until then they stay out of datasets.]")
        answer = collect_consent.ask(project, key=f"decide.{total}", choices=_DECISIONS)
        if answer.consent is not None:
            withdrawal.ends(project, ids, answer.consent)
        pressed = collect_consent.button(f"Write it down for {total:,}", answer, key="collect.decide")
    if pressed and answer.consent is not None:
        with show.errors():
            collect.decide(project, ids, answer.consent)
            st.rerun()
