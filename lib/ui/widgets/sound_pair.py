"""Two sounds with one play position: heard in turns while they go on, equally loud, so that only what differs is heard. Read `compare`."""

from __future__ import annotations

from lib.ui.widgets.component import component, packed
from lib.ui.widgets.sound_player import Heard


def compare(first: Heard, second: Heard, *, key: str, names: tuple[str, str]) -> None:
    """names: what each is, in a few words. Where a part of one is marked (Heard.marked), only that is played."""
    sides = [{"source": heard.source, "overview": heard.overview, "label": heard.label, "name": name, "marked": heard.marked}
             for heard, name in zip((first, second), names, strict=True)]  # fmt: skip
    component(__file__, "sound_pair")(key=key, data=packed({"sides": sides}))
