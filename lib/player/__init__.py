"""Playing models: one warm process for each workspace, shared by pictures, sounds, texts and chats.

    request = player.check(project, run, count=16, seed=0)     # or a UserError that says what to do
    order = player.place(project, request)                     # returns at once; the order outlives whoever placed it
    for piece_or_output in player.stream(project, request): …  # or wait, and take what comes, token by token

A request is checked (requests.py), written down (order_store.py) and made by the player (process.py, order_worker.py), which
keeps models loaded (model_cache.py); what comes out is kept with its story (keeping.py). `single.py` plays once, without a player.
Frames of a camera come one by one and are answered at once, and nothing of them is written down (frames.py).
"""

from lib.player.client import (
    PlayerState,
    answer,
    before,
    ensure_player,
    fresh_seed,
    newest_order,
    open_orders,
    order_now,
    outputs_of,
    pieces,
    place,
    play,
    player_state,
    stop_order,
    stream,
)
from lib.player.frames import Ended, FrameLink
from lib.player.mixing import companions
from lib.player.order_store import Order, Piece
from lib.player.playable import Playable, find, has_learned
from lib.player.requests import check, walk

__all__ = [
    "Ended", "FrameLink", "Order", "Piece", "Playable", "PlayerState", "answer", "before", "check", "companions", "ensure_player", "find", "fresh_seed", "has_learned",
    "newest_order", "open_orders", "order_now", "outputs_of", "pieces", "place", "play", "player_state", "stop_order", "stream", "walk",
]  # fmt: skip
