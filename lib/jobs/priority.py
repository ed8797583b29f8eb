"""Who comes first on this computer: people. A worker says so of itself when it begins. Read `step_back`.

A training takes what nobody else wants: of a processor that others are busy with it gets next to nothing, of a free one all.
Its number of threads stays, since that decides its arithmetic. A short task (freezing a dataset) is waited for by somebody,
and holds the project's record now and then: it steps back a little, and never so far that others wait for it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

_A_LITTLE, _ALL_THE_WAY = 10, 19  # Unix's nice
VARIABLE, NORMAL = "HANDMADE_PRIORITY", "normal"
AUTOGROUP = Path("/proc/self/autogroup")


def step_back(is_task: bool) -> None:
    """For the process that calls it and whatever it starts; before it has threads. HANDMADE_PRIORITY=normal: a training is
    as a task."""
    a_little = is_task or os.environ.get(VARIABLE) == NORMAL
    with contextlib.suppress(OSError, psutil.Error):  # where the system does not allow it, it stays as it is
        if os.name == "nt":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if a_little else psutil.IDLE_PRIORITY_CLASS)  # type: ignore[attr-defined]
            return
        os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), _A_LITTLE if a_little else _ALL_THE_WAY))
        if not a_little and hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            _step_back_as_a_session()


def _step_back_as_a_session() -> None:
    """Linux gives each session the same share however nice its processes are, unless the session says so too (autogroup, sched(7))."""
    if AUTOGROUP.exists() and os.getsid(0) == os.getpid():      # where it is its own: else the whole terminal would step back
        AUTOGROUP.write_text(str(_ALL_THE_WAY))
