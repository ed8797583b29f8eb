"""Playing a trained model: what it makes becomes outputs, each with the way back to the data.

    outputs = generate.images(project, run, count=16, seed=0)
    film, gif = generate.walk(project, run, seed_a=3, seed_b=9)
    texts = generate.texts(project, run, prompt="It rains", count=3)       # and sounds(project, run, source=path)
    picture = generate.translate(project, run, picture=path)                # pix2pix; and film(project, run, film=path)
    generate.order_table(project, run, [{"prompt": "a red fish"}, {"prompt": "a blue fish"}], range(4))     # and generate.table shows it
    many = generate.translate_all(project, run, pictures=folder_or_zip)     # many.outputs, many.refused
    generate.remembered(project, texts[0])                                  # what of it stands word for word in what it learned from
    own = generate.rewrite(project, texts[0], "It rains, again.")           # edit and keep: with both stories (generate.rewritten)
    pdf = generate.booklet(project, "pdf")                                  # of the kept texts, as generate.arrange put them in order
    outputs = generate.make(project, run, way="make", inputs={"picture": path}, count=1)    # what these stand on

Where somebody waits and wants more than once, the player of the workspace (lib/player) keeps the model warm:

    for output in generate.play(project, run, count=16): …
"""

from lib.generate import given
from lib.generate.booklet import booklet
from lib.generate.booklet import look as look_at_booklet
from lib.generate.make_up import can_be_counted, how_often, laid_out
from lib.generate.making import film, images, make, sounds, texts, translate, walk
from lib.generate.many import Translated, translate_all
from lib.generate.memory import Memory, Origin, remembered
from lib.generate.ordering import ask_again, order, order_walk, play, play_walk
from lib.generate.playable_runs import bases, examples, makes, not_playable, playable, writers
from lib.generate.reading import poem
from lib.generate.rewriting import Rewritten, rewrite, rewritten, undo_rewrite
from lib.generate.selection import Chosen, Selection, arrange, leave_out, move, selection
from lib.generate.tables import difference, order_table, table
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
    "Chosen", "Memory", "Origin", "Rewritten", "Selection", "Translated", "arrange", "ask_again", "bases", "before", "booklet", "can_be_counted",
    "difference", "ensure_player", "examples", "film", "given", "how_often", "images", "laid_out", "leave_out", "look_at_booklet", "make", "makes",
    "move", "newest_order", "not_playable", "open_orders", "order", "order_table", "order_walk", "outputs_of", "pieces", "play", "play_walk",
    "playable", "player_state", "poem", "remembered", "rewrite", "rewritten", "selection", "sounds", "stop_order", "table", "texts", "translate",
    "translate_all", "undo_rewrite", "walk", "writers",
]  # fmt: skip
