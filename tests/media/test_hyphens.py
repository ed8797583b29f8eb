"""Covers words that were broken at the end of a line (lib/media/hyphens.py), in several languages."""

from __future__ import annotations

import pytest

from lib.augment import LineBreaks
from lib.media import hyphens

LANGUAGES = {
    "en": "It is said that the house was not on the hill and that he was as old as it.",
    "fr": "Il est dans la maison et elle ne sait pas qui est sur le pont avec les enfants des voisins.",
    "de": "Das ist nicht der Mann, und sie ist mit ihm auf den Berg von Graz gegangen.",
    "ru": "И это не то, что он с ней по дороге на рынок из дома видел.",
    "es": "Los niños no se van con el perro por la casa del pueblo que es una ruina.",
}
BROKEN = [
    ("en", "a flam-", "boyant figure", "a flamboyant"), ("en", "to-", "gether again", "together"), ("en", "some-", "thing", "something"),
    ("en", "a well-", "known man", "a well-known"), ("en", "self-", "portrait", "self-portrait"), ("en", "self-", "ish", "selfish"), ("en", "long-", "term", "long-term"),
    ("en", "mother-in-", "law", "mother-in-law"), ("en", "mother-", "in-law", "mother-in-law"), ("en", "twenty-", "one", "twenty-one"), ("en", "two-", "thirds", "two-thirds"),
    ("en", "non-", "sense", "nonsense"), ("en", "an X-", "ray", "an X-ray"), ("en", "COVID-", "19 came", "COVID-19"), ("en", "Anglo-", "Saxon", "Anglo-Saxon"),
    ("en", "HEAD-", "ING", "HEADING"), ("en", "in Novem-", "ber, then", "in November,"), ("en", "con\u00ad", "tent", "content"), ("en", "non\u2010", "fiction", "non-fiction"),
    ("de", "die Haus-", "tür auf", "die Haustür"), ("de", "eine U-", "Bahn", "eine U-Bahn"), ("de", "Donau-", "dampfer", "Donaudampfer"), ("de", "grün-", "äugig", "grünäugig"),
    ("fr", "peut-", "être", "peut-être"), ("fr", "est-", "ce que", "est-ce"), ("fr", "a-t-", "il", "a-t-il"), ("fr", "dit-", "elle", "dit-elle"), ("fr", "Fran-", "ce", "France"),
    ("fr", "celui-", "ci", "celui-ci"), ("fr", "mer-", "ci", "merci"), ("fr", "mai-", "son", "maison"),
    ("ru", "кто-", "то", "кто-то"), ("ru", "мес-", "то", "место"), ("ru", "по-", "русски", "по-русски"), ("ru", "по-", "шёл", "пошёл"), ("ru", "из-", "за", "из-за"),
    ("es", "cora-", "zón", "corazón"), ("es", "chama-", "-se assim", "chama-se"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "above", "below", "whole"), BROKEN, ids=[f"{above}{below}" for _, above, below, _ in BROKEN])
def test_a_broken_word_is_put_together_as_its_language_writes_it(language, above, below, whole):
    mended = hyphens.mend([LANGUAGES[language], above, below])
    assert mended[1] == whole


@pytest.mark.parametrize(("above", "below"), [
    ("pre-", "and postwar"), ("Vor-", "und Nachteile"), ("he came –", "late"), ("he came —", "late"), ("a -", "b"), ("- ", "item"), ("flam-", ""), ("flam-", "– so"), ("", "a"), ("--", "a"),
])  # fmt: skip
def test_what_is_no_broken_word_stays(above, below):
    assert hyphens.mend([above, below]) == [above, below]


def test_the_rest_of_the_text_tells_how_a_word_is_written():
    assert hyphens.mend(["A paper-cut tulip.", "Her paper-", "cut was red."]) == ["A paper-cut tulip.", "Her paper-cut", "was red."]
    assert hyphens.mend(["Wellknown as it is.", "A well-", "known man"])[1] == "A wellknown"
    assert hyphens.mend(["a re-", "cover", "to re-cover a chair"])[0] == "a re-cover"


def test_the_lines_keep_their_number_and_what_follows_a_word():
    assert hyphens.mend(["a flam-", "boyant, big figure", "and more"]) == ["a flamboyant,", "big figure", "and more"]


@pytest.mark.parametrize(("text", "joined"), [
    ("a flam-\nboyant figure", "a flamboyant figure"), ("it is a well-\nknown figure", "it is a well-known figure"), ("Mary-\nAnn", "Mary- Ann"),
    ("przy-\nszłość", "przyszłość"), ("кар-\nтина", "картина"),
])  # fmt: skip
def test_joining_lines_for_a_dataset_puts_words_together_in_the_same_way(text, joined):
    assert LineBreaks().apply(text) == joined
