"""Keeping one process of a kind alive for each workspace: the dispatcher, the player, the worker of previews. Read `Supervisor.ensure`.

A process that dies while it wakes up is not started again at once, and after two such deaths not by itself.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PAUSE = 5.0         # seconds before one that died at once is started again
_PATIENCE = 180     # seconds that one may need from its start until it says that it is awake
_MOST_DEATHS = 2    # while waking up; then nobody starts it again until somebody asks anew


class Supervisor:
    """start(workspace) starts a process; is_there(workspace): does one live, whoever started it?

    has_woken(workspace, pid): has that one come as far as its work? None where a process is awake as soon as it lives.
    gives_up: False where it is tried for ever, with a pause after each death.
    """

    def __init__(
        self, start: Callable[[Path], subprocess.Popen], is_there: Callable[[Path], bool] | None = None,
        has_woken: Callable[[Path, int], bool] | None = None, gives_up: bool = True,
    ):  # fmt: skip
        self._start, self._is_there, self._has_woken, self._gives_up = start, is_there, has_woken, gives_up
        self._children: dict[Path, tuple[subprocess.Popen, float]] = {}     # what this process started, and when
        self._deaths: dict[Path, list[int]] = {}                            # the pids of those that died while they woke up

    def ensure(self, workspace: Path) -> bool:
        """Starts one if none lives; cheap enough to call at every look. False where nobody starts it any more."""
        if self.is_there(workspace) or self.is_starting(workspace):
            return True
        if self.is_broken(workspace):
            return False
        if not self._has_just_died(workspace):
            self._children[workspace] = (self._start(workspace), time.time())
        return True

    def is_there(self, workspace: Path) -> bool:
        if self._is_there:
            return self._is_there(workspace)
        child = self.child(workspace)
        return child is not None and child.poll() is None

    def is_starting(self, workspace: Path) -> bool:
        """True while one that this process started is on its way."""
        child, since = self._children.get(workspace, (None, 0.0))
        if child is None or child.poll() is not None or self._has_woken is None:
            return False
        return not self._has_woken(workspace, child.pid) and time.time() - since < _PATIENCE

    def is_broken(self, workspace: Path) -> bool:
        """True once those that this process started have died twice before they were awake."""
        child, deaths = self.child(workspace), self._deaths.setdefault(workspace, [])
        if child and child.poll() and child.pid not in deaths and self._has_woken:
            if self._has_woken(workspace, child.pid):
                deaths.clear()
            else:
                deaths.append(child.pid)
        return self._gives_up and len(deaths) >= _MOST_DEATHS

    def try_again(self, workspace: Path) -> None:
        """Somebody asks anew: what died before is forgiven."""
        self._deaths.pop(workspace, None)

    def child(self, workspace: Path) -> subprocess.Popen | None:
        """The latest that this process started."""
        return self._children.get(workspace, (None, 0.0))[0]

    def since(self, workspace: Path) -> float:
        """When that was, in seconds since 1970."""
        return self._children.get(workspace, (None, 0.0))[1]

    def forget(self, workspace: Path | None = None) -> None:
        """As if it had never started any: one workspace, or all."""
        for record in (self._children, self._deaths):
            record.clear() if workspace is None else record.pop(workspace, None)  # type: ignore[attr-defined]

    def children(self) -> list[subprocess.Popen]:
        return [child for child, _ in self._children.values()]

    def _has_just_died(self, workspace: Path) -> bool:
        child = self.child(workspace)
        if not child or not child.poll() or not self._has_woken or self._has_woken(workspace, child.pid):
            return False
        return time.time() - self.since(workspace) < PAUSE
