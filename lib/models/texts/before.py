"""What to know of a person's texts before a model learns from them, in words that hold for every model that writes. Read `Before`. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass, field

from lib.models.texts.documents import Corpus, Document

SHOWN = 12              # documents
_WORDS = {"lines": ("line", "lines"), "poems": ("poem", "poems"), "files": ("file", "files")}


@dataclass(frozen=True)
class Seen:
    """A document as the model sees it. pieces: its tokens as text; "" is the mark before and after it. first: how many of them are seen at once."""

    document: Document
    pieces: list[str]
    first: int


@dataclass(frozen=True)
class Before:
    """What to know before a training begins: a few sentences, the first documents, what is held back, and the alphabet, where it has one of its own."""

    in_words: list[str]
    documents: list[Seen]
    held: list[Document]
    letters: tuple[str, ...] = field(default=())


def many(count: int, how: str) -> str:
    """ "1 line", "12 poems". how: "lines", "poems" or "files"."""
    return f"{count:,} {_WORDS[how][count != 1]}"


def counted(corpus: Corpus, how: str) -> str:
    size = sum(len(document.text) for document in corpus.learned)
    return f"It learns from {many(len(corpus.learned), how)}, {size:,} letters in all."


def held(corpus: Corpus, how: str) -> str:
    if not corpus.held:
        return f"Nothing is held back, since {many(len(corpus.learned), how)} {'is' if len(corpus.learned) == 1 else 'are'} too few: nobody can tell what it learns by heart. Choose lines or poems, or add more."
    return f"{many(len(corpus.held), how)} {'is' if len(corpus.held) == 1 else 'are'} held back: they say which step was best, and are never learned from."


def doubles(corpus: Corpus, how: str) -> str:
    """"" where there are none."""
    told = f"{many(corpus.doubles, how)} stood there twice (or with other spaces or capitals), and count{'s' if corpus.doubles == 1 else ''} once." if corpus.doubles else ""
    crossed = f"{many(corpus.crossing, how)} of those held back by the dataset stood among the others too: learned from, and not held back." if corpus.crossing else ""
    return " ".join(filter(None, (told, crossed)))
