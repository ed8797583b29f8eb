"""Covers how sounds and texts are told about on Augment: words of people stay inert, and numbers have units."""

from lib.augment import Heard
from lib.ui.augment import sounds_texts


def test_what_went_is_struck_through_what_came_is_bold_and_no_word_is_a_command():
    parts = (("same", "A *red* "), ("gone", "tulip"), ("new", " rose\n"), ("same", "\nin [it](http://x)"))
    said = sounds_texts.marked(parts)
    assert said == "A \\*red\\* :red[~~tulip~~] :green[**rose↵**]  \n  \nin \\[it\\]\\(http\\:\\/\\/x\\)"


def test_blanks_and_line_breaks_that_went_can_be_seen():
    assert sounds_texts.marked((("gone", "  "), ("same", "a"), ("gone", "\n\n"))) == ":red[~~␣␣~~]a:red[~~↵↵~~]"


def test_a_sound_is_told_with_units():
    heard = Heard("", 3.25, 44100, 1, -23.0, -4.1, "", "", "")
    assert sounds_texts.sound_words(heard) == "3.25 s · 44,100 Hz · mono · loudness −23.0 LUFS · top −4.1 dBFS"
    assert "silent" in sounds_texts.sound_words(Heard("", 1, 8000, 2, -70.0, -100.0, "", "", ""))
