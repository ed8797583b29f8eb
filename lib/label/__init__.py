"""Labelling: the words that people give to datapoints. Every change is kept, and the last one can be taken back.

label.set_caption(project, item_id, "a red tulip"); label.undo(project)
"""

from lib.label.words import set_caption, set_tags, undo

__all__ = ["set_caption", "set_tags", "undo"]
