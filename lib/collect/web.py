"""Pictures from the web, on purpose and with care, in two steps. Read `look_at_web`, then `fetch_from_web`.

    looked = collect.look_at_web(project, page="https://example.org/tulips", contact="ana@example.org")
    report = collect.fetch_from_web(project, looked["id"])

The first step asks only for what says the rules (robots.txt, ai.txt, tdmrep.json, the page, the headers of each picture)
and shows what each says. The second asks the page once more, and fetches what nobody says no to. What says no is fetched only with a written
permission (who gave it, when, and for what), which is kept with the picture. That nobody says no is no consent: what
comes in stays undecided, and out of datasets, until somebody decides. The asking is in lib/media/web.py, the reading of
rules in lib/media/signals.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from lib import jobs
from lib.collect.arriving import as_spans
from lib.errors import UserError, is_disk_full
from lib.media import page as pages
from lib.media import signals, sniff, web
from lib.media.files import read_json, write_json
from lib.media.signals import ALLOWED, NO, UNKNOWN, Signal
from lib.media.web import Answer, Private, Refused, Visitor
from lib.project import arguments, intake
from lib.project import database as db
from lib.project.consent import Consent, as_consent, record
from lib.project.folder import CACHE, making, now

if TYPE_CHECKING:
    from lib.project import Project

MOST = 200                   # addresses of one look
TOGETHER = 1_000_000_000     # bytes of one fetch
RULES_KEPT = 24 * 3600       # seconds (RFC 9309: at most a day)
_RULES = {"robots.txt": "/robots.txt", "ai.txt": "/ai.txt", "tdmrep.json": "/.well-known/tdmrep.json"}
_FOLDER, _LOOKS = "web", "looks"
_FORGOTTEN = 30 * 24 * 3600  # seconds
_TOLD = 200  # names of refused pictures that a result carries
_NO_HEAD = (405, 501)
_TIRED = (429, 503)


# ---- step 1: look --------------------------------------------------------------------------------------------------


def look_at_web(
    project: Project,
    addresses: Iterable[str] = (),
    *,
    page: str = "",
    contact: str,
    permission: dict | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
    _visitor: Visitor | None = None,
) -> dict | None:
    """Asks what the rules are for some pictures, or for those of one page, and fetches none of them.

    contact: your e-mail or web address; it is sent along, so that a website can reach you. permission: as for
    `fetch_from_web`, where the page itself says no.
    Returns {"id", "at", "contact", "page": None or {"address", "title", "licence", "says", "signals"}, "found": [{"address",
    "says", "signals", "alt", "licence", "why"}], "left_out": how many more there were}; says is "allowed", "no" or "unknown", and each signal
    {"kind", "says", "line", "where"}; a picture of one's own network has "refused", {"what", "why", "fix"}, too. None if it was stopped. Raises UserError where there is nothing to look at.
    """
    project, page = arguments.project(project), arguments.text("page", page).strip()
    asked = [arguments.text("addresses", address).strip() for address in arguments.several("addresses", addresses, alone=str)]
    asked, permission = [address for address in asked if address], as_permission(permission)
    if bool(asked) == bool(page):
        raise UserError("There is nothing to look at.", "", "Name the addresses of pictures, or one page.")
    rules = _Rules(_visitor or Visitor(contact, _folder(project)), _folder(project))
    about_page = None
    rows = [{"address": address, "alt": "", "licence": ""} for address in dict.fromkeys(asked)]
    if page:
        about_page, inside = _look_at_page(rules, page, permission)
        rows = [dataclasses.asdict(picture) for picture in inside]
    left_out, rows = max(0, len(rows) - MOST), rows[:MOST]
    for done, row in enumerate(rows, start=1):
        if should_stop and should_stop():
            return None
        row.update(_look_at_picture(rules, row, about_page))
        if progress:
            progress(done, len(rows))
    looked: dict[str, Any] = {
        "id": secrets.token_hex(8), "at": now(), "contact": contact, "page": about_page, "found": rows, "left_out": left_out,
    }  # fmt: skip
    _clear_old(_folder(project) / _LOOKS)
    write_json(_look_file(project, looked["id"]), looked)
    return looked


def _clear_old(folder: Path) -> None:
    """Looks that nobody has come back to for a month; the next look asks anew anyway."""
    for file in folder.glob("*.json"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _FORGOTTEN:
                file.unlink()


def _look_at_page(rules: _Rules, address: str, permission: dict | None) -> tuple[dict, list[pages.Picture]]:
    """What a page says of itself, and its pictures: none where it says no."""
    address = web.tidy(address)
    about_page = {"address": address, "title": "", "licence": "", "permission": permission}
    before = rules.about(address)
    if _blocks(before, permission):
        return {**about_page, **_summary(before)}, []
    try:
        answer, content = _read_page(rules, address, permission)
    except _Stopped as stopped:
        return {**about_page, **_summary(stopped.signals)}, []
    after = _all_signals(rules, answer, content.metas)
    about_page.update(address=answer.address, title=content.title, licence=content.licence or pages.licence_in_links(_links(answer)))
    is_no = signals.settle(after) == NO and not permission
    return {**about_page, **_summary(after)}, [] if is_no else content.pictures


def _read_page(rules: _Rules, address: str, permission: dict | None) -> tuple[Answer, pages.Page]:
    """Raises Refused for what does not answer with a page, and _Stopped where the rules do not let us ask."""
    answer = rules.ask(address, permission, largest=web.PAGE)
    if answer.status != 200:
        raise Refused(f"{address} answers with {answer.status}.", _status_words(answer.status), "Open it in a browser, and copy the address of the page.")
    if sniff.look_at(answer.body[: sniff.HEAD]).form not in ("html", "xml", "text"):
        raise Refused(f"{address} is no page.", f"It is {sniff.look_at(answer.body[: sniff.HEAD]).words}.", "Put the address of a picture into the list of addresses.")
    charset = re.search(r"charset=\"?([\w-]+)", answer.header("content-type"))
    try:
        return answer, pages.read(answer.body, answer.address, charset[1] if charset else "")
    except ValueError as error:
        raise Refused(f"{address} cannot be read.", "It is not written as a page.", "Look at it in a browser.") from error


def _look_at_picture(rules: _Rules, row: dict, about_page: dict | None) -> dict:
    """What is said about one picture: by the rules of its machine, by its headers, and by the page that shows it."""
    of_page = _for_pictures(Signal(**signal) for signal in about_page["signals"]) if about_page else []
    try:
        row["address"] = web.tidy(row["address"])
        before = rules.about(row["address"])
        if _blocks(before, None):
            return {**_summary(before + of_page), "why": "", "licence": row["licence"]}
        answer = _head(rules, row["address"])
    except _Stopped as stopped:
        return {**_summary(stopped.signals + of_page), "why": "", "licence": row["licence"]}
    except Refused as refused:
        refusal = {"refused": {**refused.as_dict(), "what": f"{row['address']} is not asked."}} if isinstance(refused, Private) else {}
        return {"says": UNKNOWN, "signals": [], "why": str(refused), "licence": row["licence"], **refusal}
    if answer.status != 200:
        return {"says": UNKNOWN, "signals": [], "why": f"It answers with {answer.status}. {_status_words(answer.status)}", "licence": row["licence"]}
    licence = pages.licence_in_links(_links(answer)) or row["licence"] or (about_page or {}).get("licence", "")
    return {**_summary(_all_signals(rules, answer) + of_page), "why": "", "licence": licence}


def _for_pictures(of_page: Iterable[Signal]) -> list[Signal]:
    """What a page says of itself holds for its pictures too; but robots.txt has a word of its own about each of them."""
    return [signal for signal in of_page if signal.kind != "robots.txt"]


def _head(rules: _Rules, address: str) -> Answer:
    """The headers of a picture. Where a machine knows no HEAD, those of a GET whose body is not read."""
    answer = rules.ask(address, None, method="HEAD")
    if answer.status not in _NO_HEAD:
        return answer
    try:
        return rules.ask(address, None, look=_stop_after_headers)
    except _HeadersOnly as stopped:
        return stopped.answer


class _HeadersOnly(Exception):
    def __init__(self, address: str, headers: tuple[tuple[str, str], ...]):
        self.answer = Answer(address, 200, headers)


def _stop_after_headers(address: str, headers: tuple[tuple[str, str], ...]) -> None:
    raise _HeadersOnly(address, headers)


def _summary(found_signals: list[Signal]) -> dict:
    return {"says": signals.settle(found_signals), "signals": [signal.as_plain() for signal in dict.fromkeys(found_signals)]}


def _all_signals(rules: _Rules, answer: Answer, metas: Sequence[tuple[str, str]] = ()) -> list[Signal]:
    """Everything that is said about an address that has answered."""
    return [
        *rules.about(answer.address, reservation=False),
        *signals.in_headers(answer.headers, answer.address),
        *signals.in_meta(metas, answer.address),
        *rules.reservation(answer.address, answer.headers, metas),
    ]


def _blocks(found_signals: list[Signal], permission: dict | None) -> bool:
    """True where an address may not even be asked: robots.txt says no, or cannot be read."""
    of_robots = [signal for signal in found_signals if signal.kind == "robots.txt"]
    verdict = signals.settle(of_robots)
    return verdict == UNKNOWN or (verdict == NO and not permission)


def _links(answer: Answer) -> list[str]:
    return [value for name, value in answer.headers if name.lower() == "link"]


def _status_words(status: int) -> str:
    if status in (404, 410):
        return "There is nothing at this address (any more)."
    if status in (401, 402, 403, 451):
        return "It does not show this to everybody."
    return "It is overloaded, or wants to be left alone." if status in _TIRED else "It cannot show it now."


# ---- the rules of a machine ----------------------------------------------------------------------------------------


class _Stopped(Exception):
    """A redirect led to an address whose rules say no, or cannot be read."""

    def __init__(self, found_signals: list[Signal]):
        super().__init__(signals.settle(found_signals))
        self.signals = found_signals


class _Rules:
    """What each machine says in its three files; asked for once, and kept for at most a day."""

    def __init__(self, visitor: Visitor, folder: Path):
        self.visitor, self.folder = visitor, folder / "rules"
        self._known: dict[str, dict] = {}

    def about(self, address: str, reservation: bool = True) -> list[Signal]:
        """The signals of robots.txt and ai.txt, and of tdmrep.json (where no header or meta tag is known yet)."""
        kept, home = self._of(address), web.home_of(address)
        found_signals = []
        for name, read in (("robots.txt", signals.in_robots), ("ai.txt", signals.in_ai_txt)):
            where = home + _RULES[name]
            if name in kept:
                why, text = kept[name]["why"], kept[name]["text"]
                found_signals += [Signal(name, UNKNOWN, why, where)] if why else read(text, address, where)
        if "tdmrep.json" in kept and kept["tdmrep.json"]["why"]:
            found_signals.append(Signal("TDM reservation", UNKNOWN, kept["tdmrep.json"]["why"], home + _RULES["tdmrep.json"]))
        pause = signals.pause_of(kept["robots.txt"]["text"])
        if pause and pause > web.LONGEST_PAUSE:
            found_signals.append(Signal("robots.txt", NO, f"Crawl-delay: {pause:g}", home + _RULES["robots.txt"]))
        return found_signals + (self.reservation(address, (), ()) if reservation else [])

    def reservation(self, address: str, headers: tuple[tuple[str, str], ...], metas: Sequence[tuple[str, str]]) -> list[Signal]:
        file = self._of(address).get("tdmrep.json", {}).get("text", "")
        return signals.tdm(file, headers, metas, address, web.home_of(address) + _RULES["tdmrep.json"])

    def pause(self, address: str) -> float:
        kept = self._known.get(web.home_of(address))
        return min((signals.pause_of(kept["robots.txt"]["text"]) if kept else None) or web.PAUSE, web.LONGEST_PAUSE)

    def ask(self, address: str, permission: dict | None, **more: Any) -> Answer:
        """An answer, where the rules of each machine on the way let us ask. Raises _Stopped or Refused."""

        def check(hop: str) -> None:
            found_signals = self.about(hop)
            if _blocks(found_signals, permission):
                raise _Stopped(found_signals)

        return self.visitor.ask(address, check=check, pause=self.pause, **more)

    def _of(self, address: str) -> dict:
        home = web.home_of(address)
        if home not in self._known:
            self._known[home] = self._kept(home) or self._asked(home)
        return self._known[home]

    def _file(self, home: str) -> Path:
        return self.folder / f"{hashlib.sha256(home.encode()).hexdigest()[:24]}.json"

    def _kept(self, home: str) -> dict | None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = read_json(self._file(home))
            if kept["home"] == home and 0 <= time.time() - kept["at"] < RULES_KEPT and not kept["robots.txt"]["why"]:
                return kept
        return None

    def _asked(self, home: str) -> dict:
        """robots.txt first. Where it cannot be read, nothing more is asked; where it says no, not what it says no to."""
        kept: dict[str, Any] = {"home": home, "at": time.time(), "robots.txt": self._read(home, "robots.txt")}
        self._known[home] = kept  # its pause holds for the next question already
        if not kept["robots.txt"]["why"]:
            for name in ("ai.txt", "tdmrep.json"):
                if signals.may_ask(kept["robots.txt"]["text"], home + _RULES[name]):
                    kept[name] = self._read(home, name)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self._file(home), kept, durable=False)
        return kept

    def _read(self, home: str, name: str) -> dict[str, str]:
        """Its words; none for 4xx (there are no rules); why, where nobody can know."""
        try:
            answer = self.visitor.ask(home + _RULES[name], largest=web.RULES, cut=True, pause=self.pause)
        except Private:
            raise
        except Refused as refused:
            return {"text": "", "why": f"{refused.what} {refused.why}"}
        if answer.status == 200:
            return {"text": answer.text, "why": ""}
        is_none = 400 <= answer.status < 500 and answer.status != 429
        return {"text": "", "why": "" if is_none else f"It answers with {answer.status}, so its rules cannot be known."}


# ---- step 2: fetch -------------------------------------------------------------------------------------------------


def fetch_later(project: Project, look: str, **more: Any):
    """`fetch_from_web` as a task in the background, which goes on where it was interrupted. Returns the Task."""
    consent = more.pop("consent", None)
    if consent is not None:
        more["consent"] = record.as_plain(arguments.project(project), consent)
    return jobs.background(arguments.project(project), "collect.fetch_from_web", look=look, token=secrets.token_hex(8), **more)


def fetch_from_web(
    project: Project,
    look: str,
    *,
    choose: Iterable[str] | None = None,
    consent: Consent | dict | None = None,
    permission: dict | None = None,
    captions: bool = True,
    token: str = "",
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
    _visitor: Visitor | None = None,
) -> dict | None:
    """Fetches the pictures of a look that nobody says no to, one after the other.

    look: the "id" of what `look_at_web` returned. choose: only these addresses of it. consent: without it nobody has decided,
    and they stay out of datasets; the source is written down in any case. permission: {"who", "when" (a date), "what"}, a
    written one, for those that say no; it is kept with each picture. captions: take the alt text as caption.
    token: the same again goes on where that fetch was interrupted.
    A page whose pictures they are is asked once more before the first one: what it says by now holds.
    Each item keeps facts["web"]: address, page, alt, licence, signals, fetched, sha256 (of what came), permission.
    Returns counts and reasons as `add_inbox` does; None if it was stopped. Raises UserError for a look that is not there.
    """
    project, looked = arguments.project(project), _read_look(project, look)
    permission = as_permission(permission)
    rows = _chosen(looked, choose, permission)
    rules = _Rules(_visitor or Visitor(looked["contact"], _folder(project)), _folder(project))
    ledger = _Ledger(project, look, token)
    is_open = any(row["address"] not in ledger.done for row in rows)
    of_page = _page_of_today(rules, looked["page"], permission) if looked["page"] and is_open else []
    bytes_left = TOGETHER
    tired: set[str] = set()
    for done, row in enumerate(rows, start=1):
        if should_stop and should_stop():
            return None
        if row["address"] not in ledger.done:
            try:
                _refuse_tired(row["address"], tired, bytes_left)
                body = _fetch_one(project, rules, row, looked, of_page, permission, tired, ledger, consent, captions)
                bytes_left -= body
            except Refused as refused:
                ledger.refused(row["address"], refused)
        if progress:
            progress(done, len(rows))
    return ledger.result(rows)


def _page_of_today(rules: _Rules, page: dict, permission: dict | None) -> list[Signal]:
    """What the page of a look says by now: a look may be weeks old. Where it cannot be read any more, nobody knows."""
    try:
        answer, content = _read_page(rules, page["address"], permission or page.get("permission"))
    except _Stopped as stopped:
        return stopped.signals
    except Refused as refused:
        return [Signal("the page", UNKNOWN, f"{refused.what} {refused.why}", page["address"])]
    return _for_pictures(_all_signals(rules, answer, content.metas))


def _refuse_by_page(address: str, of_page: list[Signal], granted: dict | None) -> None:
    _refuse_no(address, of_page, granted, "Its page says no by now")
    unknown = next((signal for signal in of_page if signal.says == UNKNOWN), None)
    if unknown:
        raise Refused(f"{address} was not fetched.", f"What its page says by now is not known. {unknown.line}", "Try again later, or look at the picture's own address.")


def _refuse_tired(address: str, tired: set[str], bytes_left: int) -> None:
    if web.home_of(address) in tired:
        raise Refused(f"{address} was not asked for.", "Its machine has just said that it is overloaded.", "Try again tomorrow.")
    if bytes_left <= 0:
        raise Refused(f"{address} was not asked for.", f"One fetch brings up to {TOGETHER / 1e9:.0f} GB.", "Look again, at fewer addresses.")


def _fetch_one(
    project: Project, rules: _Rules, row: dict, looked: dict, of_page: list[Signal], permission: dict | None, tired: set[str], ledger: _Ledger,
    consent, captions: bool,
) -> int:  # fmt: skip
    """Fetches one picture and takes it in; returns its bytes. Raises Refused."""
    granted = permission if row["says"] == NO else None
    _refuse_by_page(row["address"], of_page, granted)
    weighed: list[Signal] = []

    def look(address: str, headers: tuple[tuple[str, str], ...]) -> None:
        weighed[:] = _all_signals(rules, Answer(address, 200, headers))
        _refuse_no(row["address"], weighed, granted)

    try:
        answer = rules.ask(row["address"], granted, look=look)
    except _Stopped as stopped:
        _refuse_no(row["address"], stopped.signals, granted)
        raise Refused(f"{row['address']} was not fetched.", "It leads to a machine whose rules cannot be known.", "Try again later.") from None
    if answer.status in _TIRED:
        tired.add(web.home_of(row["address"]))
    if answer.status != 200:
        raise Refused(f"{row['address']} answers with {answer.status}.", _status_words(answer.status), "Open it in a browser to see what is there.")
    _refuse_what_is_no_picture(row["address"], answer)
    carried = signals.in_picture(answer.body, answer.address)
    _refuse_no(row["address"], carried, granted)
    kept = [signal.as_plain() for signal in dict.fromkeys([*(Signal(**signal) for signal in row["signals"]), *of_page, *weighed, *carried])]
    facts = {
        "address": row["address"], "page": (looked["page"] or {}).get("address", ""), "alt": row["alt"], "licence": row["licence"],
        "signals": kept, "fetched": now(), "sha256": hashlib.sha256(answer.body).hexdigest(),
    }  # fmt: skip
    facts |= {"answered": answer.address} if answer.address != row["address"] else {}
    facts |= {"permission": granted} if granted else {}
    _take_in(project, row, answer.body, facts, _consent_for(row, consent, granted), captions, ledger)
    return len(answer.body)


def _refuse_no(address: str, found_signals: list[Signal], granted: dict | None, who: str = "") -> None:
    against = next((signal for signal in found_signals if signal.says == NO), None)
    if against and not granted:
        why = f"{against.kind}: {against.line}"
        raise Refused(f"{address} says no.", f"{who}. {why}" if who else why, "Ask its makers; with a written permission it can be fetched.")


def _refuse_what_is_no_picture(address: str, answer: Answer) -> None:
    """By what came, never by what it was called."""
    file_type = sniff.look_at(answer.body[: sniff.HEAD])
    if not answer.body or file_type.kind != "image":
        words = file_type.words if answer.body else "empty"
        raise Refused(f"{address} is no picture.", f"What came is {words}.", "Only JPEG, PNG, WebP, HEIC, TIFF, BMP and GIF are taken.")


def _consent_for(row: dict, consent: Consent | dict | None, granted: dict | None) -> Consent:
    """Undecided, unless somebody has decided; with the source and the licence as they were found."""
    note = f"Written permission of {granted['who']}, {granted['when']}: {granted['what']}" if granted else ""
    if consent is None or (decided := as_consent(consent)).state == "unknown":
        return Consent(state="unknown", basis="unknown", licence=row["licence"] or None, source=row["address"], note=note)
    return dataclasses.replace(decided, source=decided.source or row["address"], note=" ".join(part for part in (decided.note, note) if part))


def _take_in(project: Project, row: dict, body: bytes, facts: dict, consent: Consent, captions: bool, ledger: _Ledger) -> None:
    name = _name_of(row["address"])
    with making(_folder(project)) as folder:
        path = folder / "picture"
        path.write_bytes(body)
        try:
            report = intake.take_in(
                project, [path], consent, names={path: name}, facts=lambda _: {"web": facts},
                captions={name: row["alt"]} if captions and row["alt"] else None,
            )  # fmt: skip
        except UserError as error:
            if is_disk_full(error):
                raise
            raise Refused(error.what, error.why, error.fix) from error
    ledger.took(row["address"], report)


def _name_of(address: str) -> str:
    """The last part of an address, as a file's name; only ever words."""
    name = re.sub(r"[^\w. ()-]", "_", unquote(urlsplit(address).path.rsplit("/", 1)[-1]))[-80:].strip(". ")
    plain = Path(name).stem if Path(name).suffix.lower() in sniff.PICTURE_NAMES else name
    return f"{plain or 'picture'}{Path(name).suffix.lower() if Path(name).suffix.lower() in sniff.PICTURE_NAMES else ''}"


