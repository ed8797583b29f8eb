"""The camera at Collect: one picture after the other, or many in a row; each goes in at once. Read `way`."""

from __future__ import annotations

from lib.project import Project
from lib.ui.collect import recorder, whose


def way(project: Project) -> None:
    """Whose the pictures are is asked first; the answer goes with each of them (camera.js)."""
    answer = whose.ask(project, "collect.camera", "The answer goes with every picture that you take from now on. Change it when somebody else is in the picture.")
    recorder.recorder("camera", project, answer)
