"""What the model will see of a person's texts, told before it begins. Read `look`. No torch in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.models.microgpt import tokens
from lib.models.texts import before, documents
from lib.models.texts.before import SHOWN, Before, Seen, many
from lib.models.texts.documents import Corpus, Document
from lib.project.dataset_folder import DatasetFolder

if TYPE_CHECKING:
    from lib.models.microgpt import Settings

_RARE = 3               # a letter that comes less often than this can hardly be learned
_NAMED = 24             # letters that are named
_MOST = 2_000_000       # letters up to which byte pairs are found just to be shown


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
    sentences = [before.counted(corpus, settings.documents), before.held(corpus, settings.documents), _cut(corpus, alphabet, settings),
                 before.doubles(corpus, settings.documents), _alphabet(corpus, alphabet)]
    return [sentence for sentence in sentences if sentence]


def _cut(corpus: Corpus, alphabet: tokens.Tokens, settings: Settings) -> str:
    """What does not fit its context, and what becomes of it."""
    longer = [document for document in corpus.learned if len(alphabet.encode(document.text)) >= settings.context]
    if not longer:
        return ""
    what = "letters" if settings.tokens == "letters" else "pieces"
    longest = max(len(alphabet.encode(document.text)) for document in longer)
    return (f"It sees {settings.context} {what} at a time. {many(len(longer), settings.documents)} of {len(corpus.learned):,} {'is' if len(longer) == 1 else 'are'} longer "
            f"(the longest has {longest:,}): of these it sees another part each time, and never the whole at once. A larger context sees farther.")  # fmt: skip


def _alphabet(corpus: Corpus, alphabet: tokens.Tokens) -> str:
    joined = "".join(document.text for document in corpus.learned)
    rare = [name_of(letter) for letter in alphabet.letters if joined.count(letter) < _RARE]
    named = f" Hardly to be learned, since they come once or twice: {' '.join(rare[:_NAMED])}{' …' if len(rare) > _NAMED else ''}." if rare else ""
    pairs = f" and {len(alphabet.merges):,} pieces of words" if alphabet.merges else ""
    return f"Its alphabet has {len(alphabet.letters):,} letters and signs{pairs}.{named}"


def name_of(letter: str) -> str:
    """A letter, or what to call one that cannot be seen."""
    return {" ": "space", "\n": "line break", "\t": "tab", "\u00a0": "hard space", "": "end"}.get(letter, letter if letter.isprintable() else f"U+{ord(letter):04X}")
