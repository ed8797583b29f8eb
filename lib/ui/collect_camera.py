"""The camera at Collect: one picture after the other, or many in a row; each goes in at once. Read `booth`."""

from __future__ import annotations

from lib.project import Project
from lib.ui import collect_sent, collect_whose


def booth(project: Project) -> None:
    """Whose the pictures are is asked first; the answer goes with each of them (components/camera.js)."""
    answer = collect_whose.ask(project, "collect.camera", "The answer goes with every picture that you take from now on. Change it when somebody else is in the picture.")
    collect_sent.component("camera", project, answer)
