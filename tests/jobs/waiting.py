"""Waiting for something to become true, with a limit: for tests of other processes."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(is_so: Callable[[], object], seconds: float = 120):
    """Returns what `is_so()` returns as soon as that is true; fails after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := is_so():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not become so within {seconds} s")
