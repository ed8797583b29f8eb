"""The parts of a datapoint's own page: the thing itself, its words, its record, its consent, and its removal."""

from __future__ import annotations

import streamlit as st

from lib import collect, label
from lib.errors import UserError
from lib.media import codepages, sound, text
from lib.project import Consent, Project, items, labels, papers
from lib.project.consent import decisions
from lib.project.items import Item, Place
from lib.ui.collect import consent as collect_consent
from lib.ui.collect import grid, unasked, withdrawal
from lib.ui.http import addresses
from lib.ui.runs import words as runs_words
from lib.ui.shell import navigation
from lib.ui.widgets import leaf, picture_grid, show, sound_player

_LONGEST_TEXT = 20_000  # characters shown
_LONGEST_NAME = 50  # of a file, or an address
_CHOICES = (collect_consent.MINE, collect_consent.GIVEN, collect_consent.LICENCE, collect_consent.NO, collect_consent.OPEN)


def find(project: Project) -> Item:
    """The datapoint that the address names. Where there is none, says so with the way back, and the page ends."""
    try:
        return project.item(st.query_params.get("item", "") or "none")
    except UserError as error:
        st.title("Datapoint", anchor=False)
        if st.query_params.get("item"):
            show.error(error)
        else:
            st.markdown("Which one is it about? Choose it in the grid.")
        navigation.link("make/collect.py", project, "Back to all datapoints", icon=":material/arrow_back:")
        return st.stop()


def way_around(project: Project, item: Item) -> Place:
    """Back to the grid at its page, and on to the one beside it."""
    which = grid.from_address()
    place, here = items.place(project, item, **which), grid.address_of(which)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        back = grid.address_of(which, place.rank)
        navigation.link("make/collect.py", project, "All datapoints", icon=":material/grid_view:", **back)
        with st.container(horizontal=True, width="content"):
            if _is_pressed("Newer", ":material/arrow_back:", "left", place.newer):
                navigation.go("make/datapoint.py", project, item=place.newer or "", **here)
            if _is_pressed("Older", ":material/arrow_forward:", "right", place.older):
                navigation.go("make/datapoint.py", project, item=place.older or "", **here)
    return place


def _is_pressed(label: str, icon: str, side: str, beside: str | None) -> bool:
    """A button and no link: Streamlit draws a link to the page that one is on as if it were pressed."""
    return st.button(label, type="tertiary", icon=icon, icon_position=side, disabled=beside is None, key=f"beside.{side}")


def thing(project: Project, item: Item) -> None:
    """The datapoint itself, as large as it goes. Where its file is gone, says so."""
    with show.errors():
        if not item.path.exists():
            raise UserError(
                f"The file of number {item.number} is gone.",
                "Deleting it for good had begun, or somebody took the file out of the project's folder.",
                "Delete it for good under Removed." if item.removed else "Remove it, or collect the same file again.",
            )
        _thing(project, item)


def _thing(project: Project, item: Item) -> None:
    if item.consent.says_no:
        picture_grid.one(addresses.original(project, item), "Not shown: somebody said no", key=f"thing.{item.id}", width=256)
        st.markdown("Somebody said no to it, so it is shown nowhere, also not here. Its file is still in the project’s folder.")
    elif item.kind == "image":
        picture_grid.one(addresses.original(project, item), grid.alt(item), key=f"thing.{item.id}")
    elif item.kind == "sound":
        sound_player.hear(sound_player.of_item(project, item), key=f"thing.{item.id}")
        for words in sound.remarks(item.facts):
            st.markdown(f":small[{words}]")
    elif papers.kept(project, item):
        leaf.show(project, item, f"thing.{item.id}")
    else:
        words = item.path.read_text(encoding="utf-8", errors="replace")
        with st.container(border=True):
            st.text(words[:_LONGEST_TEXT])
        if len(words) > _LONGEST_TEXT:
            st.markdown(f":small[The first {_LONGEST_TEXT:,} of {len(words):,} characters.]")


