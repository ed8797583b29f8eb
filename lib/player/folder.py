"""The player's folder of a workspace: `.handmade/player/`, only for the eyes of whoever runs it. Read `player_folder` and `read_card`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lib.media.files import read_json, writing
from lib.project.folder import private

LOCK, CARD, TOOK, LOG = "player.lock", "player.json", "took.json", "player.log"


def player_folder(workspace: Path) -> Path:
    """The folder itself, made if need be."""
    folder = private(Path(workspace).resolve()) / "player"
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(folder, 0o700)
    return folder


def read_card(folder: Path) -> dict:
    """What the player says about itself: pid, since and doing. {} without one."""
    try:
        return read_json(folder / CARD)
    except (OSError, ValueError):
        return {}


def write_card(folder: Path, card: dict) -> None:
    """Nobody else may read it, not even for a moment."""
    with writing(folder / CARD, durable=False) as temporary:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(card, file)
