"""Drawing: a sheet of paper on the page, for a finger, a pen or the mouse. Read `way`.

Whose the drawings are is asked first; then each goes in at once, and the paper is white again (drawing.js).
"""

from __future__ import annotations

from lib.project import Project
from lib.ui.collect import recorder, whose


def way(project: Project) -> None:
    answer = whose.ask(project, "collect.draw", "The answer goes with every drawing that you add from now on. Change it when somebody else draws.")
    recorder.recorder("drawing", project, answer)
