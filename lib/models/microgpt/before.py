"""What the model will see of a person's texts, told before it begins. Read `look`. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.models.microgpt import documents, tokens
from lib.models.microgpt.documents import Corpus, Document
from lib.project.dataset_folder import DatasetFolder

if TYPE_CHECKING:
    from lib.models.microgpt import Settings

SHOWN = 12              # documents
_RARE = 3               # a letter that comes less often than this can hardly be learned
_NAMED = 24             # letters that are named
_MOST = 2_000_000       # letters up to which byte pairs are found just to be shown
_WORDS = {"lines": ("line", "lines"), "poems": ("poem", "poems"), "files": ("file", "files")}


@dataclass(frozen=True)
class Seen:
    """A document as the model sees it. pieces: its tokens as text; "" is the mark before and after it. first: how many of them are seen at once."""

    document: Document
    pieces: list[str]
    first: int


@dataclass(frozen=True)
class Before:
    """What to know before a training begins: a few sentences, the first documents, the alphabet, and what is held back."""

    in_words: list[str]
    documents: list[Seen]
    held: list[Document]
    letters: tuple[str, ...]


def look(data: DatasetFolder, settings: Settings) -> Before:
    corpus = documents.read(data, settings.documents)
    texts = [document.text for document in corpus.learned]
    size = sum(map(len, texts))
    in_pairs = settings.tokens != "letters" and size <= _MOST
    alphabet = tokens.learn(texts, [document.text for document in corpus.held], settings.pieces if in_pairs else 0)
    shown = [seen(document, alphabet, settings.context) for document in corpus.learned[:SHOWN]]
    return Before(in_words(corpus, alphabet, settings), shown, corpus.held, alphabet.letters)


def seen(document: Document, alphabet: tokens.Tokens, context: int) -> Seen:
    return Seen(document, ["", *(alphabet.names[number] for number in alphabet.encode(document.text)), ""], context + 1)


def in_words(corpus: Corpus, alphabet: tokens.Tokens, settings: Settings) -> list[str]:
    """A few sentences, the weightiest first."""
    sentences = [_counted(corpus, settings), _held(corpus, settings), _cut(corpus, alphabet, settings), _doubles(corpus, settings), _alphabet(corpus, alphabet)]
    return [sentence for sentence in sentences if sentence]


def _many(count: int, settings: Settings) -> str:
    return f"{count:,} {_WORDS[settings.documents][count != 1]}"


def _counted(corpus: Corpus, settings: Settings) -> str:
    size = sum(len(document.text) for document in corpus.learned)
    return f"It learns from {_many(len(corpus.learned), settings)}, {size:,} letters in all."


def _held(corpus: Corpus, settings: Settings) -> str:
    if not corpus.held:
        return f"Nothing is held back, since {_many(len(corpus.learned), settings)} are too few: nobody can tell what it learns by heart. Choose lines or poems, or add more."
    return f"{_many(len(corpus.held), settings)} {'is' if len(corpus.held) == 1 else 'are'} held back: they say which step was best, and are never learned from."


def _cut(corpus: Corpus, alphabet: tokens.Tokens, settings: Settings) -> str:
    """What does not fit its context, and what becomes of it."""
    longer = [document for document in corpus.learned if len(alphabet.encode(document.text)) >= settings.context]
    if not longer:
        return ""
    what = "letters" if settings.tokens == "letters" else "pieces"
    longest = max(len(alphabet.encode(document.text)) for document in longer)
    return (f"It sees {settings.context} {what} at a time. {_many(len(longer), settings)} of {len(corpus.learned):,} {'is' if len(longer) == 1 else 'are'} longer "
            f"(the longest has {longest:,}): of these it sees another part each time, and never the whole at once. A larger context sees farther.")  # fmt: skip


def _doubles(corpus: Corpus, settings: Settings) -> str:
    told = f"{_many(corpus.doubles, settings)} stood there twice (or with other spaces or capitals), and counts once." if corpus.doubles == 1 else \
        f"{_many(corpus.doubles, settings)} stood there twice (or with other spaces or capitals), and count once." if corpus.doubles else ""
    crossed = f"{_many(corpus.crossing, settings)} of those held back by the dataset stood among the others too: learned from, and not held back." if corpus.crossing else ""
    return " ".join(filter(None, (told, crossed)))


def _alphabet(corpus: Corpus, alphabet: tokens.Tokens) -> str:
    joined = "".join(document.text for document in corpus.learned)
    rare = [name_of(letter) for letter in alphabet.letters if joined.count(letter) < _RARE]
    named = f" Hardly to be learned, since they come once or twice: {' '.join(rare[:_NAMED])}{' …' if len(rare) > _NAMED else ''}." if rare else ""
    pairs = f" and {len(alphabet.merges):,} pieces of words" if alphabet.merges else ""
    return f"Its alphabet has {len(alphabet.letters):,} letters and signs{pairs}.{named}"


def name_of(letter: str) -> str:
    """A letter, or what to call one that cannot be seen."""
    return {" ": "space", "\n": "line break", "\t": "tab", "\u00a0": "hard space", "": "end"}.get(letter, letter if letter.isprintable() else f"U+{ord(letter):04X}")
