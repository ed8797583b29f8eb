"""Keeping what comes out of a model as outputs of the project, each with its story. Read `Keeper`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.errors import UserError
from lib.media.files import sha256
from lib.media.kinds import IMAGE
from lib.media.leftovers import clear_forgotten
from lib.models.playing import Gathered, Medium, Request
from lib.player import inputs
from lib.player.playable import Playable, require, silent
from lib.project import datasets, outputs
from lib.project.folder import OUTPUTS
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project

_ASK_AGAIN = 3.0        # seconds


class Keeper:
    """Saves what comes out of one request, with a story that is put together once. Tokens and chunks are held until their whole is there."""

    def __init__(self, project: Project, playable: Playable, request: Request):
        self._project, self._playable, self._request = project, playable, request
        self._story = {**_base_story(project, playable, request), "way": request.way, "inputs": inputs.as_story(request.inputs), "controls": dict(request.controls)}
        self._pieces: dict[int, Gathered] = {}
        clear_forgotten(project.path / OUTPUTS)     # what was half saved when somebody was killed
        self._asked = time.monotonic()

    def keep(self, medium: Medium) -> Output | None:
        """Saves a whole; None for a piece. Raises UserError once somebody in the data has said no."""
        self.check()
        if not medium.is_whole:
            if medium.kind != IMAGE.name:    # a picture that forms is no part of one: nobody keeps it
                self._pieces.setdefault(medium.number, Gathered()).add(medium.content)
            return None
        self._pieces.pop(medium.number, None)
        return self._save(medium.content, medium.number, dict(medium.facts))

    def keep_begun(self) -> list[Output]:
        """Saves what was begun and will never be whole; its story says that it was stopped."""
        begun, self._pieces = self._pieces, {}
        return [self._save(pieces.whole(), number, {"stopped": True}) for number, pieces in sorted(begun.items())]

    def walk(self, frames: Sequence[Path]) -> list[Output]:
        """frames: pictures on the disk."""
        self.check(now=True)
        request = self._request
        assert request.to_seed is not None and request.fps  # every walk has them
        story = {key: value for key, value in self._story.items() if key != "inputs"}
        return outputs.save_walk(self._project, frames, (request.seed, request.to_seed), request.fps, story)

    def film(self, frames: Sequence[Path], fps: float, original: Path) -> Output:
        """frames: pictures on the disk. original: the film that they were made of, whose sound they get."""
        self.check(now=True)
        given = {"film": {"name": original.name, "sha256": sha256(original)}}
        return outputs.save_film(self._project, frames, fps, original, {**self._story, "inputs": given})

    def check(self, now: bool = False) -> None:
        """Somebody may change their mind while a long order is made: asks again every few seconds, or `now`.

        Raises UserError once they have.
        """
        run = self._playable.run
        if now or (run and run.withdrawn) or time.monotonic() - self._asked >= _ASK_AGAIN:
            if run:
                require(self._project, run, what := f"{run.id} is not played any further.")
                if set(silent(self._project, self._playable)) - set(self._request.without):
                    raise UserError(what, "Somebody whose data may be heard in it has just said no.", "Ask for it again: it is made without them.")
            inputs.check_again(self._project, self._request)
            self._asked = time.monotonic()

    def _save(self, content: Any, number: int, facts: dict) -> Output:
        return outputs.save(self._project, content, self._request.seed + number, {**facts, **_of_those_heard(self._story, facts)})


def _of_those_heard(story: dict, facts: dict) -> dict:
    """Where it is known what exactly is in a thing, its story names only these datapoints and people."""
    if "heard" not in facts:
        return story
    there = {one["person"] for one in facts["heard"]}
    return {**story, "datapoints": len(facts["heard"]), "people": [person for person in story["people"] if person["id"] in there]}


def _base_story(project: Project, playable: Playable, request: Request) -> dict:
    if playable.run is None:
        return outputs.story_without_run(playable.model)
    runs = [playable.run, *(project.run(one.run) for given in request.inputs for one in request.mixed(given) if one.run)]
    stories = [outputs.base_story(project, run, datasets.get(project, run.dataset_path)) for run in runs]
    people = {person["id"]: person for story in stories for person in story["people"]}
    learned = {item for run in runs for item in run.learned_from}
    return {**stories[0], "datapoints": len(learned), "people": [people[person] for person in sorted(people)]}
