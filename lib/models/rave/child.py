"""The process in which RAVE itself works: `python -m lib.models.rave.child`, the order on stdin, answers on stdout, a line of JSON each.

After each step it tells how it went and waits for a word: so nothing depends on who is quicker, and it ends at its next step when
whoever asked is gone. What the packages print goes where errors go, which is the log.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from typing import Any


class Line:
    """The two pipes to whoever asked."""

    def __init__(self) -> None:
        self._asked = open(0, encoding="utf-8", closefd=False)
        self._answers = open(os.dup(1), "w", encoding="utf-8", closefd=False)
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def read(self) -> Any:
        """Raises SystemExit where nobody is there any more."""
        line = self._asked.readline()
        if not line:
            raise SystemExit(0)
        return json.loads(line)

    def tell(self, **words: Any) -> None:
        try:
            self._answers.write(json.dumps(words) + "\n")
            self._answers.flush()
        except OSError:
            raise SystemExit(0) from None

    def ask(self, report: dict[str, Any]) -> list[str]:
        self.tell(**report)
        return list(self.read())


def main() -> None:
    _die_with_whoever_asked()
    line = Line()
    order = line.read()
    warnings.simplefilter("ignore")     # what old packages say of each other
    try:
        from lib.models.rave import lesson

        if order["do"] == "export":
            line.tell(end="exported", paths=lesson.export(order))
        else:
            line.tell(end="finished" if lesson.train(order, line.ask) else "stopped")
    except Exception as error:      # of any package; it is told in words by whoever asked
        traceback.print_exc()
        line.tell(end="broken", error=f"{type(error).__name__}: {error}"[:2000])
    os._exit(0)     # what Lightning and torch keep in threads of their own holds nobody up


def _die_with_whoever_asked() -> None:
    """On Linux at once; elsewhere at the next step, when the pipe is closed."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    main()
