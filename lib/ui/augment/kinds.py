"""What is being made on Augment: pictures to learn from, pairs of pictures, sounds, or texts. Read `chosen`.

The choice is in the address (?make=pairs), so that a reload and a link find it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment
from lib.ui.augment import preview

if TYPE_CHECKING:
    from lib.project import Project

_KEY, _LAST = "augment.make", "augment.last"


@dataclass(frozen=True)
class Making:
    """name: as in the address. label: on the button. kind: of the datapoints. makes: the kind of the dataset. one: the word for one."""

    name: str
    label: str
    kind: str
    makes: str
    one: str
    says: str


PICTURES = Making("pictures", "Pictures", "image", "image", "picture",
                  "Choose what becomes of each picture, answer the question about mirroring, then freeze them.")
PAIRS = Making("pairs", "Pairs for pix2pix", "image", "pairs", "picture",
               "Each gets its other half, such as its edges, and a model learns the way from the one to the other.")
SOUNDS = Making("sounds", "Sounds", "sound", "sound", "sound", "Choose what becomes of each sound, then freeze them.")
TEXTS = Making("texts", "Texts", "text", "text", "text", "Choose what becomes of each text, then freeze them.")
ALL = (PICTURES, PAIRS, SOUNDS, TEXTS)


def offered(project: Project) -> list[Making]:
    """Those that the project has datapoints for, and Handmade has steps and a look for. Always at least the pictures."""
    known = {step.kind for step in augment.STEPS.values()} & {"image", *preview.LOOKS}
    there = {kind for kind in known if project.count(kind=kind)}
    return [making for making in ALL if making.kind in there] or [PICTURES]


def made_of(kind: str) -> str:
    """What stands in the address (?make=…) for datasets of this kind."""
    return next((making.name for making in ALL if making.makes == kind), PICTURES.name)


def _asked(project: Project) -> str:
    """The word in the address. The way back from another page drops it, and here it is put back, as in `navigation.keep_project`."""
    last = f"{_LAST}.{project.path.name}"
    if "make" in st.query_params:
        st.session_state[last] = st.query_params["make"]
    elif st.session_state.get(last):
        st.query_params["make"] = st.session_state[last]
    return st.session_state.get(last, "")


def chosen(project: Project) -> Making:
    """What the address says, with the choice where there is one. A wrong or missing word means the first of them."""
    there = offered(project)
    asked = _asked(project)
    making = next((offer for offer in there if offer.name == asked), there[0])
    if len(there) > 1:
        labels = [offer.label for offer in there]
        # The key has what stands in the address, so that a link to another one is followed.
        label = st.segmented_control("What do you make?", labels, default=making.label, required=True, key=f"{_KEY}.{making.name}",
                                    label_visibility="collapsed")    # fmt: skip
        if label != making.label:
            st.query_params["make"] = there[labels.index(label)].name
            st.rerun()
    return making
