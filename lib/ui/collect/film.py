"""Films at Collect: choose them, say which stills, look at what would come, keep what you want, add. Read `way`.

    choose films → what they are, and which stills (a live count) → look (a task) → a grid with the soft ones marked → add
"""

from __future__ import annotations

import base64
import functools
import io
from typing import Any

import streamlit as st
from PIL import Image, ImageDraw

from lib import collect, jobs
from lib.collect import films
from lib.collect import inbox as boxes
from lib.collect.films import Film, Look, Still
from lib.errors import UserError
from lib.media.stills import SCENES, Pick, clock
from lib.project import Project
from lib.ui.collect import consent, pending, uploader
from lib.ui.http import addresses
from lib.ui.widgets import form, picture_grid, show
from lib.ui.widgets.picture_grid import Action, Event, Picture

OPEN, LOOK = "collect.open_films", "collect.look_at_films"
_TYPES = ["mp4", "mov", "m4v", "webm", "mkv", "avi", "gif", "mpg", "mpeg", "ts", "wmv", "flv", "ogv"]
_RATES = {"1 a second": 1.0, "10 a second": 10.0}
_OTHER, _EVERY, _SCENES = "another number", "every few frames", "one for each scene"
_WHOLE, _SQUARE = "The whole frame", "A square of it"
_LEAVE_OUT = Action("out", "Leave out", pressed="Left out", key="x", toggles=True)
_PAGE = 48
_ALL, _SOFT, _OUT = "All", "Perhaps blurred", "Left out"


def way(project: Project) -> bool:
    """The films that somebody chooses stills from, or the way to bring some; True once there are."""
    inbox = boxes.pending(project, "film")
    if inbox is None:
        return _choose(project)
    with show.errors():
        all_films = films.opened(project, inbox)
        if all_films is None:
            _opening(project, inbox)
        elif all(film.refused for film in all_films):
            _tell_refused(all_films)
            pending.put_away(project, inbox, "them", "film.away")
        elif pending.watch(project, LOOK, inbox, "Taking small stills to look at"):
            pass
        elif look := films.looked(project, inbox):
            _look(project, inbox, all_films, look)
        else:
            _plan(project, inbox, all_films)
    return True


def _choose(project: Project) -> bool:
    chosen = st.file_uploader(
        "Choose films, or drop them here: one, or one for each person. They stay on this computer.", type=_TYPES,
        accept_multiple_files=True, key=f"collect.films.{uploader.current_round()}",
    )  # fmt: skip
    if chosen:
        pending.lay_down(project, chosen, "film", OPEN)
    return bool(chosen)


def _opening(project: Project, inbox: str) -> None:
    if not pending.watch(project, OPEN, inbox, "Opening the films"):
        with st.container(horizontal=True):
            st.button("Open them again", key="film.open", on_click=jobs.background, args=(project, OPEN), kwargs={"inbox": inbox})
            pending.put_away(project, inbox, "them", "film.away")


# ---- which stills ----------------------------------------------------------------------------------------------------


def _plan(project: Project, inbox: str, all_films: list[Film]) -> None:
    good = [film for film in all_films if not film.refused]
    st.markdown("  \n".join(film_words(film) for film in good))
    _tell_refused(all_films)
    left, right = st.columns([3, 2], gap="large")
    with left:
        asked = {**_ask_rate(good), **_ask_span(good)}
    with right:
        window = _ask_window(project, inbox, good)
    try:
        pick = Pick(**asked, window=window)
    except UserError as error:
        show.error(error)
        return
    count = count_words(pick, good)
    st.markdown(count)
    with st.container(horizontal=True, vertical_alignment="center"):
        begins = st.button("Look at them first", type="primary", key="film.look")
        blind = st.toggle("Add without looking", key="film.blind")
        pending.put_away(project, inbox, _these(good), "film.away")
    if begins:
        jobs.background(project, LOOK, inbox=inbox, **_plain(pick))
        st.rerun()
    if blind:
        _add(project, inbox, all_films, "Add them without looking", way="film", pick=_plain(pick))


