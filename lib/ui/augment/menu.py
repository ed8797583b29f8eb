"""The menu of steps: grouped, with a picture of what each does, found by a word. Read `menu`.

It opens and searches in the browser alone (menu.js); the server hears only of what was chosen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from lib import augment
from lib.augment import Step
from lib.ui.http import addresses
from lib.ui.widgets import event_queue
from lib.ui.widgets.component import component, packed

_KEY = "augment.menu"
_ASKED = ("Mirror",)    # not in the menu, since it is asked as a question (questions.py)
# group of a step -> (its name, what is said about all in it), in the order of the menu
GROUPS = {
    "shape": ("Shape and size", "Every picture gets the same shape and size: networks want them all alike."),
    "light": ("Light and colour", "Every picture is changed in the same way."),
    "drawing": ("Drawing", "Every picture becomes lines or dots: to learn from as it is, or as the sketch of a pair."),
    "people": ("People", "Faces, hands and bodies are found by models that are carried along; nothing leaves this computer."),
    "background": ("Background", "What stands in front is kept, and what lies behind it becomes paper."),
    "variants": ("Variants", "Copies are added beside each picture, to learn from; what is held back for testing gets none."),
    "sound": ("Sound", "Every sound is changed in the same way; takes can be cut, and copies added."),
    "text": ("Text", "Every text is cleaned or cut in the same way."),
}  # fmt: skip


def menu(kind: str, heard: Callable[[str], None]) -> None:
    """The button, and the dialog behind it. heard: called with the name of each step that is chosen, before the page is drawn anew."""
    data = {"label": "Add a step", "groups": groups(kind), "heard": event_queue.heard_of(_KEY)}
    hear = functools.partial(event_queue.hear, _KEY, lambda event: heard(event["id"]))
    component(__file__, event_queue.NAME, "menu")(key=_KEY, data=packed(data), on_event_change=hear)


def groups(kind: str = "image") -> list[dict]:
    """What the menu shows for one kind of datapoint."""
    shown = []
    for group, (name, says) in GROUPS.items():
        steps = [entry(step) for step in augment.STEPS.values() if step.kind == kind and step.group == group and step.__name__ not in _ASKED]
        if steps:
            shown.append({"name": name, "says": says, "steps": steps})
    return shown


def entry(step: type[Step]) -> dict:
    return {
        "id": step.__name__, "title": step.title, "says": step.says, "library": f"by {step.library}",
        "picture": addresses.step_picture(step.__name__),
    }  # fmt: skip
