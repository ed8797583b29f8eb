"""Label, two readers: people label the same datapoints apart, and talk about where they differ. Read `readers`."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lib import label
from lib.project import Project, items
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.label import one_by_one
from lib.ui.widgets import picture_grid, show, sound_player
from lib.ui.widgets.picture_grid import Picture

_FIELDS = {"Classes": "class_name", "Tags": "tags", "Leaving out": "excluded"}
_SHOWN = 12  # disagreements at once
_SETTLED = "readers.settled"  # what was settled last, in a sentence


def readers(project: Project, which: Mapping) -> None:
    """Whose turn it is, how far people agree, and the places to talk about."""
    st.markdown(
        "Two people look at the same datapoints, each without seeing what the other said. Where they differ, a word may be unclear "
        "or a picture may be both: a place to talk, not an error."
    )
    _begin_reading(project)
    name = st.segmented_control("Compare", list(_FIELDS), default="Classes", required=True, key="readers.field")
    field = _FIELDS[name]
    agreement = label.agreement(project, field)
    if len(agreement.readers) < 2 or not agreement.items:
        st.markdown("Nothing can be compared yet: at least two people have to say something about the same datapoint.")
        return
    _agreement(agreement, name.lower())
    _differing(project, field)


def _begin_reading(project: Project) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Who reads now?", key="readers.name", max_chars=60, width=260, placeholder="A name or initials",
                             help="Everyone gives their own answers under their own name. The labels stay as they are.")  # fmt: skip
        st.button("Begin reading", type="primary" if name.strip() else "secondary", disabled=not name.strip(), key="readers.begin", on_click=_begin, args=(name,))


def _begin(name: str) -> None:
    """On to one by one, under that name."""
    st.query_params[one_by_one.READER] = " ".join(name.split())
    st.query_params.pop("item", None)      # from the first on, so that all read the same ones
    st.session_state["mode"] = "One by one"


def _agreement(agreement: label.Agreement, name: str) -> None:
    by = f"by {' and '.join(map(show.plain, agreement.readers))}"
    part = f" ({agreement.agreed / agreement.items:.0%})" if agreement.items >= label.LEAST_TO_TELL else ""     # of a few, it would say too much
    st.progress(agreement.agreed / agreement.items, text=f"{agreement.agreed:,} of {agreement.items:,} the same{part}, {by}")
    which = "Cohen's kappa" if len(agreement.readers) == 2 else "Fleiss' kappa"
    st.markdown(f"**{which}{kappa_words(agreement)} :small[{why_words(agreement, name)}]")
    if len(agreement.pairs) > 1:
        lines = [f"- {' and '.join(map(show.plain, pair))}: {_pair_words(agreement, pair)}" for pair in agreement.pairs]
        st.markdown("\n".join(lines))


def kappa_words(agreement: label.Agreement) -> str:
    """What follows the name of the kappa: " is 0.52 (moderate).**", or ": too few to tell.**"."""
    return f" is {agreement.kappa:.2f} ({agreement.words}).**" if agreement.enough else f": {label.TOO_FEW}.**"


def why_words(agreement: label.Agreement, name: str) -> str:
    """What the number means; where there is none, what is missing. name: of what is compared, such as "classes"."""
    if agreement.enough:
        return f"0 is what chance would give, 1 is full agreement on the {name}."
    if agreement.items < label.LEAST_TO_TELL:
        return f"{show.several(agreement.items, 'datapoint')} so far that two people have read; from {label.LEAST_TO_TELL} on a number says something."
    return "Everybody always gave one and the same answer, so nobody can say what chance would give. Read some that differ."


def _pair_words(agreement: label.Agreement, pair: tuple[str, str]) -> str:
    return f"{agreement.pairs[pair]:.2f}" if agreement.enough_for(pair) else label.TOO_FEW


def _differing(project: Project, field: str) -> None:
    differing = label.disagreements(project, field)
    if not differing:
        st.markdown("All say the same.")
        return
    st.subheader(f"{show.several(len(differing), 'place')} to talk about", anchor=False)
    st.markdown(":small[Everyone's own answers stay as they were given. What you settle on is the label from then on.]")
    if message := st.session_state.get(_SETTLED):
        st.markdown(f":material/check: {message}")
    there = {item.id: item for item in items.find(project, ids=[entry["item"] for entry in differing[:_SHOWN]], limit=_SHOWN)}
    for entry in differing[:_SHOWN]:
        item = there[entry["item"]]
        left, right = st.columns([1, 3], vertical_alignment="center")
        with left:
            picture = Picture(item.id, addresses.thumbnail(project, item), f"Number {item.number}", large=addresses.thumbnail(project, item, 1024))
            picture_grid.grid([picture], key=f"differ.{item.id}", size=150)
            if item.kind == "sound" and item.path.exists():
                sound_player.hear(sound_player.of_item(project, item), key=f"hear.{item.id}")
        with right:
            answers = "\n".join(f"- {show.plain(who)}: **{_words(value)}**" for who, value in entry["answers"].items())
            st.markdown(f"Number {item.number}. The label is **{_words(entry['label'])}**.\n{answers}")
            with st.container(horizontal=True):
                for value in sorted({str(value): value for value in entry["answers"].values()}.values(), key=str):
                    stands = value == entry["label"]
                    st.button(f"{'The label' if stands else 'Settle on'}: {_words(value)}", icon=":material/check:" if stands else None, disabled=stands,
                              key=f"settle.{item.id}.{value}", on_click=_settle, args=(project, item, field, value))    # fmt: skip
    if len(differing) > _SHOWN:
        st.markdown(f":small[and {len(differing) - _SHOWN:,} more]")


def _settle(project: Project, item: Item, field: str, value: object) -> None:
    with show.errors():
        label.settle(project, item, field, value)
        st.session_state[_SETTLED] = f"Number {item.number} is settled on {_words(value)}."


def _words(value: object) -> str:
    return show.plain(", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "nothing"