def _these(good: list[Film]) -> str:
    return "this film" if len(good) == 1 else "these films"


def film_words(film: Film) -> str:
    """**mila.mp4** · 0:42 · 1920 × 1080 px · 25 frames a second"""
    rate = f" · {film.rate:g} frames a second" if film.rate else ""
    return f"**{show.plain(film.name)}** · {clock(film.seconds)} · {film.width} × {film.height} px{rate}"


def _tell_refused(all_films: list[Film]) -> None:
    for film in all_films:
        if film.refused:
            show.error(UserError(**film.refused))


def _ask_rate(good: list[Film]) -> dict:
    options = [*_RATES, _OTHER, _EVERY, _SCENES]
    chosen = st.segmented_control(
        "How many still pictures?", options, default=options[0], required=True, key="film.rate",
        help="1 a second is for a first look; 10 a second is for detail, and ten times as many.",
    )  # fmt: skip
    if chosen == _OTHER:
        return {"fps": st.number_input("Still pictures for each second", 0.01, 60.0, 2.0, step=0.5, key="film.fps")}
    if chosen == _EVERY:
        return {"every": st.number_input("From one still to the next, frames", 1, 10_000, 25, key="film.every")}
    if chosen == _SCENES:
        much = st.slider(
            "How much must a new scene differ?", 0.05, 0.9, SCENES, step=0.05, key="film.scenes",
            help="A cut changes much at once. Less finds more scenes, and sometimes a quick movement too.",
        )  # fmt: skip
        return {"scenes": much}
    return {"fps": _RATES[chosen]}


def _ask_span(good: list[Film]) -> dict:
    longest = max(film.seconds for film in good)
    left, right = st.columns(2)
    start = left.text_input("From", placeholder="0:00, its beginning", key="film.start")
    end = right.text_input("To", placeholder=f"{clock(longest)}, its end", key="film.end")
    return {"start": start.strip() or 0, "end": end.strip() or None}


def _ask_window(project: Project, inbox: str, good: list[Film]) -> float | None:
    """Where the square lies, drawn on a real frame."""
    part = st.segmented_control("Which part of the frame?", [_WHOLE, _SQUARE], default=_WHOLE, required=True, key="film.part")
    film = good[0]
    window = None
    if part == _SQUARE and film.width != film.height:
        ends = ("left", "right") if film.width > film.height else ("top", "bottom")
        window = st.slider(f"Where? 0 is {ends[0]}, 50 the centre, 100 {ends[1]}", 0, 100, 50, key="film.window") / 100
    frame = boxes.waiting_picture(project, inbox, film.frame)
    words = f"A frame of {film.name}" + ("" if window is None else f", with the square at {window:.0%}")
    picture_grid.one(_carried(frame_with(frame.read_bytes(), window)), words, key="film.frame")
    return window


