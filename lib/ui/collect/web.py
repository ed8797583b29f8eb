"""From the web, on purpose: first look at what the rules say, then fetch what nobody says no to. Read `way`.

    addresses or one page, and a contact → Look (a task) → a table: what each says, and where → Fetch (a batch)

Nothing is contacted before the first button. The looking and fetching are in lib/collect/web.py.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

from lib import collect, jobs
from lib.collect import web
from lib.errors import UserError
from lib.jobs import Task
from lib.media.signals import ALLOWED, NO, UNKNOWN
from lib.media.web import PICTURE, Refused, checked_contact, tidy
from lib.project import Project, labels
from lib.ui.collect import consent
from lib.ui.widgets import show, task_bar

LOOK = "collect.look_at_web"
_CONTACT = "web.contact"  # a setting of the project: who a website can write to
_ROUND = "web.round"
_WRITTEN = "web.written"  # the lines as they were written, with those that are no address
_SAYS = {
    ALLOWED: ":green-badge[:material/check: nobody says no]", NO: ":red-badge[:material/block: says no]",
    UNKNOWN: ":orange-badge[:material/help: not known]",
}  # fmt: skip
_GROUPS = {
    ALLOWED: ("Nobody says no", ":material/check:"), NO: ("Says no: not fetched", ":material/block:"),
    UNKNOWN: ("Not known: not fetched", ":material/help:"),
}  # fmt: skip
_STRANGE = 3  # lines that are no address, told one by one
_SHOWN = 60  # rows of one kind that stand there at once
_ADDRESSES, _PAGE = "Addresses of pictures", "One page"
_CHOICES = (consent.OPEN, consent.MINE, consent.GIVEN, consent.LICENCE)


def way(project: Project) -> bool:
    """The form, the look that is under way, or what it found."""
    task = newest_look(project)
    if task is None:
        _ask(project)
    elif task_bar.is_under_way(task):
        task_bar.watch(task, "Asking what the rules say")
    elif task.state != "finished":
        show.error(task.error or UserError("The look broke off.", "Its process has ended, or was stopped.", "Look again."))
        _again(task)
    else:
        with show.errors():
            _tell(project, task, task.result())
    return True


def newest_look(project: Project) -> Task | None:
    return next(iter(jobs.tasks(project, LOOK)), None)


# ---- step 1 --------------------------------------------------------------------------------------------------------


def _ask(project: Project) -> None:
    st.markdown(
        "First only the rules are asked for: the files robots.txt, ai.txt and tdmrep.json of each website, the page you name, and "
        "the headers of its pictures. Then you see what each says, and choose; nothing is contacted before you press the button."
    )
    what = st.segmented_control("What do you have?", [_ADDRESSES, _PAGE], default=_ADDRESSES, required=True, key="web.what")
    asked = st.session_state.get(_ROUND, 0)
    page, words = "", ""
    lines: list[str] = []
    if what == _ADDRESSES:
        words = st.text_area("One address a line", height=110, placeholder="https://example.org/tulip.jpg", key=f"web.addresses.{asked}")
        lines, strange = addresses_in(words)
        _tell_strange(strange)
    else:
        page = st.text_input("The page whose pictures you want", placeholder="https://example.org/tulips", key=f"web.page.{asked}").strip()
    contact = st.text_input(
        "How can the website reach you?", value=str(labels.setting(project, _CONTACT, "")), placeholder="you@example.org",
        help="Your e-mail address, or the address of a page about you. Each request carries it, so that its people can answer.", key="web.contact",
    ).strip()  # fmt: skip
    missing = _missing(lines or page, contact, what, len(lines))
    pressed = st.button(_look_label(lines, page), type="secondary" if missing else "primary", disabled=bool(missing), key="web.look")
    if missing:
        st.markdown(f":small[{missing}]")
    if pressed:
        st.session_state[_WRITTEN] = words
        with show.errors():
            labels.keep_settings(project, {_CONTACT: contact})
            jobs.background(project, LOOK, addresses=lines, page=page, contact=contact)
            st.rerun()


def addresses_in(words: str) -> tuple[list[str], list[UserError]]:
    """The addresses, one a line, each once; and why other lines are none. Nobody is asked for that."""
    lines: list[str] = []
    strange: list[UserError] = []
    for line in dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()):
        try:
            tidy(line)
            lines.append(line)
        except Refused as error:
            strange.append(error)
    return lines, strange


def _tell_strange(strange: list[UserError]) -> None:
    for error in strange[:_STRANGE]:
        show.error(error)
    if len(strange) > _STRANGE:
        st.markdown(f"and {show.several(len(strange) - _STRANGE, 'more line')} of which none is an address.")


def _missing(asked: object, contact: str, what: str, count: int) -> str:
    """What is missing before anybody is asked, in a sentence; "" if nothing."""
    if not asked:
        return f"First write down {'an address' if what == _ADDRESSES else 'the address of a page'}."
    if count > web.MOST:
        return f"These are {count:,} addresses; up to {web.MOST} can be looked at together."
    try:
        checked_contact(contact)
    except UserError as error:
        return f"{error.what} {error.fix}"
    return ""


def _look_label(lines: list[str], page: str) -> str:
    hosts = {urlsplit(line).netloc or line for line in [*lines, *([page] if page else [])]}
    if len(hosts) > 1:
        return f"Look at what {len(hosts)} websites say"
    return f"Look at what {next(iter(hosts), 'it')} says"


# ---- step 2 --------------------------------------------------------------------------------------------------------


def _tell(project: Project, task: Task, looked: dict) -> None:
    if looked["page"]:
        _tell_page(project, task, looked)
    private = [row for row in looked["found"] if row.get("refused")]
    rows = {says: [row for row in looked["found"] if row["says"] == says and row not in private] for says in (ALLOWED, NO, UNKNOWN)}
    if not looked["found"]:
        if not looked["page"] or looked["page"]["says"] != NO:
            st.markdown("There are no pictures on this page, or they come only once its programs run. Save them in a browser, and add them under Files.")
        _again(task)
        return
    for row in private[:_SHOWN]:
        show.error(UserError(**row["refused"]))
    if len(private) == len(looked["found"]):
        _again(task, "Look at other addresses", "primary")
        return
    st.markdown(head_words(rows, looked))
    for says in (NO, UNKNOWN, ALLOWED):
        if rows[says]:
            title, icon = _GROUPS[says]
            with st.expander(f"{title} ({len(rows[says])})", expanded=says != ALLOWED or len(rows[says]) <= 12, icon=icon):
                st.markdown(table(rows[says]))
    _fetch(project, task, looked, rows)


def head_words(rows: Mapping[str, list], looked: dict) -> str:
    """"Of 14 pictures, 12 have nobody who says no, 2 say no. Looked at on …; nothing was fetched yet."""
    counts = [
        f"nobody says no to **{len(rows[ALLOWED])}**", f"**{len(rows[NO])}** say no" if len(rows[NO]) != 1 else "**1** says no",
        f"of **{len(rows[UNKNOWN])}** it is not known",
    ]  # fmt: skip
    summary = ", ".join(words for words, says in zip(counts, (ALLOWED, NO, UNKNOWN)) if rows[says] or says == ALLOWED)
    more = f" {looked['left_out']:,} more were not looked at: {web.MOST} is the most for one look." if looked["left_out"] else ""
    count = sum(map(len, rows.values()))
    return f"Of {show.several(count, 'picture')}: {summary}. Looked at on {show.when(looked['at'])}; no picture was fetched yet.{more}"