class _Ledger:
    """What became of each address, written down at once, so that an interrupted fetch goes on."""

    def __init__(self, project: Project, look: str, token: str):
        self.path = _look_file(project, f"{arguments.text('look', look)}-{re.sub('[^0-9a-f]', '', token)}") if token else None
        kept = {}
        with contextlib.suppress(OSError, ValueError):
            kept = read_json(self.path) if self.path else {}
        self.last = kept.get("last", _last_number(project))
        self.done: dict[str, dict] = kept.get("done", {})
        self._write()

    def took(self, address: str, report: intake.Report) -> None:
        """A duplicate with a number of this fetch was added by it, before it was interrupted."""
        mine = [item.number for item in report.added] + [number for _, number in report.duplicates if number > self.last]
        if mine:
            self.done[address] = {"added": mine[0]}
        elif report.duplicates:
            self.done[address] = {"duplicate": list(report.duplicates[0])}
        else:
            self.done[address] = {"refused": report.refusals[0]}
        self._write()

    def refused(self, address: str, error: UserError) -> None:
        self.done[address] = {"refused": {"name": address, **error.as_dict()}}
        self._write()

    def _write(self) -> None:
        if self.path:
            write_json(self.path, {"last": self.last, "done": self.done}, durable=False)

    def result(self, rows: list[dict]) -> dict:
        came = [self.done[row["address"]] for row in rows if row["address"] in self.done]
        refused = [entry["refused"] for entry in came if "refused" in entry]
        again = [entry["duplicate"] for entry in came if "duplicate" in entry]
        added = {entry["added"] for entry in came if "added" in entry}
        return {
            "files": len(rows), "added": len(added), "numbers": as_spans(added), "duplicates": again[:_TOLD],
            "duplicate_count": len(again), "refused": refused[:_TOLD], "refused_count": len(refused),
        }  # fmt: skip


