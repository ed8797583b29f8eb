"""Who comes first on this computer: people. A worker says so of itself when it begins. Read `step_back`.

A training takes what nobody else wants: of a processor that others are busy with it gets next to nothing, of a free one all.
Its number of threads stays, since that decides its arithmetic. A short task (freezing a dataset) is waited for by somebody,
and holds the project's record now and then: it steps back a little, and never so far that others wait for it.
"""

from __future__ import annotations

import contextlib
import os

import psutil

_A_LITTLE, _ALL_THE_WAY = 10, 19  # Unix's nice
VARIABLE, NORMAL = "HANDMADE_PRIORITY", "normal"


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
