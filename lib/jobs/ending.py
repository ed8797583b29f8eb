"""How a job's last word is written even where the disk is full. Read `end`.

While a job waits or runs, a little space is reserved in its folder. Its last status is written into that space if there is no
other: so a full disk is told as what it is, and not as a worker that got lost.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO

from lib.errors import UserError, is_disk_full
from lib.media.files import reserve_space, write_json_over
from lib.media.leftovers import clear_forgotten
from lib.project.folder import moment
from lib.project.runs import CHECKPOINTS, RESULT, SAMPLES, STATUS, JobFolder

RESERVE = ".room"


def prepare(job: JobFolder) -> None:
    """Reserves space for the last word. Raises UserError where the disk is full already."""
    reserve_space(job.path / RESERVE)


def end(job: JobFolder, **changes: object) -> None:
    """Writes the last status, for whoever holds the job's lock. Raises UserError if there is no space, not even that which was reserved."""
    try:
        job.set_status(**changes)
        with contextlib.suppress(OSError):
            (job.path / RESERVE).unlink(missing_ok=True)
    except UserError as error:
        if not is_disk_full(error):
            raise
        try:
            write_json_over(job.path / RESERVE, job.path / STATUS, {**job.status, **changes, "updated": moment()})
        except OSError:
            raise error from None


def clear(job: JobFolder) -> None:
    """Takes away what a killed worker left half written, for whoever holds the job's lock.

    In the job's own folder others write too (that somebody withdrew); what these are writing just now stays.
    """
    clear_forgotten(job.path)
    for part in (CHECKPOINTS, SAMPLES, RESULT):
        clear_forgotten(job.path / part, mine=True)


class _Log:
    """A stream of words that passes over what finds no room: a log that is cut short must not end the work it tells of."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, words: str) -> int:
        with _passing_over_a_full_disk():
            self._stream.write(words)
        return len(words)

    def flush(self) -> None:
        with _passing_over_a_full_disk():
            self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _passing_over_a_full_disk():
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise


def print_what_fits() -> None:
    """From now on, whatever this process prints is passed over where its log finds no room on the disk."""
    sys.stdout, sys.stderr = _Log(sys.stdout), _Log(sys.stderr)
