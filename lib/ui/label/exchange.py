"""What the labelling component asks of the server and tells it; lib/ui/http/label_api.py is the address that it speaks with.

`the_list` and `rows` are what a browser looks at; `take_in` writes down what a person did. Read `answer`.
Nothing here waits for a page to be drawn: a key press never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from lib import label
from lib.errors import UserError
from lib.media import text
from lib.project import Project, arguments, items, labels
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.http.media_types import MEDIA_TYPES

MOST_BYTES = 8_000_000  # of what a browser hands in at once: a mask has at most half a megabyte
MOST_ENTRIES, MOST_ROWS = 200, 200
LARGEST = 1024  # px of the longer side that the component shows as it is; larger pictures are shown smaller, so that they come fast
_BEFORE, _AHEAD = 2, 6  # rows that come with the list, so that the first picture is there at once
_FIRST_WORDS = 4000  # characters of a text
_MOST_TAKEN_BACK = 500  # undos whose answers are remembered
_YES = {"yes": True, "no": False}


def answer(project: Project, asked: Mapping) -> dict:
    """asked: {"list": the filter as in an address}, {"rows": [ids]}, {"number": 12}, or {"entries": [what was done]}.

    With "reader", a name, all of it is that reader's own: what others said is not shown, and answers stand beside the
    labels (lib/label/reading.py). Raises UserError for what cannot be understood.
    """
    reads = bool(asked.get("reader"))
    if reads:
        project = label.as_reader(project, asked["reader"])
    if "list" in asked:
        return the_list(project, which_of(str(asked["list"])), near=_parameters(str(asked["list"])).get("near", ""), reads=reads)
    if "rows" in asked:
        return {"rows": rows(project, arguments.several("rows", asked["rows"])[:MOST_ROWS], reads)}
    if "number" in asked:
        return by_number(project, str(asked["number"]), reads)
    if "entries" in asked:
        return take_in(project, asked["entries"], reads)
    raise UserError("The desk does not understand this.", "", "Load the page again.")


# ---- what is looked at -----------------------------------------------------------------------------------------------


def which_of(address: str) -> dict:
    """A filter as it stands in an address ("labelled=no&person=p12"), as items.find takes it."""
    parameters = _parameters(address)
    which = {name: parameters[name] for name in ("kind", "consent", "words", "person", "class_name", "tag") if name in parameters}
    return which | {name: _YES[parameters[name]] for name in ("labelled", "excluded", "noted") if parameters.get(name) in _YES}


def _parameters(address: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(address, keep_blank_values=True).items()}


def the_list(project: Project, which: Mapping, near: str = "", reads: bool = False) -> dict:
    """All datapoints of a filter in the order of their numbers, and what the component needs beside them.

    {"ids", "numbers", "open": places of those without a label, "rows": those around where one begins, "classes", "tags",
    "counts_time", "seconds_today", "last": [item, field] of the actor's last change}. near: the id that one begins at; else it is the first without a label.
    """
    numbers = items.numbers(project, **which)
    unlabelled: dict[str, Any]
    if reads:
        unlabelled = dict.fromkeys(label.unread(project, numbers))
    else:
        done = which.get("labelled") is True or which.get("excluded") is True     # what is left out waits for no label
        unlabelled = {} if done else items.numbers(project, **{**which, "labelled": False, "excluded": False})
    ids, unlabelled_at = list(numbers), [place for place, item_id in enumerate(numbers) if item_id in unlabelled]
    first = ids.index(near) if near in numbers else unlabelled_at[0] if unlabelled_at else 0
    return {
        "ids": ids, "numbers": list(numbers.values()), "open": unlabelled_at,
        "rows": rows(project, ids[max(0, first - _BEFORE) : first + _AHEAD], reads),
        "classes": label.classes(project), "tags": list(label.known_tags(project))[:500],
        "counts_time": label.is_time_counted(project), "seconds_today": label.seconds_today(project),
        "last": labels.last_change(project),
    }  # fmt: skip


def rows(project: Project, ids: list[str], reads: bool = False) -> list[dict]:
    """The rows of lib.label with the addresses of what is seen and heard, and what a machine proposes."""
    by_id = {item.id: item for item in items.find(project, ids=ids, limit=MOST_ROWS)}
    if reads:
        return [row | _seen(project, by_id[row["id"]]) for row in label.blind(project, label.as_rows(project, by_id.values()))]
    proposed: dict[str, dict] = {}
    for suggestion in label.suggestions(project, item_ids=list(by_id)):
        proposed.setdefault(suggestion.item, {})[suggestion.field] = {"value": suggestion.value, "by": suggestion.made_by}
    return [
        row | _seen(project, by_id[row["id"]]) | {"suggestions": proposed.get(row["id"], {})}
        for row in label.as_rows(project, by_id.values())
    ]


def by_number(project: Project, number: str, reads: bool = False) -> dict:
    """{"rows": [the one of that number]}, or none: for the other half of a pair."""
    datapoints = items.find(project, limit=1, words=number) if number.isdecimal() and len(number) < 10 else []
    return {"rows": rows(project, [item.id for item in datapoints], reads)}


def _seen(project: Project, item: Item) -> dict:
    """picture: shown large. small: the thumbnail. original: the file itself, to be heard or read. words: how a text begins."""
    seen = {"small": addresses.thumbnail(project, item, 256)}
    if item.consent.says_no:
        return seen | {"picture": seen["small"]}
    if item.kind == "image":
        return seen | {"picture": _picture(project, item)}
    if item.kind == "sound":
        return seen | {"picture": addresses.thumbnail(project, item, LARGEST), "original": addresses.original(project, item)}
    return seen | {"words": _beginning(item), "original": addresses.original(project, item)}


def _picture(project: Project, item: Item) -> str:
    """The file itself where it is small, since small drawings keep their pixels."""
    side = max(item.facts.get("width", LARGEST + 1), item.facts.get("height", LARGEST + 1))
    is_small = side <= LARGEST and item.path.suffix in MEDIA_TYPES
    return addresses.original(project, item) if is_small else addresses.thumbnail(project, item, LARGEST)


def _beginning(item: Item) -> str:
    try:
        return text.beginning(item.path, _FIRST_WORDS)
    except OSError:
        return ""


# ---- what was done ---------------------------------------------------------------------------------------------------


_taken_back: dict[tuple[str, str, str], str | None] = {}  # (project, actor, token) → the datapoint whose change it took back


def take_in(project: Project, entries: object, reads: bool = False) -> dict:
    """Writes down what a person did, in order: {"answers": [{"token", "ok"} | {"token", "conflict"} | {"token", "error"}]}.

    An entry has a token, and is a label {"item", "field", "value", "seen", "suggested"}, a span of work {"item",
    "seconds"}, something taken back {"undo": token}, or what the project agreed on: {"classes": […]}, {"rename": [old,
    new]}, {"remove_class": name}, {"count_time": true}; {"decline": item, "field"} puts a suggestion away.
    Every one may come twice, since a browser sends it until it hears of it. Where the record takes nothing just now
    (labels.is_held_up), what comes after is not answered for, so that the browser keeps it and sends it again; the
    first of all raises what is the matter.
    """
    entries = arguments.several("entries", entries)
    if len(entries) > MOST_ENTRIES:
        raise UserError(f"These are {len(entries)} entries at once.", f"The most is {MOST_ENTRIES}.", "Send them in parts.")
    answers: list[dict] = []
    for entry in entries:
        try:
            answers.append(_take_in(project, entry, reads))
        except UserError:
            if answers:
                break
            raise
    return {"answers": answers}


def _take_in(project: Project, entry: object, reads: bool = False) -> dict:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("token"), str):
        return {"token": None, "error": UserError("This cannot be written down.", "It has no token.", "").as_dict()}
    token = entry["token"]
    try:
        for kind, write in _KINDS.items():
            if kind in entry:
                done: dict[str, Any] = write(project, entry) or {}
                if reads and done.get("row"):
                    [done["row"]] = rows(project, [done["row"]["id"]], reads)
                return {"token": token, "ok": True} | done
        if reads:
            entry = label.as_reading(entry)
        [result] = label.write(project, [entry])
        if "ok" in result and entry.get("suggested"):
            _decline(project, {"decline": entry["item"], "field": entry["field"]})
        return result
    except UserError as error:
        if labels.is_held_up(error):
            raise
        return {"token": token, "error": error.as_dict()}
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        wrong = UserError("This cannot be written down.", f"It is not what it should be ({type(error).__name__}).", "Do it again.")
        return {"token": token, "error": wrong.as_dict()}


def _undo(project: Project, entry: Mapping) -> dict:
    """Takes back one change, by its token; with "last", whatever the person did last before this page was opened. That is
    done once for each entry, though its answer may have got lost, and the browser asks again."""
    is_last, asked = entry["undo"] == "last", (str(project.path), project.actor, entry["token"])
    if is_last and asked in _taken_back:
        undone = _taken_back[asked]
    else:
        undone = label.undo(project, None if is_last else arguments.text("undo", entry["undo"]))
        if is_last:
            _taken_back[asked] = undone
            for old in list(_taken_back)[:-_MOST_TAKEN_BACK]:
                _taken_back.pop(old, None)
    there = rows(project, [undone or entry.get("item") or ""])
    return {"row": there[0] if there else None, "undone": bool(undone)}


def _decline(project: Project, entry: Mapping) -> None:
    chosen = [suggestion for suggestion in label.suggestions(project, entry["field"], [entry["decline"]])]
    label.decline(project, chosen)


def _rename(project: Project, entry: Mapping) -> dict:
    old, new = entry["rename"]
    label.rename_class(project, arguments.text("old", old), new)
    return {"classes": label.classes(project)}


def _remove_class(project: Project, entry: Mapping) -> dict:
    label.remove_class(project, arguments.text("class", entry["remove_class"]))
    return {"classes": label.classes(project)}


_KINDS = {
    "undo": _undo,
    "seconds": lambda project, entry: label.add_time(project, entry["item"], entry["seconds"], token=entry["token"]) and None,
    "classes": lambda project, entry: {"classes": label.set_classes(project, entry["classes"])},
    "rename": _rename,
    "remove_class": _remove_class,
    "count_time": lambda project, entry: label.count_time(project, bool(entry["count_time"])),
    "decline": _decline,
}