def _carried(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def frame_with(webp: bytes, window: float | None) -> bytes:
    """A frame as WebP, with what lies outside the square darkened."""
    if window is None:
        return webp
    frame = Image.open(io.BytesIO(webp)).convert("RGB")
    side = min(frame.size)
    x, y = round((frame.width - side) * window), round((frame.height - side) * window)
    shown = Image.blend(frame, Image.new("RGB", frame.size, "#1B1613"), 0.7)
    shown.paste(frame.crop((x, y, x + side, y + side)), (x, y))
    ImageDraw.Draw(shown).rectangle((x, y, x + side - 1, y + side - 1), outline="#FBF8F2", width=3)
    content = io.BytesIO()
    shown.save(content, "WEBP", quality=80, method=0)
    return content.getvalue()


def count_words(pick: Pick, good: list[Film]) -> str:
    """"About **240 stills**"."""
    expected = [pick.expected(film.seconds, film.rate) for film in good]
    counts = [count for count in expected if count is not None]
    if len(counts) < len(expected):
        return "One still for each scene; nobody knows beforehand how many there are."
    total = sum(counts)
    if not total:
        return "**No still** lies in this part. Choose an earlier start."
    many = f" That is more than one can look through: take fewer, or a shorter part (the most is {films.MOST:,})." if total > films.MOST else ""
    return f"About **{show.several(total, 'still')}**.{many}"


def _plain(pick: Pick) -> dict:
    return {name: value for name, value in vars(pick).items() if value is not None}


# ---- what would come -------------------------------------------------------------------------------------------------


def _look(project: Project, inbox: str, all_films: list[Film], look: Look) -> None:
    soft = sum(look.is_blurred(still) for still in look.stills)
    kept = len(look.kept)
    st.markdown(
        f"**{show.several(len(look.stills), 'still')}** would come of {'this film' if len(all_films) == 1 else 'these films'}. "
        + (f"{show.several(soft, 'is', 'are')} much softer than the rest, perhaps blurred. They are marked to stay out: that is "
           "a suggestion, and outliers are yours to keep." if soft else "None is much softer than the rest.")
    )  # fmt: skip
    _tell_refused(all_films)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control(
            "Which are shown", [_ALL, _SOFT, _OUT], default=_ALL, required=True, key=f"film.shown.{inbox}", label_visibility="collapsed",
            format_func=lambda option: f"{option} · {({_ALL: len(look.stills), _SOFT: soft, _OUT: len(look.stills) - kept})[option]:,}",
        )  # fmt: skip
        for label, keep in (("As suggested", None), ("Keep all", True), ("Leave all out", False)):
            st.button(label, type="tertiary", key=f"film.all.{keep}", on_click=collect.keep_all_stills, args=(project, inbox, keep))
    _grid(project, inbox, all_films, look, shown)
    with st.expander("What counts as blurred", icon=":material/blur_on:"):
        _ask_blurred(project, inbox, look)
    words = f"Add {show.several(kept, 'still')}" if kept else "Add no still"
    _add(project, inbox, all_films, words, way="stills", ready=bool(kept))
    with st.container(horizontal=True):
        st.button("Choose other stills", type="tertiary", icon=":material/undo:", key="film.again", on_click=films.forget_look, args=(project, inbox))
        pending.put_away(project, inbox, "this film" if len(all_films) == 1 else "these films", "film.away")


def _ask_blurred(project: Project, inbox: str, look: Look) -> None:
    key = f"film.blurred.{inbox}"
    form.kept(key, round(look.blurred * 100))
    below = st.slider(
        "Suggest to leave out what has less than this part of the film's usual sharpness (%)", 0, 100, step=5, key=key,
        on_change=lambda: collect.mark_blurred(project, inbox, st.session_state[key] / 100),
    )  # fmt: skip
    st.markdown(
        f":small[Now {below} %. Sharpness is the variance of the Laplacian (Pech-Pacheco and others, 2000), compared with the middle "
        "one of the same film. A fog, a face in the dark or a plain wall is soft too: look before you leave it out.]"
    )


def _grid(project: Project, inbox: str, all_films: list[Film], look: Look, shown: str) -> None:
    some = {_ALL: look.stills, _SOFT: [still for still in look.stills if look.is_blurred(still)],
            _OUT: [still for still in look.stills if not look.keeps(still)]}[shown]  # fmt: skip
    if not some:
        st.markdown("None is like that.")
        return
    pages = -(-len(some) // _PAGE)
    page = min(st.session_state.get("film.page") or 1, pages)
    part = some[(page - 1) * _PAGE : page * _PAGE]
    picture_grid.grid(
        cells(project, inbox, all_films, look, part, fade=shown == _ALL), key=f"film.grid.{inbox}", size=150, actions=[_LEAVE_OUT],
        heard=functools.partial(_hear, project, inbox),
    )  # fmt: skip
    if pages > 1:
        st.pagination(pages, key="film.page")


def _hear(project: Project, inbox: str, event: Event) -> None:
    """Out, or back in; one that another tab has added meanwhile is passed over."""
    if event.action == _LEAVE_OUT.name:
        try:
            collect.keep_still(project, inbox, event.id, not event.on)
        except UserError:
            pass


def cells(project: Project, inbox: str, all_films: list[Film], look: Look, some: list[Still], fade: bool = True) -> list[Picture]:
    """The stills as the grid shows them; what stays out is pressed, and faded unless one wants to judge it."""
    names = {film.number: film.name for film in all_films}
    made = []
    for still in some:
        soft = f"soft, {still.relative:.0%}" if look.is_blurred(still) else ""
        when = clock(round(still.second, 1))
        label = " · ".join(part for part in (when, soft, names[still.film] if len(all_films) > 1 else "") if part)
        alt = ", ".join(part for part in (f"{names[still.film]} at {when}", soft) if part)
        source, out = addresses.waiting(project, inbox, still.picture), not look.keeps(still)
        made.append(Picture(still.id, source, alt, label=label, large=source, mark=_LEAVE_OUT.name if out else "", dim=out and fade))
    return made


# ---- adding ----------------------------------------------------------------------------------------------------------


def _add(project: Project, inbox: str, all_films: list[Film], label: str, *, ready: bool = True, **more: Any) -> None:
    """Whose they are, for each film, and the button. A film of several people gets the name of one, or of the group."""
    people: dict[int, str | None] = {}
    several = sum(not film.refused for film in all_films) > 1
    who = functools.partial(_who, project, inbox, all_films, people) if several else None
    answer = consent.ask(project, key=f"film.{inbox}", who=who, is_kept=True)
    by_giver = bool(people)
    if several and not by_giver and answer.consent is not None:
        _who(project, inbox, all_films, people, is_optional=True)
    keep = st.checkbox("Keep the film too", key="film.keep", help="It lies beside the still pictures, without its place and device.")
    if not ready:
        answer = consent.Answer(None, "All of them are left out. Keep at least one.")
    if consent.button(label, answer, key="collect.add"):
        names: dict[str, Any] = {"people" if by_giver else "makers": [people.get(film.number) or "" for film in all_films]} if people else {}
        with show.errors():
            collect.hand_on(project, inbox, answer.consent, keep_film=keep, **names, **more)
            st.rerun()


def _who(project: Project, inbox: str, all_films: list[Film], people: dict[int, str | None], is_optional: bool = False) -> str | None:
    """A field for each of several films, filled with its name; the stills of each are found again by it."""
    known = {person.id: person.name for person in project.people()}
    st.markdown(":small[One person or group for each film: their stills are found again by that name, so a model of each can be made."
                f"{' It says nothing about whose they are, and may stay empty.' if is_optional else ''} **The names come from the files**: change what is not so.]")
    for film in (film for film in all_films if not film.refused):
        proposed = next((person_id for person_id, name in known.items() if name == name_of(film)), name_of(film))
        options = [*known, *([] if proposed in known else [proposed])]
        who = st.selectbox(
            f"Who is in {show.plain(film.name)}?", options, index=options.index(proposed),
            format_func=lambda option: known.get(option, option), accept_new_options=True, placeholder="nobody in particular",
            key=f"film.{'group' if is_optional else 'who'}.{inbox}.{film.number}",
        )  # fmt: skip
        people[film.number] = (who or "").strip() or None
    return None if None in people.values() else next(iter(people.values()))


def name_of(film: Film) -> str:
    """'IMG_mila_01.mp4' -> 'IMG mila 01': a first guess at whom it shows."""
    return " ".join(film.name.rpartition("/")[2].rpartition(".")[0].replace("_", " ").split()) or film.name


