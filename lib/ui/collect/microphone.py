"""The microphone: takes, looked at and heard before they go in. Read `way`; what records is widgets/microphone.js."""

from __future__ import annotations

from lib import collect
from lib.project import Project
from lib.ui.collect import recorder, whose


def way(project: Project) -> None:
    answer = whose.ask(project, "collect.record", "The answer goes with every take that you add from now on. Change it when somebody else is heard.")
    recorder.recorder("../widgets/microphone", project, answer, longest=collect.LONGEST_TAKE)
