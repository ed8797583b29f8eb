"""serve.py with accounts: where the server's processor time goes. benchmarks/class.py starts it; Linux only.

    .venv/bin/python benchmarks/accounts.py ACCOUNTS_FILE --server.port 8501 …

A thread looks at all others every few milliseconds, and books what each has used of the processor since (/proc/self/task)
on what it is at just then. Nothing of it is in serve.py. The accounts are written into the file every second.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from lib.media.files import write_json

_EVERY = 0.005  # seconds
_OURS, _STREAMLIT = (f"{ROOT}/lib/", f"{ROOT}/pages/", f"{ROOT}/Home.py"), "/streamlit/"
SCRIPT, STREAMLIT, TICKS, PICTURES, SENDING = "page script", "Streamlit's own", "ticks", "pictures", "socket and loop"


class Accounts(threading.Thread):
    """parts: milliseconds by what they went into. pages: by page and part. places: by function of ours or of Streamlit."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True, name="accounts")
        self.file = file
        self.parts: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.used: dict[int, int] = {}

    def run(self) -> None:
        written = time.monotonic()
        while True:
            time.sleep(_EVERY)
            if time.monotonic() - written > 1:
                write_json(self.file, {"parts": self.parts, "pages": self.pages, "places": self.places}, durable=False)
                written = time.monotonic()
            frames = sys._current_frames()
            for thread in threading.enumerate():
                if thread is not self and thread.native_id and (spent := self._spent(thread.native_id)) and (frame := frames.get(thread.ident or 0)):
                    self._book(spent / 1e6, frame)

    def _spent(self, native: int) -> int:
        """Nanoseconds of processor that this thread used since the last look."""
        try:
            with open(f"/proc/self/task/{native}/schedstat") as file:
                now = int(file.read().split()[0])
        except OSError:
            return 0
        before, self.used[native] = self.used.get(native, 0), now
        return now - before if now > before else now if now < before else 0

    def _book(self, spent: float, frame: FrameType | None) -> None:
        nearest, names, run, is_script = "", [], None, False
        while frame:
            code = frame.f_code
            file = code.co_filename
            if file.startswith(_OURS) or _STREAMLIT in file:
                nearest = nearest or file
                names.append(f"{file.removeprefix(f'{ROOT}/').rpartition('/site-packages/')[2]}:{code.co_name}")
            if code.co_name == "_run_script" and _STREAMLIT in file:
                run = frame.f_locals.get("rerun_data")
            is_script = is_script or code.co_name == "_run_script_thread"
            frame = frame.f_back
        part = _part(nearest, is_script, bool(run and run.is_auto_rerun), names)
        self.parts[part] += spent
        if run:
            self.pages[f"{run.page_script_hash}|{part}"] += spent
        for name in dict.fromkeys(names):
            self.places[f"{part}|{name}"] += spent


def _part(nearest: str, is_script: bool, is_tick: bool, names: list[str]) -> str:
    if is_tick:
        return TICKS
    if is_script:
        return SCRIPT if nearest.startswith(_OURS) else STREAMLIT
    if any("/ui/http/" in name for name in names):
        return PICTURES
    return SENDING


def main(file: Path, arguments: list[str]) -> None:
    Accounts(file).start()
    sys.argv = ["serve.py", *arguments]
    runpy.run_path(str(ROOT / "serve.py"), run_name="__main__")


if __name__ == "__main__":
    os.chdir(ROOT)
    main(Path(sys.argv[1]), sys.argv[2:])
