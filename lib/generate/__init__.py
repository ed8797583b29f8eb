"""Playing a trained model: what it makes becomes outputs, each with the way back to the data.

    outputs = generate.images(project, run, count=16, seed=0)
    film, gif = generate.walk(project, run, seed_a=3, seed_b=9)

Where somebody waits and wants more than once, the player of the workspace keeps the model warm:

    for output in generate.play(project, run, count=16): …
"""

from lib.generate.pictures import images, walk
from lib.generate.playable_runs import examples, not_playable, playable
from lib.generate.player_client import (
    before,
    ensure_player,
    fresh_seed,
    newest_order,
    open_orders,
    order,
    order_walk,
    outputs_of,
    play,
    play_walk,
    player_state,
    stop_order,
)

__all__ = [
    "before", "ensure_player", "examples", "fresh_seed", "images", "newest_order", "not_playable", "open_orders", "order", "order_walk", "outputs_of", "play",
    "play_walk", "playable", "player_state", "stop_order", "walk",
]  # fmt: skip
