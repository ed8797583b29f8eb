"""A sound to hear and to see, of any length: waveform, spectrogram, loudness, loop and a marked part, and who is heard when. Read `hear`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lib.generate import given
from lib.media.sniff import SOUND_NAMES
from lib.project import Project
from lib.project.items import Item
from lib.project.outputs import Output
from lib.ui.http import addresses
from lib.ui.widgets.component import component, packed


@dataclass(frozen=True)
class Heard:
    """Where the browser finds a sound. overview: what was measured of it (routes.py). flac: the same sound smaller, midi: its notes, "" where they are not offered.
    voices: (who, [[from, to], …]) of those who are heard in it, seconds. marked: a part that is marked at first, (from, to) in seconds."""

    source: str
    overview: str
    name: str
    label: str
    flac: str = ""
    midi: str = ""
    voices: tuple[tuple[str, Sequence[Sequence[float]]], ...] = ()
    marked: tuple[float, float] | None = None


def hear(heard: Heard, *, key: str) -> None:
    voices = [{"who": who, "spans": spans} for who, spans in heard.voices]
    data = {"source": heard.source, "overview": heard.overview, "flac": heard.flac, "midi": heard.midi, "name": heard.name, "label": heard.label, "voices": voices,
            "marked": heard.marked}
    component(__file__, "sound_player")(key=key, data=packed(data))


def of_output(project: Project, output: Output) -> Heard:
    story = output.provenance()
    return Heard(
        addresses.output(project, output), addresses.overview(project, "outputs", output.path.name), output.path.name,
        f"Sound {output.path.stem}", addresses.flac(project, output), addresses.midi(project, output) if "rhythm" in story else "", voices(story),
    )  # fmt: skip


def with_mark(heard: Heard, start: float, end: float) -> Heard:
    """The same with a part marked, seconds."""
    return replace(heard, marked=(start, end))


def of_sample(project: Project, run, path) -> Heard:
    return Heard(addresses.sample(project, run, path), addresses.overview(project, "runs", run.id, path.name), path.name, f"Sample {path.stem}")


def of_item(project: Project, item: Item) -> Heard:
    return Heard(addresses.original(project, item), addresses.overview(project, "items", item.id), item.path.name, f"Sound number {item.number}")


def of_given(project: Project, path: Path) -> Heard:
    """A sound that somebody brought for a model to work on (lib.generate.given)."""
    where = given.address(path)
    return Heard(addresses.given(project, where), addresses.overview(project, "given", *where.split("/")), path.name, f"Your sound {path.stem}")


def of_source(project: Project, output: Output) -> Heard | None:
    """The sound that an output follows; None where it follows none."""
    for name, given_as in (output.provenance().get("inputs") or {}).items():
        if isinstance(given_as, dict) and Path(given_as.get("file", "")).suffix in SOUND_NAMES:
            called = given_as.get("name") or "what it follows"
            return Heard(addresses.source(project, output, name), addresses.overview(project, "sources", output.path.name, name), called, f"Source {called}")
    return None


def of_prepared(project: Project, dataset: Path, name: str, label: str) -> Heard:
    """A file of a dataset. name: as in "train/000012.flac"."""
    return Heard(addresses.prepared(project, dataset, name), addresses.overview(project, "datasets", dataset.name, *name.split("/")), Path(name).name, label)


def voices(story: dict) -> tuple[tuple[str, list[list[float]]], ...]:
    """Who is heard when, by person, in the order of their first moment; () where the story does not tell."""
    credit = {person["id"]: person["credit"] for person in story.get("people", [])}
    unnamed = [person for person in dict.fromkeys(one["person"] for one in story.get("heard", ())) if person and not credit.get(person)]
    spans: dict[str, list[list[float]]] = {}
    for one in story.get("heard", ()):
        spans.setdefault(one["person"], []).extend(one["spans"])
    return tuple((_called(person, credit, unnamed), sorted(times)) for person, times in spans.items())


def _called(person: str, credit: dict[str, str], unnamed: list[str]) -> str:
    """By the credit that they chose."""
    if not person:
        return "nobody is written down"
    if credit.get(person):
        return credit[person]
    return "somebody who is not named" if len(unnamed) == 1 else f"somebody who is not named ({unnamed.index(person) + 1})"
