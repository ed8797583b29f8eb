"""The process that draws previews with libraries that the web server never loads: `python -m lib.augment.preview_worker WORKSPACE`.

Read `ask`. Each server keeps one for a workspace, because importing MediaPipe takes seconds, and a person who looks for the
right step changes it every few seconds. It is given orders as lines of JSON, draws the newest first (an older one belongs to a
page that has gone), writes each as a file, and names the file when it is done. It ends with the server, or when nobody has
looked for a quarter of an hour.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

from lib.errors import UserError

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 900.0       # seconds without an order, after which it ends
_MOST = 256             # orders that wait; older ones are forgotten
_ASK_AGAIN = 5.0        # seconds after which a file that has not come is asked for again
_TRIES = 3              # deaths of the process that one order may outlive
_KEPT = 7 * 86400       # seconds that a preview is kept


# ---- the side of the server ----------------------------------------------------------------------------------------


def ask(workspace: Path, order: dict, wait: float = 0.0) -> None:
    """Orders one preview, and waits so many seconds for its file. order: as previews.py makes it.

    Raises UserError if the process ends again and again while it draws this one.
    """
    with _lock:
        drawer = _drawers.get(workspace)
        if drawer is None or not drawer.is_alive():
            _drawers[workspace] = drawer = _Drawer(workspace, drawer.failed() if drawer else {})
    drawer.ask(order)
    drawer.wait(order["to"], wait)


class _Drawer:
    """One process, as the server sees it."""

    def __init__(self, workspace: Path, deaths: dict[str, int]):
        self._deaths, self._asked, self._lock, self._news = deaths, {}, threading.Lock(), threading.Condition()
        self._process = _start(workspace)
        threading.Thread(target=self._hear, daemon=True, name="previews").start()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def failed(self) -> dict[str, int]:
        """How often it, or one before it, has ended while each of these files was still to come."""
        return {to: self._deaths.get(to, 0) + 1 for to in self._asked}

    def ask(self, order: dict) -> None:
        to, now = order["to"], time.monotonic()
        if self._deaths.get(to, 0) >= _TRIES:
            raise UserError(
                "This picture cannot be drawn with this recipe.",
                "The program that does it has ended each time.",
                "Take the last step out, or look at another picture.",
            )
        with self._lock, contextlib.suppress(OSError):  # it has just ended: the next look starts another one
            if now - self._asked.get(to, -_ASK_AGAIN) >= _ASK_AGAIN:
                self._asked[to] = now
                self._process.stdin.write(json.dumps(order) + "\n")
                self._process.stdin.flush()

    def wait(self, to: str, seconds: float) -> None:
        if seconds > 0:
            with self._news:
                self._news.wait_for(lambda: to not in self._asked or not self.is_alive(), seconds)

    def _hear(self) -> None:
        for line in self._process.stdout:
            with self._news:
                self._asked.pop(line.rstrip("\n"), None)
                self._news.notify_all()
        self._process.wait()
        with self._news:
            self._news.notify_all()

    def end(self) -> None:
        self._process.terminate()


def _start(workspace: Path) -> subprocess.Popen:
    apart = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {"start_new_session": True}
    return subprocess.Popen(
        [sys.executable, "-m", "lib.augment.preview_worker", str(workspace)], cwd=_ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **apart,
    )  # fmt: skip


_drawers: dict[Path, _Drawer] = {}
_lock = threading.Lock()


@atexit.register
def _end_all() -> None:
    for drawer in _drawers.values():
        drawer.end()


# ---- the side of the process ---------------------------------------------------------------------------------------


class _Orders:
    """What is still to be drawn. The newest comes first; the end of the input ends the process at once."""

    def __init__(self):
        self._waiting: dict[str, dict] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            order = json.loads(line)
            with self._news:
                self._waiting.pop(order["to"], None)
                self._waiting[order["to"]] = order
                while len(self._waiting) > _MOST:
                    self._waiting.pop(next(iter(self._waiting)))
                self._news.notify()
        os._exit(0)     # the server has ended

    def newest(self) -> dict | None:
        """None when nobody has asked for long."""
        with self._news:
            self._news.wait_for(lambda: self._waiting, _PATIENCE)
            return self._waiting.popitem()[1] if self._waiting else None


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    os.nice(5) if hasattr(os, "nice") else None  # the page comes first
    orders, tidied = _Orders(), set()
    while order := orders.newest():
        if not Path(order["to"]).exists():
            _draw(order)
        print(order["to"], file=answers, flush=True)
        folder = Path(order["to"]).parent.parent
        if folder not in tidied:
            tidied.add(folder)
            _tidy(folder)


def _draw(order: dict) -> None:
    """Writes the preview, or why there is none."""
    from lib.media.files import write_json

    try:
        content = _drawn(order)
    except UserError as error:
        content = {"error": error.as_dict()}
    except Exception as error:  # a library that fails at one picture must not end the others
        content = {"error": UserError("This preview cannot be drawn.", f"{error}.", "Look at another picture, or change the recipe.").as_dict()}
    to = Path(order["to"])
    to.parent.mkdir(parents=True, exist_ok=True)
    write_json(to, content, durable=False)


def _drawn(order: dict) -> dict:
    from PIL import Image

    from lib.augment import listening, previews
    from lib.project import thumbnails

    if order.get("listen"):
        return listening.drawn(order)

    def small(item: dict | None) -> Image.Image | None:
        if item is None:
            return None
        project = SimpleNamespace(path=Path(order["project"]))
        there = SimpleNamespace(path=Path(item["path"]), kind="image")
        with Image.open(thumbnails.path_of(project, there, order["size"])) as picture:
            return picture.convert("RGBA" if "A" in picture.getbands() else "RGB")

    item = order["item"]
    return previews.as_plain(previews.draw(order["text"], small(item), item["sha256"], order["most"], small(order["other"])))


def _tidy(folder: Path) -> None:
    """Old previews go: they can be drawn again at any time."""
    for file in folder.glob("*/*.json"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _KEPT:
                file.unlink()


if __name__ == "__main__":
    main()
