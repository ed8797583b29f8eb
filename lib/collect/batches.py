"""Batches: files that somebody handed over, on their way in as a task in the background. Read `hand_over` first.

A batch is found again by everybody who opens the project, until somebody has seen how it ended and puts it away.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from lib import jobs
from lib.collect import inbox as boxes
from lib.errors import UserError
from lib.jobs import Task
from lib.project import arguments, people
from lib.project.consent import record

if TYPE_CHECKING:
    from lib.project import Project

_FUNCTION = "collect.add_inbox"
_WEB = "collect.fetch_from_web"  # needs no inbox: it has its own ledger of what came
_UNDER_WAY = ("queued", "running")


@dataclass(frozen=True)
class Batch:
    """task: at work for it. state: as a run's; one that is stopped, failed or lost can go on."""

    task: Task
    project: Project

    @cached_property
    def state(self) -> str:
        return self.task.state

    @cached_property
    def status(self) -> dict:
        return self.task.status

    @property
    def is_under_way(self) -> bool:
        return self.state in _UNDER_WAY

    @property
    def inbox(self) -> str:
        return self.task.request["arguments"]["inbox"]

    @property
    def can_go_on(self) -> bool:
        """False once what was handed over is gone."""
        with contextlib.suppress(UserError, KeyError):
            is_open = not self.is_under_way and self.state != "finished"
            return is_open and (self.task.request["function"] == _WEB or boxes.waits(self.project, self.inbox))
        return False

    @cached_property
    def result(self) -> dict:
        """What came of it, as `add_inbox` says. Raises UserError if it has not finished."""
        return self.task.result()


def hand_over(
    project: Project, files: Iterable[tuple[str, BinaryIO]], consent=None, *, way: str = "files", fps: float = 1, keep_film: bool = False,
    encodings: dict[str, str] | None = None, captions: str = "", beside: bool = True, known: bool = False,
) -> Batch:
    """Takes files (name, open file) over and adds them in the background; returns at once.

    way, fps, keep_film, encodings, captions, beside, known: as for `add_inbox`. What earlier batches without a refusal have told is put away.
    """
    project = arguments.project(project)
    _tidy(project)
    plain = record.as_plain(project, consent) if consent is not None else None
    box = boxes.put(project, files)
    words = {"captions": captions, "beside": beside, "known": known} if way == "files" else {}
    task = jobs.background(project, _FUNCTION, inbox=box, consent=plain, way=way, fps=fps, keep_film=keep_film, encodings=encodings, **words)
    return Batch(task, project)


def _tidy(project: Project) -> None:
    """Puts away what has ended without a refusal or a note, and inboxes that nobody will ask for."""
    there = batches(project)
    for batch in there:
        if batch.state == "finished" and not (batch.result["refused_count"] or batch.result.get("note_count")):
            with contextlib.suppress(OSError):  # it is only tidying
                put_away(batch)
    boxes.clear_forgotten(project, _inboxes(there))


def hand_on(project: Project, inbox: str, consent=None, *, way: str, **more: Any) -> Batch:
    """Adds in the background what was chosen among the contents of an inbox. way, more: as for `add_inbox`.

    Names become ids before: a task carries no name.
    """
    project = arguments.project(project)
    _tidy(project)
    boxes.count_from_here(project, inbox)
    plain = record.as_plain(project, consent) if consent is not None else None
    for who in ("people", "makers"):
        if more.get(who):
            more[who] = [people.find_or_add(project, name).id if name else "" for name in more[who]]
    task = jobs.background(project, _FUNCTION, inbox=inbox, consent=plain, way=way, **more)
    boxes.take_pending(project, inbox)
    return Batch(task, project)


def bring(project: Project, files: Iterable[tuple[str, BinaryIO] | str]) -> str:
    """Takes files over (their paths, or name and open file) without adding them; returns the name of the inbox.

    Films and sheets wait there until somebody has looked at them. Raises UserError when the disk is full.
    """
    with contextlib.ExitStack() as opened:
        named = []
        for file in arguments.several("files", files, alone=(str, os.PathLike)):
            if isinstance(file, str | os.PathLike):
                path = arguments.path("files", file)
                named.append((path.name, opened.enter_context(_opened(path))))
            else:
                named.append(file)
        if not named:
            raise UserError("No file is named.", "", "Name at least one film or sheet.")
        return boxes.put(project, named)


def _opened(path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise UserError(f"{path.name} cannot be read.", f"{error.strerror or error}.", "Check where it lies.") from error


def _inboxes(there: Iterable[Batch]) -> list[str]:
    """The names of the inboxes that these batches work on; a damaged or deleted one has none."""
    names = []
    for batch in there:
        with contextlib.suppress(UserError, KeyError):
            names.append(batch.inbox)
    return names


def batches(project: Project) -> list[Batch]:
    """Those on their way, and those that ended and were not put away yet; newest first."""
    project = arguments.project(project)
    tasks = [*jobs.tasks(project, _FUNCTION), *jobs.tasks(project, _WEB)]
    return [Batch(task, project) for task in sorted(tasks, key=lambda task: task.path.name, reverse=True)]


def stop(batch: Batch) -> None:
    """What is in by then stays; the rest waits, and `go_on` goes on with it."""
    batch.task.ask_to_stop()


def go_on(batch: Batch) -> None:
    """Goes on with a batch that was stopped, failed or lost. Raises UserError if it cannot."""
    jobs.resume(batch.task)


def put_away(batch: Batch) -> None:
    """Forgets a batch that has ended, and whatever of it still waits; what was added stays. Raises UserError while it goes on."""
    if batch.task.state in _UNDER_WAY:
        raise UserError("This batch is still on its way in.", "", "Stop it first, or wait until it has ended.")
    with contextlib.suppress(UserError, KeyError):
        boxes.discard(batch.project, batch.inbox)
    jobs.forget(batch.task)

