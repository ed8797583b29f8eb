"""Tasks as derived data: what a task in the background was asked and has answered may name items and people."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lib import jobs
from lib.errors import UserError
from lib.project import people
from lib.project.runs import OVER

if TYPE_CHECKING:
    from lib.project import Project

_ID = re.compile(rb"[0-9a-f]{16}")
_SHORTEST = 3  # letters of a name that is looked for
_STOPS = 10.0  # seconds that one under way has to come to its end


def touched(project: Project, items: Iterable) -> list[jobs.Task]:
    """The tasks whose request, answer, state or log names one of these items, its file, or the people whose it is."""
    items = list(items)
    ids, words = {item.id.encode() for item in items}, _words(project, items)
    return [task for task in jobs.tasks(project) if _names(task, ids, words)]


def forget(project: Project, leaving: Iterable) -> None:
    """Deletes their folders; one under way is asked to stop first. Raises UserError where it does not."""
    for task in touched(project, leaving):
        if task.status.get("pid") == os.getpid():
            continue  # this very task: it names ids alone, and they mean nothing any more once they are gone
        if task.state not in OVER:
            task.ask_to_stop()
            if task.wait(timeout=_STOPS) not in OVER:
                raise UserError(f"{task.id} does not stop.", "It works with what is to be deleted.", "Wait until it has ended, then try again.")
        jobs.forget(task)


def _words(project: Project, items: list) -> list[bytes]:
    """The names of their people and of their files, in both ways in which a letter with an accent is written."""
    concerned = {person for item in items for person in (item.person, *item.consent.people) if person}
    names = {person.name for person in people.everyone(project) if person.id in concerned}
    names |= {item.source_name for item in items}
    spelt = {unicodedata.normalize(form, name) for name in names if len(name) >= _SHORTEST for form in ("NFC", "NFD")}
    return [name.encode("utf-8") for name in spelt]


def _names(task: jobs.Task, ids: set[bytes], words: list[bytes]) -> bool:
    for path in task.path.glob("*"):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError:
            continue  # it ends just now
        if not ids.isdisjoint(_ID.findall(content)) or any(word in content for word in words):
            return True
    return False

