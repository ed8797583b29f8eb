"""Whether a sentence says no more than another: what may be left out, and each small change that is none."""

from __future__ import annotations

import pytest

from lib.chat import shortening

GOLIATH = "So David slew the Philistine with a sling and with a stone in the valley of Elah, and the host of Israel pursued his brethren."
NIGHT = "And God called the light Day, and the darkness he called Night."


def is_shortened(said: str, there: str) -> bool:
    return shortening.is_shortened(shortening.read(said), shortening.read(there)) and shortening.fit_together(shortening.persons(said), shortening.persons(there))


@pytest.mark.parametrize(
    "said, there",
    [
        ("David slew the Philistine with a stone.", GOLIATH),
        ("David has slain a Philistine with a sling.", GOLIATH),
        ("God called the light Day.", NIGHT),
        ("The statement is executed from left to right.", "The statement of the loop is then executed from left to right, and its value is returned."),
        ("The family moved to Vienna in July 1962.", "The family moved to Vienna in July 1962."),
        ("Grandmother wrote a letter to Ana.", "Grandmother stayed in and wrote a letter to Ana."),
        ("David cut off the skirt.", "Then David arose, and cut off the skirt of Saul's robe."),
        ("Er schrieb einen Brief.", "Er schrieb einen Brief an Ana."),
    ],
)  # fmt: skip
def test_what_is_left_when_words_are_left_out_is_found(said, there):
    assert is_shortened(said, there)


@pytest.mark.parametrize(
    "said, there",
    [
        ("The Philistine slew David with a stone.", GOLIATH),                   # who did it to whom
        ("David slew the Philistine with a sword.", GOLIATH),                   # another word
        ("David slew the Philistine in the valley of Edom.", GOLIATH),          # another name
        ("David slew 40 Philistines with a stone.", GOLIATH),                   # a number
        ("David never slew the Philistine.", GOLIATH),                          # a "not" more
        ("David slew a Philistine without a stone.", GOLIATH),
        ("David slew Israel.", GOLIATH),                                        # "the host of Israel", in another clause
        ("God called the light Night.", NIGHT),                                 # of two clauses a part each
        ("The goat laughed.", "The goat ate my hat and Pavle laughed."),
        ("The goat laughed.", "The goat ate my hat, and then he laughed."),
        ("David slew him.", "Saul saw David and slew him."),
        ("The king slew him.", "The king slept, and Joab came, and slew him."),
        ("Saul slew Goliath.", "Saul saw David slay Goliath."),
        ("Pharaoh has slain them.", "Pharaoh said, The Hebrews have slain them."),
        ("Jesse went to the camp.", "The son of Jesse went to the camp."),      # what it leans on
        ("David smote him.", "David's heart smote him."),
        ("David smote him.", "The servants' fear of David smote him."),
        ("The goat ate my hat.", "The goat did not eat my hat."),               # a "not" less
        ("The goat eats my hat.", "The goat might eat my hat."),
        ("Pavle wrote the letter.", "Pavle forgot to write the letter."),
        ("Your license terminates.", "If you start a suit, your license terminates."),
        ("You may copy the book.", "You must copy the book."),
        ("The goat came before Ana.", "The goat came after Ana."),
        ("More than ten came.", "Fewer than ten came."),
        ("My knee hurt.", "Ana did come, because her knee hurt."),              # whose
        ("She laughed until she cried.", "Uncle Pavle laughed until he cried."),
        ("Section 1.1 of the text.", "Section 1.0.1 of the text."),
        ("Er schrieb keinen Brief.", "Er schrieb einen Brief an Ana."),
    ],
)  # fmt: skip
def test_what_turns_it_is_not(said, there):
    assert not is_shortened(said, there)


def test_two_words_that_change_places_or_one_that_is_changed_are_always_seen():
    words = "grandmother wrote seven letters to Ana from Vienna during summer".split()
    content = [0, 1, 2, 3, 5, 7, 9]
    for first in content:
        assert not is_shortened(" ".join([*words[:first], "tulips", *words[first + 1 :]]), " ".join(words))
        for second in content[content.index(first) + 1 :]:
            turned = list(words)
            turned[first], turned[second] = words[second], words[first]
            assert not is_shortened(" ".join(turned), " ".join(words))


def test_the_words_that_are_missing_are_told_with_their_places():
    said = "David slew 40 Philistines with a sword."
    missing = shortening.missing(shortening.read(said), shortening.read(GOLIATH))
    assert [said[span.start : span.end] for span in missing] == ["40", "sword"]