def table(rows: list[dict]) -> str:
    """Picture by picture: the line that says so and where it stands, and the licence that was found."""
    is_one_host = len({urlsplit(row["address"]).netloc for row in rows}) == 1
    lines = ["| Picture | What is said | Licence |", "|---|---|---|"]
    for row in rows[:_SHOWN]:
        alt = f" · {show.plain(row['alt'][:80])}" if row["alt"] else ""
        lines.append(f"| {_named(row['address'], is_one_host)}{alt} | {said_words(row)} | {show.plain(row['licence']) or 'not said'} |")
    if len(rows) > _SHOWN:
        lines.append(f"| and {len(rows) - _SHOWN:,} more | | |")
    return "\n".join(lines)


def said_words(row: dict) -> str:
    """"robots.txt: Disallow: /pics/", or why it is not known; "no rule about it"."""
    home = urlsplit(row["address"]).netloc
    reasons = [_line(signal, home) for signal in row["signals"]] + ([show.plain(row["why"])] if row.get("why") else [])
    return "; ".join(reasons) or "no rule about it"


def _line(signal: dict, home: str) -> str:
    """The line itself, with the file that it stands in, and the website where that is another one."""
    file = f"{signal['kind']}: " if not signal["line"].lower().startswith((signal["kind"].lower(), "<meta")) else ""
    where = urlsplit(signal["where"]).netloc
    return f"**{show.plain(file + signal['line'])}**" + (f" ({show.plain(where)})" if where != home else "")


def _named(address: str, is_one_host: bool) -> str:
    """The last part of an address, and its machine: an address is long."""
    parts = urlsplit(address)
    name = show.plain((parts.path.rpartition("/")[2] or parts.path)[-60:]) or show.plain(address[:80])
    return name if is_one_host else f"{name} ({show.plain(parts.netloc)})"


