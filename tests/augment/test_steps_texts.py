"""Covers the steps for texts: what goes, what stays as it is written, and where a text is cut."""

from __future__ import annotations

import random

import pytest

from lib.augment import Recipe
from lib.steps import LeftOut, texts
from lib.steps.texts import STEPS, CleanText, LineBreaks, LowerCase, RemoveDoubles, SplitText, first_ones

POEM = "Rain\n  on the pool hall,\n\nrain\n  on the flyer."


def test_cleaning_takes_what_nobody_sees_and_keeps_words_and_verse():
    assert CleanText().apply("\ufeffA\u200b red   tulip \r\n\r\n\r\n\r\nin a\u00a0vase.\t\r\n") == "A red tulip\n\nin a vase."
    assert CleanText().apply(POEM) == POEM
    assert CleanText().apply("Ein Gru\u0308\u00df “so”") == "Ein Grüß “so”"
    assert CleanText(plain_signs=True).apply("“No” – she said…") == '"No" - she said...'


@pytest.mark.parametrize("text", [
    "می\u200cخواهم بروم", "क्\u200dष", "👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈",
], ids=["Persian", "Hindi", "family", "rainbow"])  # fmt: skip
def test_cleaning_keeps_words_and_emoji_of_every_script_whole(text):
    assert CleanText().apply(text) == text


@pytest.mark.parametrize("end", ["\f", "\x0b", "\x85", "\x1c", "\u2028", "\r", "\r\n"])
def test_cleaning_glues_no_words_where_a_page_or_line_ended(end):
    assert CleanText().apply(f"page one{end}page two") == "page one\npage two"


def test_addresses_go_only_when_asked():
    text = "See https://example.org/a?b=1 or write to ana.b@example.org, today."
    assert CleanText().apply(text) == text
    assert CleanText(addresses=True).apply(text) == "See or write to , today."
    assert CleanText(addresses=True).apply("-ana@x.org. a@b, www.x.org/y@z") == "-. a@b,"
    dots = "a." * 20_000
    assert CleanText(addresses=True).apply(dots) == dots


def test_lines_are_joined_within_paragraphs_and_divided_words_made_whole():
    typed = "The syl-\nlabus says\nnothing of Mary-\nAnn.\n\nA second\nparagraph."
    assert LineBreaks("join paragraphs").apply(typed) == "The syllabus says nothing of Mary- Ann.\n\nA second paragraph."
    assert LineBreaks("join all").apply(typed).count("\n") == 0
    assert LineBreaks("keep lines").apply(POEM) == POEM


def test_small_letters_in_every_script():
    assert LowerCase().apply("ÄRGER in ΑΘΗΝΑ") == "ärger in αθηνα"


def test_a_text_is_cut_at_paragraphs_lines_or_words_and_no_word_is_lost():
    text = "One two three.\n\nFour five\nsix seven eight nine.\n\n3"
    assert SplitText("paragraphs", least=2).pieces(text) == ["One two three.", "Four five\nsix seven eight nine."]
    assert SplitText("lines", least=2).pieces(text) == ["One two three.", "Four five", "six seven eight nine."]
    pieces = SplitText("words", count=5).pieces(text)
    assert pieces == ["One two three.\n\nFour five", "six seven eight nine.\n\n3"]
    assert " ".join(pieces).split() == text.split()
    assert [len(piece.split()) for piece in SplitText("words", count=7).pieces("w " * 20)] == [7, 7, 6]


def test_no_piece_is_lost_and_too_many_are_told(monkeypatch):
    text = "\n".join(f"line {number}" for number in range(3000))
    assert len(SplitText("lines").pieces(text)) == 3000
    monkeypatch.setattr(texts, "_MOST_PIECES", 2999)
    with pytest.raises(LeftOut, match="more than 2,999 pieces"):
        SplitText("lines").pieces(text)


@pytest.mark.parametrize("step, text", [
    (SplitText(least=5), "Too short."), (SplitText(), " \n\n "), (CleanText(), "\u200b\n\u200b"), (LineBreaks(), "  "),
])  # fmt: skip
def test_a_text_of_which_nothing_is_left_stays_out(step, text):
    with pytest.raises(LeftOut):
        step.pieces(text) if hasattr(step, "pieces") else step.apply(text)


def test_the_same_lines_go_and_the_first_stays():
    text = "Rain on the roof.\nSun.\nrain on  the ROOF!\n\nSun."
    assert RemoveDoubles("lines").apply(text) == "Rain on the roof.\nSun.\n"
    assert RemoveDoubles("sentences").apply("It rains. It stops. It rains.") == "It rains. It stops."


def test_what_is_nearly_the_same_goes_when_asked():
    parts = ["The red tulip stands in the vase by the window.", "The red tulip stands in a vase by the window.", "A blue one lies there."]
    assert first_ones(parts) == [0, 1, 2]
    assert first_ones(parts, alike=0.7) == [0, 2]
    text = "\n\n".join(parts)
    assert RemoveDoubles("paragraphs", 0.7).apply(text) == f"{parts[0]}\n\n{parts[2]}"


@pytest.mark.parametrize("alike", [0.5, 0.7, 0.9])
def test_nearly_the_same_is_found_as_if_each_were_compared_with_each(alike):
    chance = random.Random(1)
    parts = [" ".join(chance.choice(("rain", "pool", "hall", "tin", "red")) for _ in range(chance.randint(0, 8))) for _ in range(150)]
    kept, sets = [], []
    for place, part in enumerate(parts):
        mine = {part[at : at + 5] for at in range(max(len(part) - 4, 1))}
        if part and any(len(mine & other) >= alike * len(mine | other) for other in sets):
            continue
        kept.append(place)
        sets += [mine] if part else []
    assert first_ones(parts, alike) == kept and 10 < len(kept) < 150


def test_a_long_text_is_gone_through_quickly_enough_to_wait_for():
    lines = [f"line {number % 900} of a list of many things that were seen" for number in range(4000)]
    assert len(first_ones(lines)) == 900 and len(first_ones(lines[:500], alike=0.99)) == 500


def test_a_recipe_for_texts_survives_being_written_down_and_names_its_pieces():
    recipe = Recipe([CleanText(), LineBreaks(), SplitText("paragraphs"), LowerCase()])
    assert recipe.kind == "text" and Recipe(recipe.as_plain()) == recipe and recipe.light
    assert dict(recipe.apply("A\nb.\n\nC", seed="x")) == {"piece1": "a b.", "piece2": "c"}
    assert all(step.kind == "text" and step().words for step in STEPS)
