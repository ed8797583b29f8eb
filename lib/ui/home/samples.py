"""The samples that Handmade brings, each as a project with a ready dataset: the shortest way to a first training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lib import augment, collect
from lib.errors import UserError
from lib.project import Consent, Project
from lib.project.consent import PURPOSES
from lib.ui.http.addresses import ASSETS

TULIPS, SNAILS, FLOWERS, WHISTLE = (ASSETS / "samples" / name for name in ("tulips", "snails", "flowers.txt", "whistle"))


@dataclass(frozen=True)
class Sample:
    """button: what it is called.   words: what it is, and what it leads to.   picture: in assets/samples/, and what it shows.

    project: makes it.   model: which the page Train opens with, "" for its own choice.
    """

    button: str
    words: str
    picture: str
    shows: str
    icon: str
    project: Callable[[], Project]
    model: str = ""


def tulips() -> Project:
    """A new project with the two hundred paper-cut tulips, their captions, and the dataset tulips-64. Takes a second."""
    return _project("Tulips", TULIPS)


def snails() -> Project:
    """A new project with the twelve paper-cut snails, their captions, and the dataset snails-64: what a LoRA learns from."""
    return _project("Snails", SNAILS)


def flowers() -> Project:
    """A new project with five hundred names of flowers, one a line, and the dataset flowers: what a small GPT learns from."""
    project = Project.create(_free_name("Flowers"))
    collect.add_texts(project, FLOWERS, consent=_free_for_all(FLOWERS, "Written down for Handmade and given to everybody."))
    augment.build(project, augment.Recipe([]), name="flowers", kind="text")
    return project


def whistle() -> Project:
    """A new project with two and a half minutes of a whistle, in eleven files, and the dataset whistle: one voice to learn."""
    project = Project.create(_free_name("A whistle"))
    collect.add_files(project, WHISTLE, consent=_free_for_all(WHISTLE, "Blown by a program for Handmade and given to everybody."))
    augment.build(project, augment.Recipe([]), name="whistle", kind="sound")
    return project


def _free_for_all(folder: Path, note: str) -> Consent:
    return Consent(state="given", purposes=PURPOSES, basis="licence", licence="CC0 1.0", source=f"assets/samples/{folder.stem}.md", note=note)


def _project(name: str, folder: Path) -> Project:
    project = Project.create(_free_name(name))
    collect.add_files(project, folder, consent=_free_for_all(folder, "Drawn for Handmade and given to everybody."), captions=folder.with_suffix(".csv"))
    augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(64)]), name=f"{folder.name}-64")
    return project


def _free_name(name: str) -> str:
    taken = {project.name.casefold() for project in Project.list()}
    for candidate in (name, *(f"{name} {number}" for number in range(2, 1000))):
        if candidate.casefold() not in taken:
            return candidate
    raise UserError(f"There are very many projects called {name}.", "", "Delete some of them, then try again.")


SAMPLES = [
    Sample(
        "Try a sample", "Two hundred paper-cut **tulips**, free for everybody, with a dataset that is ready to train on.",
        "tulips.webp", "Ten tulips cut from coloured paper", ":material/local_florist:", tulips,
    ),
    Sample(
        "Try twelve snails", "Twelve **snails** with captions: a model that makes pictures of words learns what a snail is.",
        "snails.webp", "Ten snails cut from coloured paper", ":material/cyclone:", snails, "lora",
    ),
    Sample(
        "Try names of flowers", "Five hundred **names of flowers**: a GPT that you can look into learns them in seconds, and invents new ones.",
        "flowers.webp", "Names such as snowdrop, in rows", ":material/spa:", flowers, "microgpt",
    ),
    Sample(
        "Try a whistle", "Two minutes of a **whistle**: learned in some minutes more, it is played by keys, a line, or your humming.",
        "whistle.webp", "The spectrogram of a tune: the pitches of nine notes, their overtones, and breath", ":material/graphic_eq:", whistle, "ddsp",
    ),
]  # fmt: skip
