"""The internal player of a workspace: `python -m lib.player.process <workspace>`. Read `main`.

A process of its own that keeps models loaded and makes what the order store asks for (order_worker.py). It opens no port: what is
asked of it, and what it has made, are files that only their owner can read; frames of a camera come over a socket of its own (frames.py).
There is one for each workspace, by a lock; it ends by itself when nobody has wanted anything for a quarter of an hour
(HANDMADE_PLAYER_IDLE, in seconds), and at once when its workspace or its own card is gone. It writes down where it is and what it does in player.json, which only its owner can read.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from lib.errors import UserError
from lib.jobs import ending
from lib.media import locks
from lib.media.files import write_json
from lib.player.folder import LOCK, TOOK, player_folder, read_card, write_card

IDLE = 900.0  # seconds


def main(workspace: Path, began: float) -> None:
    """began: when it was started, in seconds since 1970."""
    folder = player_folder(workspace)
    lock = locks.take(folder / LOCK)
    if lock is None:
        return  # another one is awake, or on its way
    card = {"pid": os.getpid(), "since": began, "doing": "importing"}
    write_card(folder, card)
    import torch  # noqa: F401 - the long part of waking up

    from lib.player.frames import FrameWorker
    from lib.player.order_worker import OrderWorker

    worker = OrderWorker(workspace)
    worker.clear_up()
    frames = FrameWorker(worker)
    write_json(folder / TOOK, {"seconds": round(time.time() - began, 1)})
    card |= {"doing": "", "frames": frames.card}
    write_card(folder, card)
    try:
        wanted = lambda: folder.is_dir() and read_card(folder).get("pid") == card["pid"]
        worker.attend(float(os.environ.get("HANDMADE_PLAYER_IDLE", IDLE)), wanted)
    finally:
        frames.close()
        with contextlib.suppress(OSError, UserError):  # the workspace is gone, or its disk is full
            write_card(folder, {"pid": card["pid"], "since": began, "doing": "ended"})
        lock.release()


if __name__ == "__main__":
    ending.print_what_fits()
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else time.time())
    os._exit(0)     # what torch keeps in threads of its own holds nobody up
