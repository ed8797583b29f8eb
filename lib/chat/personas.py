"""Personas: in whose manner a model answers. Words of one's own for it, a temperature, a name. Read `Persona`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.project import arguments, labels

if TYPE_CHECKING:
    from lib.project import Project

_SETTING = "chat_personas"
_LONGEST = 1000     # letters of its words
_MOST = 20


@dataclass(frozen=True)
class Persona:
    """name: what people call it. words: who it is, as the model is told. temperature: 0 always takes the likeliest word."""

    name: str = "Librarian"
    words: str = "You are a careful librarian."
    temperature: float = 0.0


LIBRARIAN = Persona()


def every(project: Project) -> list[Persona]:
    """The librarian first, then those of this project."""
    return [LIBRARIAN, *(Persona(**kept) for kept in labels.setting(project, _SETTING, []))]


def get(project: Project, name: str | None) -> Persona:
    """Raises UserError for an unknown name."""
    for persona in every(project):
        if persona.name == (name or LIBRARIAN.name):
            return persona
    raise UserError(f"There is no persona called {name}.", "", f"Choose one of: {', '.join(persona.name for persona in every(project))}.")


def keep(project: Project, name: str, words: str, temperature: float = 0.0) -> Persona:
    """Adds a persona, or changes the one of that name. Raises UserError for what does not fit."""
    name, words = " ".join(arguments.text("name", name).split()), arguments.text("words", words).strip()
    if not name or name == LIBRARIAN.name:
        raise UserError("This persona needs a name of its own.", f"{LIBRARIAN.name} is the one that is always here.", "Give it another name.")
    if len(words) > _LONGEST or len(name) > 60:
        raise UserError("This persona is described too long.", f"A name has up to 60 letters, its words up to {_LONGEST:,}.", "Make it shorter.")
    persona = Persona(name, words, arguments.number("temperature", temperature, 0.0, 2.0))
    _rewrite(project, lambda others: [*others, persona], name)
    return persona


def forget(project: Project, name: str) -> None:
    _rewrite(project, lambda others: others, name)


def _rewrite(project: Project, how, name: str) -> None:
    def rewritten(kept: Iterable[dict]) -> list[dict]:
        personas = how([Persona(**one) for one in kept if one["name"] != name])
        if len(personas) > _MOST:
            raise UserError(f"There are {_MOST} personas already.", "", "Forget one that nobody uses.")
        return [asdict(persona) for persona in personas]

    labels.rewrite_setting(project, _SETTING, [], rewritten)
