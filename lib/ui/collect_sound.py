"""The microphone: takes, looked at and heard before they go in. Read `takes`; what records is components/sound.js."""

from __future__ import annotations

from lib import collect
from lib.project import Project
from lib.ui import collect_sent, collect_whose


def takes(project: Project) -> None:
    answer = collect_whose.ask(project, "collect.record", "The answer goes with every take that you add from now on. Change it when somebody else is heard.")
    collect_sent.component("sound", project, answer, longest=collect.LONGEST_TAKE)
