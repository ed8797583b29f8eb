"""What of a text stands word for word in others."""

from __future__ import annotations

from lib.media.wording import WINDOW, Sources, line_of

RAIN = "It rained on the day on which I went to see the sea, and nobody else was there.\nOnly a dog."
FOX = "The fox came to the gate at night and looked at me for as long as a fox can look."


def test_a_text_of_ones_own_shares_no_window_and_says_what_it_shares_at_most():
    told = Sources([RAIN, FOX]).compare("In the morning nobody else was there, and I painted the whole house in blue.")
    assert told.share == 0 and told.passages == ()
    text = "In the morning nobody else was there, and I painted the whole house in blue."
    assert text[told.longest.start : told.longest.end] == "nobody else was there" and told.longest.source == 0


def test_what_is_copied_is_found_with_its_source_and_place_also_over_line_breaks():
    copied = "came to the gate at night and looked at me for as long as a fox"
    text = "So: it " + copied.replace("night and", "night\n   and") + "y friend of mine can look, which was long enough for both of us."
    told = Sources([RAIN, FOX]).compare(text)
    [passage] = told.passages
    assert text[passage.start : passage.end].split() == copied.split() and passage.source == 1
    assert FOX[passage.at :].lstrip().startswith(copied)
    assert 0 < told.share < 1 and told.longest == passage


def test_the_share_counts_windows():
    text = "x" * 30 + RAIN[:60]
    assert Sources([RAIN]).compare(text).share == (60 - WINDOW + 1) / (len(text) - WINDOW + 1)


def test_a_short_text_is_one_window_and_lines_are_counted_whole():
    sources = Sources(["snowdrop\nbluebell\nharebell"])
    assert sources.compare("bluebell").share == 1
    told = sources.compare("bluedrop\nharebell\nharebell")
    assert (told.share, told.lines, told.known_lines) == (0, 2, 1)


def test_two_sources_never_make_one_passage():
    told = Sources(["a b c d e", "f g h i j"]).compare("a b c d e f g h i j")
    assert told.share == 0 and told.longest.end - told.longest.start == 9


def test_nothing_is_nothing():
    assert Sources([]).compare("words").longest is None
    assert Sources(["words"]).compare("  \n").share == 0
    assert line_of("a\nb\nc", 4) == 3
