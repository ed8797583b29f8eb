"""The process that draws previews with libraries that the web server never loads: `python -m lib.augment.preview_worker WORKSPACE`.

It is given orders as lines of JSON (preview_client.py), draws the newest first (an older one belongs to a page that has gone),
writes each as a file, and names the file when it is done. It ends with the server, or when nobody has looked for a quarter of
an hour. Read `main`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lib.errors import UserError

_PATIENCE = 900.0       # seconds without an order, after which it ends
_MOST = 256             # orders that wait; older ones are forgotten
_KEPT = 7 * 86400       # seconds that a preview is kept


class _Orders:
    """What is still to be drawn. The newest comes first; the end of the input ends the process at once."""

    def __init__(self) -> None:
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
        project: Any = SimpleNamespace(path=Path(order["project"]))
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
