"""The kinds of media in one table: pictures, pairs of pictures, sounds, texts. Read `KINDS` and `kind_of`.

An item, a dataset and a card name their kind by `name` ("image", "pairs", "sound", "text"): that is what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib.errors import UserError


@dataclass(frozen=True)
class Kind:
    """name: as it is stored and handed to functions.   suffix: of a file that is made here.   one, many: its words.
    measure: what a length of it is counted in ("" where it is counted by the piece)."""

    name: str
    suffix: str
    one: str
    many: str
    measure: str = ""

    @property
    def title(self) -> str:
        """As a heading: "Pictures"."""
        return self.many.capitalize()

    def count(self, number: int) -> str:
        """"1 picture", "1,200 pictures"."""
        return f"{number:,} {self.one if number == 1 else self.many}"


IMAGE = Kind("image", ".png", "picture", "pictures")
PAIRS = Kind("pairs", ".png", "pair of pictures", "pairs of pictures")
SOUND = Kind("sound", ".wav", "sound", "sounds", "seconds")
TEXT = Kind("text", ".txt", "text", "texts", "letters")
KINDS = {kind.name: kind for kind in (IMAGE, PAIRS, SOUND, TEXT)}

_ALSO = {"picture": "image", "pair": "pairs", "audio": "sound"}     # other words for them, such as older files have


def kind_of(name: object) -> Kind:
    """The kind of that name. Raises UserError for a word that is none."""
    kind = KINDS.get(_ALSO.get(str(name), str(name)))
    if kind is None:
        raise UserError(f"There is no kind {name!r}.", f"The kinds are: {', '.join(KINDS)}.", "Choose one of these.")
    return kind