def caption(project: Project, item: Item) -> None:
    """Its words, edited in place, and written down as soon as one leaves them: by the button, or on the way elsewhere."""
    key = f"words.{item.id}.{item.caption}"
    st.text_area("Caption", item.caption, height=96, key=key, on_change=_write_down, args=(project, item, key),
                 placeholder="What is it? A sentence will do.")
    can_undo = labels.last_change(project) == (item.id, "caption")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Save caption", type="primary", key=f"save.{item.id}")
        undone = st.button("Undo", icon=":material/undo:", disabled=not can_undo, key=f"undo.{item.id}", help="Takes the last change of it back.")
        st.markdown("Saved." if can_undo else "", width="content")
    if undone:
        with show.errors():
            label.undo(project)
            st.rerun()


def _write_down(project: Project, item: Item, key: str) -> None:
    with show.errors():
        label.set_caption(project, item, st.session_state[key])


def record(project: Project, item: Item) -> None:
    """Whose it is, since when, and what it measures."""
    names, latest = {person.id: person.name for person in project.people()}, item.consent.latest
    licence = latest.licence if latest and not item.person else ""
    lines = [
        ("Maker", "not named" if licence else grid.maker(item, names, mine="you")),
        ("Licence", licence),
        ("Consent", collect_consent.standing_words(item)),
        ("Added", f"{show.when(item.added)}{f' by {item.added_by}' if item.added_by != 'me' else ''}"),
        ("Size", size_words(item)),
        ("Pages", pages_words(item)),
        ("Letters read as", encoding_words(item)),
        ("File name", shortened(item.source_name)),
        ("From the film", film_words(item)),
        ("From the web", shortened(item.facts.get("web", {}).get("address", "").partition("//")[2])),
    ]
    st.markdown("\n".join(f"- **{name}**: {show.plain(words)}" for name, words in lines if words))
    unasked.of_one(item, names.get(item.person or "", "Somebody"))


def shortened(words: str) -> str:
    """A long name or address by its beginning and its end: "IMG_2031_the_longest…_of_all_names.png"."""
    return words if len(words) <= _LONGEST_NAME else f"{words[:_LONGEST_NAME * 3 // 5]}…{words[-_LONGEST_NAME * 2 // 5:]}"


def size_words(item: Item) -> str:
    """"512 × 384 px", "3.2 seconds", "410 characters"."""
    facts = item.facts
    if item.kind == "image":
        return f"{facts.get('width')} × {facts.get('height')} px"
    if item.kind == "sound":
        return f"{facts.get('seconds', 0):,.1f} seconds, {facts.get('rate', 0):,} Hz"
    return show.several(facts.get("characters", 0), "character")


def pages_words(item: Item) -> str:
    """"12; page 4 has no words", of a text that came as a PDF; of a piece of one the pages that it stands on."""
    facts = item.facts
    if facts.get("document") != "pdf":
        on = [str(number) for number, _ in facts.get("page_starts", [])]
        return f"{on[0]} to {on[-1]}" if len(on) > 1 else "".join(on)
    blank = facts.get("wordless_pages")
    return f"{facts['pages']:,}" + (f"; {text.pages_words(blank)} no words" if blank else "")


def encoding_words(item: Item) -> str:
    """"Windows-1250, Central Europe": of a text that did not say how it is written."""
    facts = {**item.facts.get("part_of", {}), **item.facts}
    encoding = facts.get("encoding")
    return "" if not encoding else codepages.says(encoding) + ("" if facts.get("encoding_certain", True) else " (a guess)")


def film_words(item: Item) -> str:
    facts = item.facts
    return f"{shortened(facts['film'])}, at second {facts.get('second', 0):g}" if facts.get("film") else ""


