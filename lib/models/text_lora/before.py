"""What to know of a person's texts before they are taught to a base: how its tokens fit them, what is held back, what is cut. Read `look`. No torch in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.models.text_lora.base import find
from lib.models.text_lora.tokens import Words, fit, open_words
from lib.models.texts import before, documents
from lib.models.texts.before import SHOWN, Before, Seen, many
from lib.models.texts.documents import Corpus, Document
from lib.project.dataset_folder import DatasetFolder

if TYPE_CHECKING:
    from lib.models.text_lora import Settings


def look(data: DatasetFolder, settings: Settings) -> Before:
    """Raises UserError where the base is not on this computer."""
    words, corpus = open_words(find(settings.base)), documents.read(data, settings.documents)
    shown = [seen(document, words, settings.context) for document in corpus.learned[:SHOWN]]
    return Before(in_words(corpus, words, settings), shown, corpus.held)


def seen(document: Document, words: Words, context: int) -> Seen:
    return Seen(document, ["", *words.split(document.text), ""], context + 1)


def in_words(corpus: Corpus, words: Words, settings: Settings) -> list[str]:
    """A few sentences, the weightiest first."""
    texts = [document.text for document in corpus.learned]
    sentences = [before.counted(corpus, settings.documents), fit(words, texts).in_words if texts else "", before.held(corpus, settings.documents),
                 _often(corpus, settings), _cut(corpus, words, settings), before.doubles(corpus, settings.documents)]  # fmt: skip
    return [sentence for sentence in sentences if sentence]


def _often(corpus: Corpus, settings: Settings) -> str:
    """How often each text is read, where that is less than once or very often."""
    rounds = settings.steps * settings.batch / max(1, len(corpus.learned))
    if rounds < 1:
        return f"{settings.steps:,} steps read {rounds:.0%} of them once: more steps would read all."
    return f"{settings.steps:,} steps would read each of them {round(rounds):,} times; it stops sooner where that does no good." if rounds > 100 and settings.stops else ""


def _cut(corpus: Corpus, words: Words, settings: Settings) -> str:
    longer = sum(len(words.encode(document.text)) >= settings.context for document in corpus.learned)
    if not longer:
        return ""
    return f"{many(longer, settings.documents)} of {len(corpus.learned):,} {'is' if longer == 1 else 'are'} longer than {settings.context} tokens, and learned in pieces of so many."