def _last_number(project: Project) -> int:
    """The highest number that an item has had so far."""
    with project.database.read() as connection:
        return connection.execute(sa.select(db.numbers.c.last).where(db.numbers.c.what == "item")).scalar_one()


# ---- small ---------------------------------------------------------------------------------------------------------


def as_permission(permission: dict | None) -> dict | None:
    """A written permission: who gave it, when, and for what. Raises UserError where one of these is missing."""
    if permission is None:
        return None
    written = {name: " ".join(str(permission.get(name, "") or "").split())[:500] for name in ("who", "when", "what")} if isinstance(permission, dict) else {}
    missing = [words for name, words in (("who", "who gave it"), ("when", "when"), ("what", "what they wrote")) if not written.get(name)]
    if missing:
        raise UserError("This is not a written permission yet.", f"It does not say {', '.join(missing)}.", "Write down who gave it, on which day, and what they allow.")
    try:
        day = datetime.date.fromisoformat(written["when"])
    except ValueError:
        raise UserError(f"{written['when']} is not a date.", "A permission was given on a day.", "Write it as year-month-day: 2026-05-31.") from None
    if day > datetime.date.today():
        raise UserError("This permission lies in the future.", f"It says {day}.", "Write down the day on which it was given.")
    return written


def _chosen(looked: dict, choose: Iterable[str] | None, permission: dict | None) -> list[dict]:
    """Those that may be fetched. Raises UserError for an address that was not looked at."""
    if choose is not None:
        wanted = dict.fromkeys(arguments.several("choose", choose, alone=str))
        strange = set(wanted) - {row["address"] for row in looked["found"]}
        if strange:
            raise UserError(f"{sorted(strange)[0]} was not looked at.", "First it is shown what the rules say, then a picture is fetched.", "Look at it first.")
    else:
        wanted = None
    fine = (ALLOWED, NO) if permission else (ALLOWED,)
    return [row for row in looked["found"] if row["says"] in fine and (wanted is None or row["address"] in wanted)]