def consent(project: Project, item: Item) -> None:
    """What was ever said about it, and the form to say something new."""
    names = {person.id: person.name for person in project.people()}
    history = decisions(project, item.id)
    with st.expander(f"Consent: what was said ({len(history)})", icon=":material/handshake:"):
        st.markdown("\n".join(f"- {collect_consent.decision_words(decision, names)}" for decision in reversed(history)) or "Nothing yet.")
        key = f"consent.{item.id}.{len(history)}"
        if item.person:
            # Said at each look: what was set in an earlier one than the field is first drawn in never reaches the browser.
            st.session_state[f"{key}.who"] = st.session_state.get(f"{key}.who") or item.person
        answer = collect_consent.ask(project, key=key, question="What is allowed from now on?", choices=_CHOICES)
        about = _ask_about_whom(project, item, names)
        if answer.consent is not None:
            withdrawal.ends(project, about, answer.consent)
        if collect_consent.button("Write it down", answer, key="write-consent") and answer.consent is not None:
            with show.errors():
                collect.decide(project, about, answer.consent)
                st.session_state[f"consent.said.{item.id}"] = f"Written down for {show.several(len(about), 'datapoint')}."
                st.rerun()
    if words := st.session_state.pop(f"consent.said.{item.id}", ""):
        st.markdown(f":material/check: {words}")
    if not item.consent.allows("train"):
        _tell_stopping(project, item)
    if item.consent.says_no:
        _carry_out(project, item, names)


def _ask_about_whom(project: Project, item: Item, names: dict[str, str], what: str = "consent") -> list[str]:
    """Whoever changes their mind means all that is theirs, as a rule: one tick, in place of a page for each."""
    theirs = items.ids(project, person=item.person, removed=None) if item.person else [item.id]
    if len(theirs) < 2:
        return [item.id]
    who = show.plain(names.get(item.person or "", "this person"))
    return theirs if st.checkbox(f"The same for all {len(theirs):,} datapoints of {who}", key=f"{what}.all.{item.id}") else [item.id]


def _carry_out(project: Project, item: Item, names: dict[str, str]) -> None:
    """A no that is written down, and not carried out yet."""
    with st.container(border=True, key="carry-out"):
        refusing = item.consent.latest.person if item.consent.latest else None
        who = names.get(refusing or "", "")
        stays = f" That stays until {show.plain(who)} decides otherwise, whatever anybody else says." if who else ""
        st.markdown(f"**{show.plain(who) or 'Somebody'} said no.** It is used and shown nowhere, and its file is still in the project’s folder.{stays}")
        about = _ask_about_whom(project, item, names, "delete")
        person = item.person if item.person and len(about) > 1 else ""
        withdrawal.offer(project, about, person, names.get(item.person or "", ""), key="datapoint.no")
        mistaken = "It comes back as not decided yet, and the record says why."
        if st.button("That no was written down by mistake", type="tertiary", icon=":material/undo:", help=mistaken, key="no.mistake"):
            with show.errors():
                collect.decide(project, about, Consent(state="unknown", person=refusing, note="the no before was written down by mistake"))
                st.rerun()


def _tell_stopping(project: Project, item: Item) -> None:
    """A training that began before the answer was another one."""
    learning = collect.learning_from(project, item)
    if learning:
        does = "learns from it and was" if len(learning) == 1 else "learn from it and were"
        st.markdown(f"{show.several(len(learning), 'training')} under way {does} asked to stop.")
        for run in learning:
            navigation.link("train/run.py", project, runs_words.title(run), run=run.id)


def removal(project: Project, item: Item) -> None:
    """Asked twice; afterwards the grid shows it gone, with an undo."""
    if item.removed:
        st.markdown(f"Removed on {show.when(item.removed)}. It is in no list and in no new dataset.")
        if not item.path.exists():
            navigation.link("make/collect.py", project, "Delete it under Removed", icon=":material/delete:", view="removed")
        elif st.button("Bring it back", icon=":material/undo:", key="bring-back"):
            with show.errors():
                collect.bring_back(project, item.id)
                st.rerun()
        return
    with st.popover("Remove", icon=":material/delete:"):
        st.markdown(f"Remove number {item.number}? Its file stays, and you can bring it back.")
        if st.button(f"Yes, remove number {item.number}", key="remove"):
            with show.errors():
                which = grid.from_address()
                rank = items.place(project, item, **which).rank
                collect.remove(project, item.id)
                navigation.go("make/collect.py", project, gone=item.id, **grid.address_of(which, rank))
