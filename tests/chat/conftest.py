"""A diary and some letters to ask, and an embedder of words that needs no network of neurons."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from lib import chat
from lib.chat import embedding, language
from lib.project import Consent

DIARY = """# Diary

On Sunday it rained all day and the tulips bent down. Grandmother stayed in and wrote a letter to Ana.

On Monday we went to the market. The strawberries were three euros a bowl. Ana did not come, because her knee hurt.

In July 1962 the family moved to Vienna, into a flat with two rooms above a bakery. The smell of bread woke us each morning at five.
"""
LETTER = "Dear Ana,\n\nthe goat ate my hat. Uncle Pavle laughed until he cried.\n\nYour Mila\n"
MINE = Consent(state="given", purposes=["train", "retrieve", "show"])


class WordsEmbedder:
    """A vector for each text, out of its words: texts with the same words lie near each other. It counts what it was asked."""

    name, length, reads = embedding.CARRIED, 64, 256

    def __init__(self):
        self.asked: list[str] = []

    def tokens(self, text: str) -> int:
        return len(text) // 4 + 2

    def embed(self, texts) -> np.ndarray:
        self.asked += texts
        rows = np.full((len(texts), self.length), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in language.words(text):
                row[hashlib.sha256(word.encode()).digest()[0] % self.length] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def embedder(monkeypatch) -> WordsEmbedder:
    one = WordsEmbedder()
    monkeypatch.setattr(embedding, "carried", lambda: one)
    return one


@pytest.fixture
def papers(project, tmp_path, embedder):
    """A project with a diary and a letter that may be quoted, both read."""
    files = []
    for name, words in (("diary.md", DIARY), ("letter.txt", LETTER)):
        files.append(tmp_path / name)
        files[-1].write_text(words, encoding="utf-8")
    assert len(chat.add_documents(project, files, consent=MINE).added) == 2
    return project
