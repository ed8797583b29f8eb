"""Covers lib/media/codepages.py and text.decode: real sentences in old code pages, and what is asked where none is sure."""

from __future__ import annotations

import pytest

from lib.errors import UserError
from lib.media import codepages, page, text
from lib.media.intake import clean_copy
from lib.media.source import Refusal

SENTENCES = {
    "Polish": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
    "Czech": "Všichni lidé se rodí svobodní a sobě rovní co do důstojnosti a práv.",
    "Slovak": "Všetci ľudia sa rodia slobodní a sebe rovní, čo sa týka ich dôstojnosti a práv.",
    "Hungarian": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
    "Croatian": "Sva ljudska bića rađaju se slobodna i jednaka u dostojanstvu i pravima. Ona su obdarena sviješću.",
    "Romanian": "Toate fiinţele umane se nasc libere şi egale în demnitate şi în drepturi.",
    "Turkish": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "Russian": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Ukrainian": "Всі люди народжуються вільними і рівними у своїй гідності та правах.",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "Hebrew": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "Arabic": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.",
    "German": "Alle Menschen sind frei und gleich an Würde und Rechten geboren, für jeden gehört dazu Brüderlichkeit.",
    "French": "Tous les êtres humains naissent libres et égaux en dignité; leur cœur est doué de raison à l’été.",
    "Spanish": "El niño pequeño comió una manzana mañana y después durmió la siesta según la tradición.",
    "Portuguese": "A informação não está disponível, mas amanhã haverá soluções para as crianças.",
    "Swedish": "Alla människor är födda fria och lika i värde och rättigheter på hela jorden.",
    "Icelandic": "Hver maður er borinn frjáls og jafn öðrum að virðingu og réttindum, það er víst.",
    "Lithuanian": "Visi žmonės gimsta laisvi ir lygūs savo orumu ir teisėmis, jiems suteiktas protas ir sąžinė.",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "Simplified Chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。",
    "Traditional Chinese": "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心。",
    "Korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
}
_CENTRAL, _WEST, _CYRILLIC = ("cp1250", "iso8859_2"), ("cp1252", "iso8859_15", "mac_roman"), ("cp1251", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic")
WRITTEN = {
    **dict.fromkeys(("Polish", "Czech", "Slovak", "Hungarian", "Croatian"), (*_CENTRAL, "mac_latin2", "cp852")), "Croatian": (*_CENTRAL, "mac_croatian", "cp852"), "Romanian": _CENTRAL,
    **dict.fromkeys(("German", "Spanish", "Portuguese", "Swedish", "French"), _WEST), "Icelandic": ("cp1252",),
    "Turkish": ("cp1254", "iso8859_9"), "Russian": _CYRILLIC, "Ukrainian": ("cp1251", "koi8_u"), "Greek": ("cp1253", "iso8859_7"),
    "Hebrew": ("cp1255", "iso8859_8"), "Arabic": ("cp1256", "iso8859_6"), "Lithuanian": ("cp1257", "iso8859_13"), "Thai": ("cp874",),
    "Japanese": ("shift_jis", "euc_jp", "iso2022_jp"), "Simplified Chinese": ("gbk", "gb2312"), "Traditional Chinese": ("big5",), "Korean": ("euc_kr",),
}  # fmt: skip
CASES = [(language, page) for language, pages in WRITTEN.items() for page in pages]
WIDE = ["German", "Polish", "Russian", "Greek", "Hebrew", "Japanese", "French"]


def sentence(language: str, page: str) -> str:
    return SENTENCES[language].replace("’", "'") if page == "iso8859_15" else SENTENCES[language]


@pytest.mark.parametrize(("language", "page"), CASES, ids=lambda one: one)
def test_one_sentence_is_enough_to_know_how_it_is_written(language, page):
    words = sentence(language, page)
    assert text.decode(words.encode(page)).text == words


@pytest.mark.parametrize(("language", "page"), CASES, ids=lambda one: one)
def test_several_lines_are_read_for_certain(language, page):
    words = "\n".join([sentence(language, page)] * 3)
    found = text.decode(words.encode(page))
    assert found.certain and not found.readings and found.text == words


@pytest.mark.parametrize("language", WIDE)
@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_sixteen_bits_need_no_mark(language, order):
    found = text.decode((SENTENCES[language] + "\r\nline 2\r\n").encode(order))
    assert (found.text, found.encoding) == (SENTENCES[language] + "\r\nline 2\r\n", order)


@pytest.mark.parametrize("content", ["hello", "żółw", "日本語です。"])
def test_a_few_letters_in_sixteen_bits_are_read_too(content):
    assert text.decode(content.encode("utf-16-le")).text == content


def test_nearly_all_short_readings_are_right_and_a_wrong_one_is_hardly_ever_called_certain():
    """Pieces of 40 letters, as they come in a list of names or a table."""
    wrong = sure_and_wrong = count = 0
    for language, code_page in CASES:
        words = sentence(language, code_page)
        for start in range(0, len(words) - 40, 10):
            piece = words[start : start + 40]
            if piece.isascii() or code_page == "iso2022_jp":
                continue
            found = text.decode(piece.encode(code_page))
            count += 1
            wrong += found.text != piece
            sure_and_wrong += found.text != piece and found.certain
    assert count > 100 and wrong / count < 0.05 and sure_and_wrong / count < 0.01


def test_where_two_readings_are_likely_both_are_told_with_a_line_in_which_they_differ():
    found = text.decode("Anna\nJiří\n".encode("cp852"))
    assert not found.certain and 2 <= len(found.readings) <= 4
    assert "Jiří" in [one.line for one in found.readings] and len({one.line for one in found.readings}) == len(found.readings)
    assert not any(one.line.isascii() for one in found.readings)
    chosen = next(one for one in found.readings if one.line == "Jiří")
    assert text.decode("Anna\nJiří\n".encode("cp852"), chosen.encoding).text == "Anna\nJiří\n"


@pytest.mark.parametrize("encoding", ["klingon", "hex", "idna", "rot13"])
def test_a_way_of_writing_that_is_none_is_refused(encoding):
    with pytest.raises(Refusal, match="way that was chosen"):
        text.decode("żółw".encode("cp1250"), encoding)


def test_a_choice_under_another_name_is_the_same():
    for name in ("cp1250", "windows-1250", "CP1250", "Windows_1250"):
        assert text.decode("żółw".encode("cp1250"), name).encoding == "cp1250"


@pytest.mark.parametrize("content", [bytes(range(128, 256)) * 9, bytes(range(256)) * 9, "Grüße aus Köln, schön".encode()[:-2] + b"\xc3\xc3"], ids=range(3))
def test_bytes_that_are_no_text_are_refused(content):
    with pytest.raises(Refusal):
        text.decode(content)


@pytest.mark.parametrize(("ended", "kept"), [("a\rb\r", "a\nb\n"), ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\r\rb", "a\n\nb"), ("a\r\nb\rc\n", "a\r\nb\nc\n"), ("\r", "\n")])
def test_a_line_end_of_an_old_mac_becomes_one_of_today(ended, kept):
    assert text.decode(ended.encode()).text == kept
    assert text.decode(ended.encode("utf-16")).text == kept


def test_line_ends_are_known_where_a_long_text_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 3)
    (tmp_path / "in").mkdir()
    (tmp_path / "a.txt").write_bytes(b"ab\r\ncd\ref\r")
    assert clean_copy(tmp_path / "a.txt", tmp_path / "in").path.read_bytes() == b"ab\r\ncd\nef\n"


@pytest.fixture
def let_in(tmp_path):
    (tmp_path / "in").mkdir()

    def copied(name: str, content: bytes, encoding: str = ""):
        (tmp_path / name).write_bytes(content)
        return clean_copy(tmp_path / name, tmp_path / "in", encoding=encoding)

    return copied


def test_how_a_text_was_read_stands_in_its_facts(let_in):
    polish = let_in("a.txt", SENTENCES["Polish"].encode("cp1250"))
    assert polish.facts["encoding"] == "cp1250" and "encoding_certain" not in polish.facts
    doubtful = let_in("b.txt", "Jiří".encode("cp852"))
    assert doubtful.facts["encoding_certain"] is False and len(doubtful.facts["encodings"]) > 1
    told = let_in("c.txt", "Jiří".encode("cp852"), "cp852")
    assert told.facts == {"characters": 4, "encoding": "cp852"} and told.path.read_text("utf-8") == "Jiří"


def test_a_choice_that_does_not_fit_is_refused_by_name(let_in):
    with pytest.raises(UserError, match=r"d\.txt.*damaged"):
        let_in("d.txt", "Jiří".encode("cp852"), "utf-8")


def test_a_note_says_what_was_guessed_and_what_else_it_could_be():
    facts = {"encoding": "cp1250", "encoding_certain": False, "encodings": ["cp1250", "cp1252"]}
    assert "read as Windows-1250, Central Europe; it could also be Windows-1252" in text.notes("a.txt", facts)[0]
    assert text.notes("a.txt", {"encoding": "cp1250"}) == []


def test_a_line_that_tells_is_one_with_other_letters_than_english_has():
    assert codepages.telling_line("plain\n\nžluťoučký kůň\nmore") == "žluťoučký kůň"
    assert "ž" in codepages.telling_line("x" * 500 + " ž " + "y" * 500) and len(codepages.telling_line("x" * 500 + "ž" * 500)) <= 100


def test_what_comes_late_in_a_long_text_is_weighed(let_in):
    words = "A line of plain English, and nothing else.\n" * 3000 + SENTENCES["Czech"] + "\n"
    assert let_in("late.txt", words.encode("cp1250")).path.read_text("utf-8") == words


@pytest.mark.parametrize(("head", "encoding"), [("", "cp1250"), ('<meta charset="iso-8859-2">', "iso8859_2"), ("", "utf-8"), ("", "utf-16")])
def test_a_web_page_that_does_not_say_how_it_is_written_is_read_by_its_letters(head, encoding):
    words = "Zażółć gęślą jaźń, czyli żółw i źdźbło trawy"
    content = f"<html><head>{head}<title>{words}</title></head><body><p>{words}</p></body></html>".encode(encoding)
    assert page.read(content, "https://example.org/").title == words


def test_a_long_text_is_weighed_in_a_moment(let_in):
    import time

    words = "\n".join(f"{number} {SENTENCES['Polish']}" for number in range(40_000))
    start = time.process_time()
    clean = let_in("long.txt", words.encode("iso8859_2"))
    assert clean.path.read_text("utf-8") == words and time.process_time() - start < 10
