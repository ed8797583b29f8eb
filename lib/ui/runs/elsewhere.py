"""What was given out to other computers: what is still out, and the way home for a result. Read `section`."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import streamlit as st

from lib import models, train
from lib.errors import UserError
from lib.project import Project
from lib.train import Errand
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import show

_ROUND, _WRONG = "elsewhere.round", "elsewhere.wrong"
_MOST = 20  # that are listed


def section(project: Project) -> None:
    """Nothing where nothing is out."""
    out = train.errands(project)
    wrong = st.session_state.pop(_WRONG, None)
    if wrong:
        show.error(wrong)
    if not out:
        return
    st.header("Out on other computers", anchor=False)
    for errand in out[:_MOST]:
        with show.errors():
            _one(project, errand)
    given = st.file_uploader("Bring a result in (result-….zip, as train_here.py has written it)", type=["zip"], key=f"home.{st.session_state.get(_ROUND, 0)}")
    if given is not None:
        _bring(project, given)


def _one(project: Project, errand: Errand) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**{title(errand)}**  \n:small[given out {show.when(errand.request['asked'])}; its result is awaited]", width="stretch")
        st.link_button("The zip", addresses.errand_zip(project, errand.id), icon=":material/download:", type="tertiary")
        with st.popover("Call back", type="tertiary", icon=":material/undo:"):
            st.markdown("A result of it is not taken in any more. The zip that is out there stays where it is: have it deleted.")
            st.button("Call it back", key=f"back.{errand.id}", on_click=_call_back, args=(project, errand.id))


def title(errand: Errand) -> str:
    """ "LoRA on digits-v1" """
    request = errand.request
    model = models.card(request["model"]).title if models.is_known(request["model"]) else show.plain(request["model"])
    return f"{model} on {show.plain(request['dataset']['name'])}"


def _call_back(project: Project, errand_id: str) -> None:
    with contextlib.suppress(UserError):    # it came home meanwhile
        train.forget_errand(project, errand_id)


def _bring(project: Project, given) -> None:
    """The run that it becomes is opened; what is refused is said on the page, drawn anew without the file."""
    try:
        with st.spinner("It is looked through …"), tempfile.TemporaryDirectory(prefix="handmade-home-") as folder:
            path = Path(folder) / "result.zip"
            path.write_bytes(given.getbuffer())
            run = train.bring_home(project, path, given.name)
    except UserError as wrong:
        st.session_state[_WRONG] = wrong
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()
    navigation.go("train/run.py", project, run=run.id)
