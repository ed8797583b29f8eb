"""What a model starts from, on the page Train: which base, what is known of it, and fetching it when somebody says so. Read `choose`.

Only models with a setting of the format "base" have one. Nothing is fetched, and no network asked, without a click.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lib import jobs, models, train
from lib.errors import UserError
from lib.project import Project
from lib.ui.train.plan import Plan
from lib.ui.widgets import show, task_bar

_LOOK, _FETCH = "train.look_at_base", "train.fetch_base"    # as tasks
_OTHER = "Another one"


@dataclass(frozen=True)
class Base:
    """field: the setting that it stands in, "" for a model that starts from nothing. ready: it is here and can be taught. suited: the settings
    that it is taught with on this computer."""

    field: str = ""
    name: str = ""
    ready: bool = True
    suited: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, str]:
        return {self.field: self.name} if self.field else {}

    @property
    def waits(self) -> str:
        """Why nothing can be started yet; "" where it can."""
        return "" if self.ready else "It can start as soon as a base is chosen that is here and can be taught."


def choose(project: Project, plan: Plan, model: str) -> Base:
    """A list, what is known of the chosen one, and the way to get it where it is not here."""
    field, known, fields = models.base_field(model), models.bases(model), models.settings_class(model).model_fields
    if known is None:
        return Base()
    first = str(plan.values.get(field, fields[field].default)) if plan.model == model else str(fields[field].default)
    titles = {one.name: one.title for one in known.OFFERED}
    names = [*titles, _OTHER]
    name = st.selectbox(
        fields[field].title, names, names.index(first) if first in titles else len(titles), format_func=lambda one: titles.get(one, one),
        key=f"base.{plan.key}.{model}", help=fields[field].description,
    )  # fmt: skip
    if name == _OTHER:
        name = _ask(known, first if first not in titles else "", f"base.other.{plan.key}.{model}")
    else:
        _tell(known.facts(name))
    suited = train.suited_settings(model, name)
    ready = bool(name) and _is_ready(project, model, name)
    if ready:
        _say_memory(model, name, suited)
    return Base(field, name, ready, suited or {})


def _ask(known: Any, first: str, key: str) -> str:
    return st.text_input("Which one?", first, key=key, placeholder=known.BRINGS, help=known.BRINGS_HELP).strip()


def _tell(facts: Any) -> None:
    with st.container(border=True):
        st.markdown(facts.note)
        st.markdown(f"**What it learned from**  \n{facts.learned}")
        st.markdown(f":small[**By** {facts.whose}. {facts.needs}  \n**Licence:** {facts.licence}  \n**Time:** {facts.time}]")


def _say_memory(model: str, name: str, suited: dict[str, Any] | None) -> None:
    """What is suggested here, and on cards as they are sold."""
    known = models.bases(model)
    facts = known.facts(name) if known else None
    if known is None or facts is None or not facts.millions:
        return
    if suited is None:
        st.warning(f"It takes more memory than this computer has ({known.WORKED_OUT}). It can be started all the same.", icon=":material/memory:")
    else:
        st.markdown(f":material/memory: Suggested for this computer: {known.in_words(name, suited)} ({known.WORKED_OUT}).")
    rows = "\n".join(f"| {card} GB | {known.in_words(name, values)} |" for card, values in known.presets(name).items())
    with st.expander("By the memory of a graphics card", icon=":material/memory:"):
        st.markdown(f"| Card | What it is taught with |\n|---|---|\n{rows}\n\n:small[All of this is {known.WORKED_OUT}.{known.HALVED}]")


def _is_ready(project: Project, model: str, name: str) -> bool:
    """True where it is here. Else says why, or offers to fetch it."""
    known = models.bases(model)
    assert known is not None
    if known.is_here(name):
        return True
    if not known.can_be_fetched(name):
        with show.errors():
            models.check(model, models.validate(model, {"base": name}))
        return False
    _offer(project, model, name, known=known.facts(name) is not None)
    return False


def _offer(project: Project, model: str, name: str, known: bool) -> None:
    """Asked first: how large it is, its licence, where it comes from, and the room that there is."""
    fetching, looked = _newest(project, _FETCH, name), _newest(project, _LOOK, name)
    for task, doing in ((fetching, "Fetching"), (looked, "Asking")):
        if task_bar.is_under_way(task):
            task_bar.watch(task, doing, in_bytes=True)
            return
    for task in (fetching, looked):
        if task_bar.has_failed(task):
            show.error(task.error or UserError("Fetching broke off.", "Its process has ended.", "Fetch it again: it goes on where it was."))
            break
    listing = looked.result() if looked is not None and looked.state == "finished" else None
    offer = train.offer_base(name, model, listing)
    if offer.forbidden:
        st.info("It is not on this computer, and HF_HUB_OFFLINE is set: nothing is fetched. Start Handmade without it, or give the folder where it lies.",
                icon=":material/cloud_off:")  # fmt: skip
        return
    if not offer.size:
        st.markdown("It is not on this computer. The hub can say how large it is and under which licence; it then knows that somebody asked.")
        _button("Ask the hub", ":material/help:", project, _LOOK, name, model)
        return
    gated = " Its makers give it only to those who have agreed to their terms." if listing and listing["gated"] else ""
    st.markdown(f"It is not on this computer: {offer.words}.{gated}" + ("" if known else " What it learned from is not known here: look at its page."))
    if offer.has_room:
        _button("Fetch it", ":material/download:", project, _FETCH, name, model)
    else:
        st.error("There is no room for it: empty the bin, delete old runs, or name another disk by HF_HOME.", icon=":material/error:")


def _newest(project: Project, function: str, name: str) -> jobs.Task | None:
    return next((task for task in jobs.tasks(project, function) if task.request["arguments"].get("name") == name), None)


def _button(label: str, icon: str, project: Project, function: str, name: str, model: str) -> None:
    st.button(label, icon=icon, key=f"{function}.{name}", on_click=jobs.background, args=(project, function), kwargs={"name": name, "model": model})
