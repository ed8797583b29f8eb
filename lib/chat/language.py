"""Which language a text is in, and what its words are without their endings. Read `sense`, then `words`.

The embedder and the small language model that come with Handmade know English; for other languages passages are found by
their words, or by a model of Ollama. py3langid knows 97 languages (Lui and Baldwin 2012), Snowball stems some twenty.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from lib.chat.irregular import BASE

ENGLISH, UNKNOWN = "en", ""
_ENOUGH = 20            # letters; of fewer nobody can tell (a sign of a script without blanks counts as three)
_LOOKED_AT = 20_000     # letters of a text
_STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_LITTLE = frozenset(
    "a about after again all also am an and any are as at be because been before being between both but by can could did do does doing down "
    "during each few for from further had has have having he her here hers him his how i if in into is it its just me more most my no nor "
    "not now of off on once only or other our out over own s same she should so some such t than that the their them then there these they "
    "this those through to too under until up very was we were what when where which while who whom why will with would you your".split()
)


def sense(text: str) -> str:
    """The language of a text as two letters ("en", "de"); "" where it is too short to tell."""
    letters = " ".join(text[:_LOOKED_AT].split())
    if sum(3 if _WITHOUT_BLANKS.match(letter) else letter.isalpha() for letter in letters) < _ENOUGH:
        return UNKNOWN
    return _identifier().classify(letters)[0]


def name(language: str) -> str:
    """ "German" for "de"; the two letters where they are all that is known."""
    return NAMES.get(language, language)


def is_english(language: str) -> bool:
    """Also where nobody can tell: a question of two words is asked in the language that is known best."""
    return language in (ENGLISH, UNKNOWN)


def words(text: str, language: str = ENGLISH) -> list[str]:
    """What a text is looked up by: its words in small letters without their endings; of a script without blanks, each two signs.

    Words that say nothing ("the", "of") are left out where the language is English, and "ate" is "eat".
    """
    found: list[str] = []
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    for run in _WORD.findall(plain):
        signs = _WITHOUT_BLANKS.findall(run)
        found += [pair for sign in signs for pair in _pairs(sign)] if signs else [run.removesuffix("'s")]
    if is_english(language):
        found = [BASE.get(word, word) for word in found if word not in _LITTLE]
    stemmer = _stemmer(language or ENGLISH)
    return stemmer.stemWords(found) if stemmer else found


def _pairs(signs: str) -> list[str]:
    return [signs[at : at + 2] for at in range(len(signs) - 1)] or [signs]


@cache
def _stemmer(language: str):
    import Stemmer

    return Stemmer.Stemmer(_STEMMED[language]) if language in _STEMMED else None


@cache
def _identifier():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(NAMES))
    return identifier
