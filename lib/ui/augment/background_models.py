"""Background models that can be fetched: what each is good at, how large it is, what it learned from, and the button that downloads it. Read `offer`.

Nothing is downloaded without that click.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from lib import augment, jobs
from lib.errors import UserError
from lib.ui.widgets import show, task_bar

if TYPE_CHECKING:
    from lib.project import Project

_FETCH = "augment.fetch_background_model"


def offer(project: Project) -> None:
    """Below a step that takes a background away."""
    with st.expander("Models that cut out more finely"):
        task = task_bar.newest(project, _FETCH)
        if task_bar.is_under_way(task):
            task_bar.watch(task, "Fetching, in bytes")
            return
        if task and task.state in ("failed", "lost"):
            show.error(task.error or UserError("Fetching broke off.", "Its process has ended.", "Fetch it again."))
        here = augment.offer_background_model(augment.background_models()[0].name)
        st.markdown(":small[It works without any of them. They are downloaded from github.com when you click, and stay on this computer, "
                    f"where {here.free / 1e9:,.1f} GB are free.]")    # fmt: skip
        for model in augment.background_models():
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(f"**{model.name}**: {model.says} :small[({model.megabytes} MB, {model.licence}). {model.learned}]", width="stretch")
                st.button("Is here" if model.here else "Fetch", key=f"fetch.{model.name}", disabled=model.here,
                          on_click=jobs.background, args=(project, _FETCH), kwargs={"name": model.name})    # fmt: skip
