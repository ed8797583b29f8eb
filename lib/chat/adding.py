"""Bringing papers in: each becomes a datapoint with its maker and consent, and is read for the chat. Read `add_documents`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lib.chat import index
from lib.project import arguments, intake
from lib.project.consent import Consent, as_consent
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project


def add_documents(
    project: Project, paths: str | os.PathLike | Iterable[str | os.PathLike], consent: Consent | dict | None = None, *,
    names: dict[Path, str] | None = None, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None,
) -> Report:  # fmt: skip
    """Adds documents (.txt, .md, .pdf, .docx, .odt, .html, .csv, .epub), each as one datapoint, and reads them for the chat.

    consent: its purposes hold "retrieve" where a chat may quote them; without it they are kept, and not quoted. What is bad is refused
    by name in the report (.added, .duplicates, .rejected), the rest goes in. It returns once they can be asked.
    """
    project = arguments.project(project)
    files = [arguments.path("paths", path) for path in arguments.several("paths", paths, alone=(str, os.PathLike))]
    report = intake.take_in(project, files, as_consent(consent) if consent is not None else None, names=names or {}, should_stop=should_stop)
    index.update(project, progress=progress, should_stop=should_stop)
    return report
