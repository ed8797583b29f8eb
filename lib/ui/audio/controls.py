"""The left side of Audio: which model, what it follows (a sound, lines drawn by hand, words, nothing), its own controls, and the button. Read `things`.

All of it is read from the model's card and CONTROLS; nothing here names one.
"""

from __future__ import annotations

import streamlit as st

from lib import generate, models
from lib.media.setting import VOICE, extra_of, shape_of
from lib.player import Playable
from lib.project import Project
from lib.project.runs import Run
from lib.ui.audio import melody_file
from lib.ui.generate import controls, now
from lib.ui.widgets import direction, form, show

NOTHING = "Nothing"
_NAMES = {"sound": "A sound", "curves": "Lines by hand", "picture": "A picture"}
_HELP = "What it is given to follow. With nothing it goes its own way."


def things(project: Project, played: Playable, runs: list[Run]) -> None:
    """runs: that may be played."""
    form_of, given = models.controls_class(played.model), models.inputs(played.model)
    if played.run:
        direction.show_run(project, played.run)
    chosen = _voice(project, played)
    way = _way(played)
    chosen |= _followed(project, played, way)
    key = f"{played.model}.{'.'.join(f'{name}={value}' for name, value in played.first.items())}"
    expert = tuple(name for name in form_of.model_fields if _is_expert(form_of, name))
    idle = tuple(name for name, field in form_of.model_fields.items() if way not in extra_of(field).get("when", [way]))
    chosen |= form.fields(form_of, played.first, key=f"audio.{key}", skip=(*given, *expert, *idle))
    for name in (name for name, shape in given.items() if shape == "mix"):
        chosen[name] = controls.mixed_with(played, name, runs)
    folded = [name for name in expert if given.get(name) != "mix"]
    if folded:
        titles = [form_of.model_fields[name].title or "" for name in folded]
        with st.expander(f"More: {', '.join(title[:1].lower() + title[1:] for title in titles)}"):
            others = tuple(name for name in form_of.model_fields if name not in folded)
            chosen |= form.fields(form_of, played.first, key=f"audio.more.{key}", skip=others, project=project)
    seed = controls.seed_box("sound") if "seed" in played.card.takes else 0
    _make(project, played, chosen, seed, form.missing(form_of, chosen) or ("Give it what it is to follow first." if way and not chosen.get(way) else ""))
    with st.expander("What each of these does"):
        st.markdown(f":small[{controls.what_they_do(played.model, idle)}]")
    if licence := (played.card.base.licence if played.card.base else played.card.terms):
        st.markdown(f":small[:material/gavel: {licence}]")


def _make(project: Project, played: Playable, chosen: dict, seed: int, missing: str) -> None:
    """missing: why nothing can be made yet."""
    count = controls.how_many(played.card)
    if st.button(f"Make {count}", type="primary", width="stretch", icon=":material/graphic_eq:", disabled=bool(missing), help=missing or None):
        with show.errors():
            order = generate.order(project, played.id, count=count, seed=seed, fresh=True, **chosen)
            st.session_state[controls.SEED_MADE] = order.request.seed
            st.rerun()
    now.line(project, "make")


def ways_in(model: str) -> dict[str, str]:
    """What may stand in "What it follows": the name of a field of its CONTROLS, "" for nothing -> what it is called."""
    form_of, given = models.controls_class(model), models.inputs(model)
    fields = form_of.model_fields
    needed = {name for name in given if extra_of(fields[name]).get("needed")}
    open_ = {name: shape for name, shape in given.items() if shape not in ("mix", VOICE) and not _is_expert(form_of, name) and _over(model, name) not in needed}
    shapes = list(open_.values())
    ways = {name: _NAMES[shape] if shape in _NAMES and shapes.count(shape) == 1 else fields[name].title or name for name, shape in open_.items()}
    return ways if needed & set(open_) else {**ways, "": NOTHING}


def _over(model: str, name: str) -> str:
    """The field of a sound over which these curves may be drawn; "" where they always stand by themselves."""
    field = models.controls_class(model).model_fields[name]
    return str(extra_of(field).get("of", "")) if shape_of(field) == "curves" else ""


def _voice(project: Project, played: Playable) -> dict:
    """A model that somebody else made, before all else: by the name of its field."""
    shapes = models.inputs(played.model)
    others = tuple(name for name in models.controls_class(played.model).model_fields if shapes.get(name) != VOICE)
    return form.fields(models.controls_class(played.model), {}, key=f"voice.{played.model}", skip=others, project=project)


def _way(played: Playable) -> str:
    """The field of what it follows, "" for nothing."""
    ways = ways_in(played.model)
    if len(ways) < 2:
        return next(iter(ways), "")
    return str(st.segmented_control("What it follows", list(ways), default=next(iter(ways)), required=True, format_func=ways.__getitem__,
                                    key=f"follows.{played.model}", help=_HELP))  # fmt: skip


def _followed(project: Project, played: Playable, way: str) -> dict:
    """What is given to it, by name. What was given in another way stays where it is, and does not count."""
    if not way:
        return {}
    fields = models.controls_class(played.model).model_fields
    others = tuple(name for name in fields if name != way and _over(played.model, name) != way)
    with st.container(key="audio-given"):
        key = f"follow.{played.model}{'.alone' if _over(played.model, way) else ''}"     # the same lines have another length over a sound
        melody_file.offer(played.model, way, key)
        return form.fields(models.controls_class(played.model), {}, key=key, skip=others, project=project)


def _is_expert(form_of, name: str) -> bool:
    return extra_of(form_of.model_fields[name]).get("level") == "expert"
