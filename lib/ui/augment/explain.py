"""Preparing, augmenting, transfer, training from scratch: four words that are often mixed up, with a picture each. Read `what_is_what`."""

from __future__ import annotations

import streamlit as st

from lib.ui.http import addresses
from lib.ui.widgets import picture_grid
from lib.ui.widgets.picture_grid import Picture

# (picture in assets/way, what it shows, the word, what it is, where it is chosen)
WORDS = (
    ("learn-prepare.svg", "One picture becomes one smaller square", "Preparing",
     "changes every picture in the same way: cut, made smaller, drawn as lines. One stays one, and all have one size.", "here, by the steps"),
    ("learn-augment.svg", "One picture becomes four: itself, mirrored, turned, and in other light", "Augmenting",
     "adds copies of your own pictures, a little different each, so that a small dataset teaches more. No new picture is made up; "
     "what is held back for testing gets no copies.", "here, by mirroring and Variants"),
    ("learn-transfer.svg", "A model full of other pictures goes on with yours", "Transfer",
     "begins with a model that has learned already, from your earlier pictures or from strangers', and goes on with yours. "
     "Quicker, and something of the old ones stays in every result.", "on Train"),
    ("learn-scratch.svg", "A model that begins with noise sees only your pictures", "Training from scratch",
     "begins with noise, so that everything the model knows comes from your pictures. Slower, and all yours.", "on Train"),
)  # fmt: skip


def what_is_what() -> None:
    """Folded away, where the choice is made."""
    with st.expander("Preparing, augmenting, transfer, from scratch: what is what?", icon=":material/help:"):
        shown = [Picture(word, addresses.asset(f"way/{file}"), alt, label=word) for file, alt, word, _, _ in WORDS]
        picture_grid.grid(shown, key="what-is-what", size=190, fit="natural", click="")
        st.markdown("\n\n".join(f"**{word}** {says} :small[Chosen {where}.]" for _, _, word, says, where in WORDS))
