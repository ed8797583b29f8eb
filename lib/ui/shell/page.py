"""How every page begins: `project = begin("Collect")`. Read it, then navigation.py for the pages that there are."""

from __future__ import annotations

import streamlit as st

from lib import jobs
from lib.errors import UserError
from lib.project import Project, withdrawal
from lib.ui.shell import side_bar, workspace
from lib.ui.widgets import show


def begin(title: str) -> Project:
    """Names the browser's tab, opens the project that the address names, and fills the side bar.

    Where there is no such project, says so with the way home, and the page ends here.
    """
    st.set_page_config(page_title=f"{title} · Handmade")
    try:
        project = workspace.open_project(st.query_params.get("project", ""))
        withdrawal.finish_interrupted(project)     # also where the server was never away; a damaged record says so here
    except UserError as error:
        forget_project()
        st.title(title, anchor=False)
        if st.query_params.get("project"):
            show.error(error)
        else:
            st.markdown("Which project is it about? Open one on the first page.")
        st.page_link("pages/home/welcome.py", label="Choose a project", icon=":material/arrow_forward:")
        st.stop()
    busy = jobs.under_way(project)
    if any(job.state == "queued" for job in busy):
        jobs.ensure_dispatcher(project.home)    # whatever waits goes on, also after this computer was off
    side_bar.bar(project, busy)
    return project


def forget_project() -> None:
    st.session_state.pop("project", None)
