"""What a person is to know before the first training with a kind of model, such as a licence that forbids to sell. Read `ask`."""

from __future__ import annotations

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.project import Project
from lib.project.runs import Run, newest_first

WAITS = "It can start as soon as you have ticked “I know this” above."


def ask(project: Project, model: str) -> bool:
    """True where nothing is to be known, somebody says that they do, or it was said before such a training of this project."""
    terms = models.card(model).terms
    if not terms:
        return True
    if _was_said(project, model):
        st.markdown(f":small[{terms}]")
        return True
    with st.container(border=True):
        st.markdown(f":material/gavel: {terms}")
        return st.checkbox("I know this", key=f"terms.{project.path.name}.{model}")


def _was_said(project: Project, model: str) -> bool:
    return any(_is_of(run, model) for run in newest_first(project))


def _is_of(run: Run, model: str) -> bool:
    try:
        return run.model == model
    except UserError:
        return False
