"""The internal player of a workspace: `python -m lib.generate.player <workspace>`. Read `main`.

A process of its own that keeps models warm, makes what the order store asks for (order_worker.py) and answers over HTTP (door.py).
There is one for each workspace, by a lock; it ends by itself when nobody has wanted anything for a quarter of an hour
(HANDMADE_PLAYER_IDLE, in seconds), and at once when its workspace or its own card is gone. It writes down where it is and what it does in player.json, which only its owner can read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import threading
import time
import traceback
from pathlib import Path

from lib.errors import UserError
from lib.generate.player_files import LOCK, TOOK, player_folder, read_card, write_card
from lib.jobs import ending
from lib.media import locks
from lib.media.files import write_json

IDLE = 900.0  # seconds


def main(workspace: Path, began: float) -> None:
    """began: when it was started, in seconds since 1970."""
    folder = player_folder(workspace)
    lock = locks.take(folder / LOCK)
    if lock is None:
        return  # another one is awake, or on its way
    card = {"pid": os.getpid(), "since": began, "doing": "importing", "token": secrets.token_urlsafe(32), "port": 0}
    write_card(folder, card)
    import torch  # noqa: F401 - the long part of waking up

    from lib.generate.order_worker import OrderWorker

    worker = OrderWorker(workspace)
    worker.store.clear_up()
    card["doing"] = ""
    write_card(folder, card)
    write_json(folder / TOOK, {"seconds": round(time.time() - began, 1)})
    waking = threading.Thread(target=_open_door, args=(worker, folder, card), daemon=True)
    waking.start()
    try:
        wanted = lambda: folder.is_dir() and read_card(folder).get("token") == card["token"]
        worker.attend(float(os.environ.get("HANDMADE_PLAYER_IDLE", IDLE)), waking, wanted)
    finally:
        with contextlib.suppress(OSError, UserError):  # the workspace is gone, or its disk is full
            write_card(folder, {"pid": card["pid"], "since": began, "doing": "ended"})
        lock.release()


def _open_door(worker, folder: Path, card: dict) -> None:
    """Gradio takes some seconds to import; orders in the store are made meanwhile."""
    try:
        from lib.generate.door import open_door

        card["port"] = open_door(worker, card["token"], folder / "temporary")
        write_card(folder, card)
    except Exception:
        traceback.print_exc()   # the log says why; the store works without a door


if __name__ == "__main__":
    ending.print_what_fits()
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else time.time())
    os._exit(0)     # what Gradio and torch keep in threads of their own holds nobody up
