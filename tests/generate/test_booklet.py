"""A selection keeps its order and titles; a booklet says honestly how it was made; its pages break where a person would break them."""

from __future__ import annotations

import pytest

from lib import generate, ledger
from lib.errors import UserError
from lib.media import booklet_pdf
from lib.media.booklet_pdf import Piece, Row
from lib.project import outputs


@pytest.fixture
def kept(written):
    """Three kept texts, the last of them changed by hand."""
    project, people, save = written
    for words in ("One is here.\nIt rains.", "Two is *here*."):
        outputs.mark(project, save(words), "kept")
    generate.rewrite(project, save("Three was there."), "Three was here, and I.")
    return project, people


def first_words(selection) -> list[str]:
    return [text.first_line.split()[0] for text in selection.chosen]


def test_a_selection_is_put_in_order_titled_and_shortened(kept):
    project, _ = kept
    assert first_words(generate.selection(project)) == ["One", "Two", "Three"] and generate.selection(project).title == "Texts"
    names = [text.output.path.name for text in generate.selection(project).chosen]
    assert first_words(generate.move(project, names[2], -1)) == ["One", "Three", "Two"]
    assert first_words(generate.leave_out(project, names[0])) == ["Three", "Two"]
    generate.arrange(project, titles={names[1]: "Second"}, title="Rain", by="by Ana")
    assert [(text.title, text.is_in) for text in generate.selection(project).texts] == [("", True), ("Second", True), ("", False)]
    assert first_words(generate.leave_out(project, names[0], False)) == ["One", "Three", "Two"]
    with pytest.raises(UserError, match="too long"):
        generate.arrange(project, title="a" * 121)


def test_what_is_withdrawn_is_in_no_selection_and_no_booklet(kept):
    project, people = kept
    ledger.withdraw(project, person=people["Ruth"].id, confirm=True)
    assert generate.selection(project).texts == ()
    with pytest.raises(UserError, match="nothing to print"):
        generate.booklet(project, "txt")


def test_a_booklet_says_which_model_whose_words_and_what_the_hand_changed(kept):
    project, _ = kept
    plain, marked = generate.booklet(project, "txt").decode(), generate.booklet(project, "md").decode()
    for told in (plain, marked):
        assert "3 texts were written by microgpt" in told and "by Mila and Ruth" in told or "by Ruth and Mila" in told
        assert "2 stand as the machine wrote them. 1 was changed by hand" in told and "None of them repeats" in told
    assert "Two is *here*." in plain and r"Two is \*here\*." in marked and "One is here.  \nIt rains." in marked


def test_the_pdf_has_the_words_in_their_order_and_can_be_looked_at(kept):
    import pypdfium2

    project, _ = kept
    generate.arrange(project, title="Déjà vu, öfter", by="by Ana")
    pdf = generate.booklet(project, "pdf")
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) == 6 and "Déjà vu, öfter" in pages[0] and "One is here" in pages[1] and "One is here.\r\nIt rains." in pages[2]
    assert "How this booklet was made" in pages[5] and pages[3].split()[-1] == "4"
    assert all(round(size, 1) == expected for size, expected in zip(document[0].get_size(), (419.5, 595.3)))
    assert len(generate.look_at_booklet(pdf)) == 6
    told = document.get_metadata_dict()
    assert (told["Title"], told["Author"], told["Creator"]) == ("Déjà vu, öfter", "by Ana", "Handmade")


def numbered(*lengths: int) -> list[list[Row]]:
    return [[Row(f"{stanza}.{line}") for line in range(length)] for stanza, length in enumerate(lengths)]


@pytest.mark.parametrize(("lengths", "room", "on_pages"), [
    ((4, 4), 9, [9]),                   # with the blank line between them
    ((4, 4), 8, [7, 2]),                # a stanza of four may be parted in the middle
    ((4, 3), 7, [4, 3]),                # one of three never is
    ((4, 5), 6, [4, 5]),                # not one line alone at the foot
    ((9,), 8, [7, 2]),                  # nor alone at the head
])  # fmt: skip
def test_no_line_of_a_stanza_stands_alone(lengths, room, on_pages):
    assert [len(page) for page in booklet_pdf.distributed(numbered(*lengths), [room])] == on_pages


def test_the_rest_of_a_long_line_stays_with_its_beginning():
    rows = [Row(f"{at}", goes_on=at % 2 == 1) for at in range(10)]
    assert [len(page) for page in booklet_pdf.distributed([rows], [7])] == [6, 4]


def test_every_word_of_a_long_text_is_set_and_inside_its_margins():
    words = "\n\n".join("\n".join(f"line {stanza}.{line} " + "and " * (line * 9) for line in range(6)) for stanza in range(12)) + "\n" + "x" * 200
    pages = list(booklet_pdf.paged(Piece(words, "A title")))
    assert "".join(line.words for page in pages for line in page).replace(" ", "") == "Atitle" + "".join(words.split())
    for line in (line for page in pages for line in page):
        assert line.x + booklet_pdf.length(line.words, line.size, line.font) <= booklet_pdf.WIDTH - booklet_pdf.RIGHT + 0.01
        assert booklet_pdf.BOTTOM - 0.01 <= line.y <= booklet_pdf.HEIGHT - booklet_pdf.TOP


def test_a_letter_that_the_serif_has_not_is_set_from_the_other_font():
    assert [font for font, _ in booklet_pdf._runs("őż ☂ я", booklet_pdf.UPRIGHT)] == [booklet_pdf.UPRIGHT, booklet_pdf.OTHER, booklet_pdf.UPRIGHT]