def _tell_page(project: Project, task: Task, looked: dict) -> None:
    page = looked["page"]
    title, place = (f"**{show.plain(page['title'])}**, " if page["title"] else ""), page["address"].partition("//")[2]
    licence = f" · licence: {show.plain(page['licence'])}" if page["licence"] else ""
    st.markdown(f"{title}{show.plain(place)}  \n{_SAYS[page['says']]} {said_words(page)}{licence}")
    if page["says"] != ALLOWED and not looked["found"]:
        st.markdown("So its pictures are not looked for.")
        if page["says"] == NO and (permission := _ask_permission("web.page-permission")):
            if st.button("Look with this permission", type="primary", key="web.look-permitted"):
                with show.errors():
                    jobs.background(project, LOOK, page=page["address"], contact=looked["contact"], permission=permission)
                    jobs.forget(task)
                    st.rerun()


def _fetch(project: Project, task: Task, looked: dict, rows: Mapping[str, list]) -> None:
    wanted, permission = list(rows[ALLOWED]), (looked["page"] or {}).get("permission")
    if rows[NO]:
        permission = _ask_permission("web.permission", permission)
        wanted += rows[NO] if permission else []
    wanted = _leave_out(wanted, task)
    if not wanted:
        st.markdown("There is nothing here that is fetched.")
        _again(task)
        return
    captions = not any(row["alt"] for row in wanted) or st.checkbox(
        "Take the page's own words for each picture (its alt text) as caption", value=True, key="web.captions"
    )
    answer = consent.ask(project, key=f"web.consent.{task.id}", question="Whose are they?", choices=_CHOICES)
    st.markdown(
        f":small[Address, licence and what was said are kept with each picture. One a second from each website, up to {PICTURE // 10**6} MB each: "
        f"about {_time(wanted)}. That nobody says no is no permission yet: a picture without an open licence still belongs to somebody.]"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = consent.button(f"Fetch {show.several(len(wanted), 'picture')}", answer, key="web.fetch")
        _again(task, "Change what is looked at")
    if pressed:
        with show.errors():
            collect.fetch_later(
                project, looked["id"], choose=[row["address"] for row in wanted], consent=answer.consent, permission=permission, captions=captions
            )
            _put_away(task)
            st.rerun()


def _leave_out(rows: list[dict], task: Task) -> list[dict]:
    """A page shows logos and buttons too."""
    names = {row["address"]: f"{row['address'].rpartition('/')[2][-50:]}{' · ' if row['alt'] else ''}{row['alt'][:50]}" for row in rows}
    if len(names) < 2:
        return rows
    out = st.multiselect("Leave out (optional)", list(names), format_func=names.get, placeholder="Pictures that you do not want", key=f"web.out.{task.id}")
    return [row for row in rows if row["address"] not in out]


def _time(rows: list[dict]) -> str:
    """Each website is asked once a second, one after the other."""
    seconds = max(2, round(1.5 * len(rows)))
    return show.several(seconds, "second") if seconds < 90 else show.several(round(seconds / 60), "minute")


def _ask_permission(key: str, known: dict | None = None) -> dict | None:
    """Who, when and what: all three, or there is no permission. known: one that was written down already."""
    with st.expander("I have a written permission for those that say no", icon=":material/edit_document:", expanded=bool(known)):
        known = known or {}
        left, right = st.columns(2)
        who = left.text_input("Who gave it?", value=known.get("who", ""), placeholder="name and role", key=f"{key}.who")
        when = right.date_input("On which day?", value=_day(known.get("when")), max_value="today", key=f"{key}.when")
        what = st.text_area("What do they allow? Copy their words.", value=known.get("what", ""), height=80, key=f"{key}.what")
        permission = {"who": who.strip(), "when": when.isoformat() if when else "", "what": what.strip()}
        if not all(permission.values()):
            st.markdown(":small[It counts once all three are written down, and is kept with each picture.]")
            return None
        try:
            return web.as_permission(permission)
        except UserError as error:
            show.error(error)
            return None


def _day(written: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(written) if written else None


def _again(task: Task, label: str = "Look again", weight: str = "tertiary") -> None:
    """Back to the first step, where what was asked about stands again, to be mended."""
    st.button(label, type=weight, key="web.again", on_click=_ask_again, args=(task,))


def _ask_again(task: Task) -> None:
    with show.errors():
        asked = task.request["arguments"]
        written = st.session_state.get(_WRITTEN) or "\n".join(asked.get("addresses") or [])
        _put_away(task)
        now = st.session_state[_ROUND]
        st.session_state["web.what"] = _PAGE if asked.get("page") else _ADDRESSES
        st.session_state[f"web.addresses.{now}"], st.session_state[f"web.page.{now}"] = written, asked.get("page") or ""


def _put_away(task: Task) -> None:
    jobs.forget(task)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