def _folder(project: Project) -> Path:
    folder = arguments.project(project).path / CACHE / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _look_file(project: Project, look: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{16}(-[0-9a-f]*)?", look):
        raise UserError(f"There is no look called {look!r}.", "", "Look at the addresses first.")
    folder = _folder(project) / _LOOKS
    folder.mkdir(exist_ok=True)
    return folder / f"{look}.json"


def _read_look(project: Project, look: str) -> dict:
    try:
        return read_json(_look_file(project, arguments.text("look", look)))
    except (OSError, ValueError) as error:
        raise UserError("What was looked at is not there any more.", "It waited in the project's cache, which somebody may have emptied.", "Look at the addresses again.") from error


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project: Project, gone: Iterable) -> list[Path]:
    """The looks, and the ledgers of fetches, that tell of these items: their addresses, and what was said of them."""
    addresses = {item.facts["web"].get("address") for item in gone if item.facts.get("web")}
    files = (project.path / CACHE / _FOLDER / _LOOKS).glob("*.json") if addresses else ()
    return [file for file in files if not addresses.isdisjoint(_addresses_in(file))]


def forget(project: Project, gone: Iterable) -> None:
    """Deletes these files: whoever wants more of the page looks at it again."""
    for file in touched(project, gone):
        file.unlink(missing_ok=True)


def _addresses_in(file: Path) -> list[str]:
    try:
        kept = read_json(file)
        return [row["address"] for row in kept["found"]] if "found" in kept else list(kept["done"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
