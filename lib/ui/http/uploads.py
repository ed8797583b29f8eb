"""What the browser sends by itself: drawings and takes of the microphone, one at a time. Read `receive` first.

They come to `route` (POST /files/<project>/made) or, where routes are not served, as a trigger (recorder.py). Each has a
token of the browser's, so that one that is sent twice goes in once.
"""

from __future__ import annotations

import collections
import io
import json
import re
import tempfile
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from lib import collect
from lib.errors import UserError, is_disk_full
from lib.generate import given
from lib.project import Project
from lib.project.consent import as_consent
from lib.project.intake import Report
from lib.ui.http import host_guard
from lib.ui.shell import workspace

LARGEST = 100_000_000       # bytes: a take of 15 minutes, 48 kHz, 16 bit, has 86 million
_LONGEST_WORDS = 10_000     # bytes of the words that come first
_MOST = 600                 # things that one computer may send in a minute
_REMEMBERED = 4000          # answers that are remembered for a browser that asks again
_TOKEN = re.compile(r"[0-9a-f]{16,64}")

_answers: collections.OrderedDict[tuple[str, str], _Answer] = collections.OrderedDict()
_lock = threading.Lock()
_sent: dict[str, collections.deque[float]] = {}


class _Answer:
    """What was said to a token. lock: held while it is worked on."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.said: dict | None = None


def receive(project: Project, about: dict, file: BinaryIO) -> dict:
    """Adds what was made, or, for {"look": true}, only looks at it.

    about: {"token", "kind": "drawing", "take" or "shot", "consent" as plain values, "name", "seconds", "limit", "trim", "look", "lend"}.
    Returns {"item", "number", "is_new"}; for a look {"seconds", "first", "last"}; for what is only lent to a model {"given"}: where it lies. Raises UserError where it is refused.
    """
    if about.get("lend"):
        return once(project, about, lambda: {"given": given.address(given.keep_sound(project, f"{about.get('name') or 'take'}.wav", file.read()))})
    if about.get("look"):
        _token_of(about)
        return collect.silence_of(file)
    return once(project, about, lambda: _told(_add(project, about, file)))


def once(project: Project, about: dict, work: Callable[[], dict]) -> dict:
    """What `work` answers; sent again with the same token, the same answer, and nothing is done twice."""
    answer = _answer_to(str(project.path), _token_of(about))
    with answer.lock:
        if answer.said is None:
            answer.said = work()
        return answer.said


def _token_of(about: dict) -> str:
    token = about.get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise UserError("What was sent has no token.", "", "Reload the page and try again.")
    return token


def _answer_to(project: str, token: str) -> _Answer:
    with _lock:
        answer = _answers.setdefault((project, token), _Answer())
        while len(_answers) > _REMEMBERED:
            _answers.popitem(last=False)
        return answer


def _add(project: Project, about: dict, file: BinaryIO) -> Report:
    if not isinstance(about.get("consent"), dict):
        raise UserError("Nobody has said whose this is.", "", "Answer the question on the page first.")
    consent, name = as_consent(about["consent"]), about.get("name") or ""
    if about.get("kind") == "drawing":
        limit = about.get("limit") or 0
        return collect.add_drawing(project, file, consent, name=name, seconds=about.get("seconds") or 0, time_limit=limit)
    if about.get("kind") == "take":
        return collect.add_take(project, file, consent, name=name, trim=bool(about.get("trim", True)))
    if about.get("kind") == "shot":
        return collect.add_shot(project, file, consent, name=name)
    raise UserError("Only drawings, takes and pictures of the camera are sent this way.", "", "Choose Files for anything else.")


def _told(report: Report) -> dict:
    if report.refusals:
        wrong = report.refusals[0]
        raise UserError(wrong["what"], wrong["why"], wrong["fix"])
    if report.added:
        return {"item": report.added[0].id, "number": report.added[0].number, "is_new": True}
    return {"item": "", "number": report.duplicates[0][1], "is_new": False}


async def route(request: Request) -> JSONResponse:
    """POST /files/<project>/made: a line of JSON (what `receive` is told), then the file."""
    return await answer(request, receive)


async def answer(request: Request, work: Callable[[Project, dict, BinaryIO], dict], largest: int = LARGEST,
                 longest_words: int = _LONGEST_WORDS) -> JSONResponse:  # fmt: skip
    """Takes what a page of ours sends: a line of JSON (up to so many bytes), then a file, for `work`. 422: refused, with the reason."""
    if not host_guard.is_from_this_page(request.headers):
        return _no(403, UserError(host_guard.CLOSED))
    if not _has_time(request.client.host if request.client else ""):
        return _no(429, UserError("Too much is sent at once.", "", "Wait a minute; nothing is lost."))
    with tempfile.SpooledTemporaryFile(1 << 22) as file:
        try:
            async for block in request.stream():
                file.write(block)
                if file.tell() > largest:
                    raise UserError("This is too large to be sent at once.", f"The most is {largest // 10**6} MB.", "Add it as a file.")
            return JSONResponse(await run_in_threadpool(_take, request.path_params["project"], file, work, longest_words))
        except UserError as error:
            return _no(507 if is_disk_full(error) else 422, error)
        except OSError as error:
            return _no(507, UserError("It cannot be written.", f"{error.strerror or error}.", "It waits in the browser; free some space."))


def _take(name: str, file: BinaryIO, work: Callable[[Project, dict, BinaryIO], dict], longest_words: int) -> dict:
    project = workspace.open_project(name)
    file.seek(0)
    words = file.readline(longest_words)
    return work(project, _about(words), io.BytesIO(file.read()))


def _about(words: bytes) -> dict:
    try:
        about = json.loads(words)
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise UserError("What was sent cannot be read.", "", "Reload the page and try again.")
    return about


def _no(status: int, error: UserError) -> JSONResponse:
    return JSONResponse({"refused": error.as_dict()}, status)


def _has_time(computer: str) -> bool:
    """False once a computer has sent more than 600 things in a minute."""
    now = time.monotonic()
    with _lock:
        times = _sent.setdefault(computer, collections.deque())
        while times and now - times[0] > 60:
            times.popleft()
        if len(times) >= _MOST:
            return False
        times.append(now)
        if len(_sent) > 1000:
            _sent.clear()
        return True
