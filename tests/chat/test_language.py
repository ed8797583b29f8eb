"""Which language a text is in, and its words without their endings."""

from __future__ import annotations

import pytest

from lib.chat import language


@pytest.mark.parametrize(
    "text, expected",
    [
        ("The tulips bend in the rain and nobody comes.", "en"),
        ("Großmutter schrieb einen Brief an ihre Schwester in Wien.", "de"),
        ("Elle a écrit une longue lettre à sa sœur pendant la nuit.", "fr"),
        ("Бабушка написала письмо своей сестре в Москву.", "ru"),
        ("今日は雨が降っています。庭の花が咲いた。", "ja"),
        ("hi", ""),
    ],
)
def test_a_language_is_sensed(text, expected):
    assert language.sense(text) == expected


def test_words_lose_their_endings_and_what_says_nothing_goes():
    assert language.words("The tulips were bending; Grandmother's letters!") == ["tulip", "bend", "grandmoth", "letter"]
    assert language.words("Die Briefe meiner Großmutter", "de")[1] == language.words("Brief", "de")[0]
    assert language.words("庭の花", "ja") == ["庭の", "の花"]
    assert language.words("") == []
