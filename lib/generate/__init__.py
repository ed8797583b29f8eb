"""Playing a trained model: what it makes becomes outputs, each with the way back to the data.

    outputs = generate.images(project, run, count=16, seed=0)
    film, gif = generate.walk(project, run, seed_a=3, seed_b=9)
    texts = generate.texts(project, run, prompt="It rains", count=3)       # and sounds(project, run, source=path)
    picture = generate.translate(project, run, picture=path)                # pix2pix; and film(project, run, film=path)
    many = generate.translate_all(project, run, pictures=folder_or_zip)     # many.outputs, many.refused
    outputs = generate.make(project, run, way="make", inputs={"picture": path}, count=1)    # what these stand on

Where somebody waits and wants more than once, the player of the workspace (lib/player) keeps the model warm:

    for output in generate.play(project, run, count=16): …
"""

from lib.generate import given
from lib.generate.making import film, images, make, sounds, texts, translate, walk
from lib.generate.many import Translated, translate_all
from lib.generate.ordering import ask_again, order, order_walk, play, play_walk
from lib.generate.playable_runs import examples, not_playable, playable
from lib.player import (
    before,
    ensure_player,
    newest_order,
    open_orders,
    outputs_of,
    pieces,
    player_state,
    stop_order,
)

__all__ = [
    "Translated", "ask_again", "before", "ensure_player", "examples", "film", "given", "images", "make", "newest_order", "not_playable", "open_orders", "order",
    "order_walk", "outputs_of", "pieces", "play", "play_walk", "playable", "player_state", "sounds", "stop_order", "texts", "translate",
    "translate_all", "walk",
]  # fmt: skip
