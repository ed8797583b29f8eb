"""Labelling: what people say about datapoints. Every change is kept, and the last one can be taken back.

    label.set_caption(project, item_id, "a red tulip"); label.undo(project)
    label.set_class(project, item_id, "flower"); label.set_tags(project, item_id, ["red", "cut"])
    label.change_many(project, ids, add_tags=["drawn at night"])
    found = label.agreement(project, "class_name"); found.kappa if found.enough else found.words

Read words.py for single labels, browser_requests.py for what the page hands in, suggestions.py for a machine's proposals.
"""

from lib.label.agreement import (
    LEAST_TO_TELL,
    TOO_FEW,
    Agreement,
    agreement,
    cohen,
    disagreements,
    fleiss,
    own_readings,
    read,
    settle,
)
from lib.label.browser_requests import as_rows, first_unlabelled, row, rows, rows_of, write
from lib.label.bulk import Replacement, change_many, count_changed, find_and_replace, replace_in_captions
from lib.label.classes import classes, known_tags, remove_class, rename_class, set_classes
from lib.label.describing import suggest_with_ollama, vision_models
from lib.label.labour import add_time, count_time, is_time_counted, seconds_today, time_of_items, time_spent
from lib.label.marked import marked
from lib.label.neighbours import MADE_BY as NEIGHBOURS
from lib.label.neighbours import suggest_from_neighbours
from lib.label.reading import as_reader, as_reading, blind, unread
from lib.label.suggestions import (
    Suggestion,
    accept,
    count_suggestions,
    decline,
    decline_all,
    keep_suggestions,
    shares,
    suggestions,
)
from lib.label.survey import answer, answers, look_at_all, overview, seen, take_back_answer
from lib.label.words import (
    exclude,
    include,
    set_caption,
    set_class,
    set_crop,
    set_mask,
    set_note,
    set_pair,
    set_points,
    set_regions,
    set_tags,
    set_transcript,
    undo,
)

__all__ = [
    "LEAST_TO_TELL", "NEIGHBOURS", "TOO_FEW", "Agreement", "Replacement", "Suggestion", "accept", "add_time", "as_reader", "as_reading", "blind", "agreement", "answer", "answers",
    "change_many", "classes", "cohen", "count_changed", "count_suggestions", "count_time", "decline", "decline_all",
    "disagreements", "exclude", "find_and_replace", "first_unlabelled", "fleiss", "include", "is_time_counted",
    "keep_suggestions", "known_tags", "look_at_all", "marked", "overview", "own_readings", "read", "remove_class",
    "as_rows", "rename_class", "replace_in_captions", "row", "rows", "rows_of", "seconds_today", "seen", "set_caption",
    "set_class", "set_classes", "set_crop", "set_mask", "set_note", "set_pair", "set_points", "set_regions",
    "set_tags", "set_transcript", "settle", "shares", "suggest_from_neighbours", "suggest_with_ollama",
    "suggestions", "take_back_answer", "time_of_items", "time_spent", "undo", "unread", "vision_models", "write",
]  # fmt: skip
