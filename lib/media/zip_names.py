"""Names of files in a zip, which may be written in any code page without a word about which. Read `read_names`.

What a zip says is believed: its mark for UTF-8, and Info-ZIP's second name (extra field 0x7075). Of all other names together
each code page is tried, and judged by what comes out: letters that stand beside each other in words, or a jumble of signs.
charset-normalizer has a vote where two readings are close.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

_UTF8_MARK, _SECOND_NAME = 0x800, 0x7075
_CERTAIN = 0.3   # by so much the best reading must be better than the next, where 1 is a text without a doubt
_LIKELY = 0.45   # and so good at least
_VOTE = 0.15     # what the vote of charset-normalizer counts
_PAGES = {
    "utf-8": "UTF-8",
    "cp932": "Japanese (Shift-JIS)",
    "gb18030": "Chinese (GBK)",
    "cp949": "Korean (EUC-KR)",
    "big5hkscs": "Chinese (Big5)",
    "cp437": "Western (DOS 437)",
    "cp850": "Western (DOS 850)",
    "cp1252": "Western (Windows 1252)",
    "cp866": "Cyrillic (DOS 866)",
    "cp1251": "Cyrillic (Windows 1251)",
}
# The letters of Western languages, and signs that people write between them.
_LATIN = frozenset("äöüßéèêëáàâãåæçíìîïñóòôõøœúùûýÿ" + "ÄÖÜÉÈÊËÁÀÂÃÅÆÇÍÌÎÏÑÓÒÔÕØŒÚÙÛÝ")
_SIGNS = frozenset("–—’‘“”„…«»°·§€©®½²³×№、。・「」『』（）【】《》〈〉～！？：；，＿－　ー々")
# What comes most in names: of Chinese and Japanese the commonest characters, of Korean the commonest syllables.
_COMMON = {
    "cp932": frozenset(
        "日一国人年大本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木"
        "車食何南万毎白天母火右読友左休父雨表写真画像春夏秋冬花京都新旧音楽文字田野村町市県図絵紙手足目耳口犬猫魚鳥海空星雪風光"
        "色赤青黒黄緑思動物会社品店家族旅店朝昼夜作業用資料予定最終修正版元全部分方向回数発表能力十貼噂構申欺圭蚕能予暴蔵禄兔"),
    "gb18030": frozenset(
        "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没"
        "日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美"
        "点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关"
        "并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更"
        "反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃"
        "图片照像新建文夹花草树春夏秋冬红黄蓝绿黑画猫狗鱼鸟云雨雪复件副本资料说明录音乐视频测试样张版最终"),
    "cp949": frozenset(
        "이다의는에을가고하지사기리한로어자도대아인나시부있정그일보과수스서해구전라여제주마상들장게비우를만조와은성공동소유없신안원경"
        "계문발연개러미방치세지국생중적으관금선진간거면모습물화학실회식품사람내외당무체위심교실무명단결결양감합과업용등배출판새폴더"
        "복사봄여름가을겨울꽃나무바다하늘별눈비강산집길날밤낮빛색빨강파랑노랑검정흰그림사진한글최종수정본자료서울부산고양이강아지새"
        "말할때더잘못안녕음악영상테스트"),
    "big5hkscs": frozenset(
        "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天而能好都然沒"
        "日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美"
        "點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關"
        "並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬命張活難神數件安表原車白應路期叫死常提感金何更"
        "圖片照像新建資料夾花草樹春夏秋冬紅黃藍綠黑畫貓狗魚鳥雲雨雪複副說明錄音樂視頻測試樣版終臺灣台北功許蓋"),
}
_WRITTEN = [(0x218, 0x21B), (0x300, 0x331), (0x384, 0x3CE), (0x400, 0x45F), (0x490, 0x491), (0x561, 0x587), (0x5D0, 0x5EA), (0x620, 0x6D3)]
_JAPANESE_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")


@dataclass(frozen=True)
class Names:
    """names: one for each file, in their order. read_as: the code page in words, "" where there was nothing to guess.

    others: what else it might be, {code page in words: a name in that reading}; empty where the guess is certain.
    """

    names: list[str]
    read_as: str = ""
    others: dict[str, str] | None = None

    @property
    def remark(self) -> str:
        """For a person, where the guess was not certain: "names read as Japanese (Shift-JIS): “表.png”"."""
        if not self.others:
            return ""
        shown = next((name for name in self.names if not name.isascii()), "")
        else_ = "; ".join(f"as {page} it would be “{name}”" for page, name in self.others.items())
        return f"names read as {self.read_as}: “{shown}”; {else_}"


def read_names(infos: Sequence[zipfile.ZipInfo]) -> Names:
    """The names of all files of a zip, in whatever code page they are written. Unreadable bytes stay DOS 437, as zip has it."""
    stated = [_stated(info) for info in infos]
    guessed = [raw_name(info) for info, name in zip(infos, stated, strict=True) if name is None]
    if not guessed:
        return Names([str(name) for name in stated])
    page, others = _page_of(guessed)
    names = [raw_name(info).decode(page) if name is None else name for info, name in zip(infos, stated, strict=True)]
    first = min((raw for raw in guessed if not raw.isascii()), key=len)
    return Names(names, _PAGES[page], {_PAGES[other]: first.decode(other) for other in others})


def raw_name(info: zipfile.ZipInfo) -> bytes:
    """The bytes of a name, as they stand in the zip."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_MARK else "cp437")


def _stated(info: zipfile.ZipInfo) -> str | None:
    """The name, where nothing has to be guessed: it is marked as UTF-8, has a second name, or no letter but plain ones."""
    raw = raw_name(info)
    if info.flag_bits & _UTF8_MARK or raw.isascii():
        return raw.decode("utf-8")
    return _second_name(info.extra, raw)


def _second_name(extra: bytes, raw: bytes) -> str | None:
    """Info-ZIP's Unicode path (APPNOTE 4.6.9): it counts where its checksum is that of the first name."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        content = extra[at + 4:at + 4 + length]
        if kind == _SECOND_NAME and content[:1] == b"\x01" and content[1:5] == struct.pack("<I", zlib.crc32(raw)):
            try:
                return content[5:].decode("utf-8")
            except UnicodeError:
                return None
        at += 4 + length
    return None


def _page_of(raw: list[bytes]) -> tuple[str, list[str]]:
    """The code page of names, and those that it might be as well (none where it is certain)."""
    readings = {page: names for page in _PAGES if (names := _decoded(raw, page))}
    if all(map(_is_written, "".join(readings.get("utf-8", "?\N{LATIN LETTER BILABIAL CLICK}")))):
        return "utf-8", []  # what is no UTF-8 hardly ever looks like it, and then gives letters that nobody writes
    scores = {page: _score(names, page) for page, names in readings.items()}
    best = max(scores, key=scores.__getitem__)
    close = [page for page in scores if scores[best] - scores[page] < _CERTAIN and readings[page] != readings[best]]
    if close and (vote := _vote(raw, [best, *close])):
        scores[vote] += _VOTE
        best = max(scores, key=scores.__getitem__)
    others = [page for page in scores if scores[best] - scores[page] < _CERTAIN and readings[page] != readings[best]]
    if scores[best] < _LIKELY and not others:
        others = [page for page in ("cp437",) if readings[page] != readings[best]]
    return best, _different(sorted(others, key=scores.__getitem__, reverse=True), readings)[:2]


def _different(pages: list[str], readings: dict[str, list[str]]) -> list[str]:
    """Of pages that give the same names, one."""
    return list({tuple(readings[page]): page for page in reversed(pages)}.values())[::-1]


def _decoded(raw: list[bytes], page: str) -> list[str]:
    try:
        return [name.decode(page) for name in raw]
    except UnicodeError:
        return []


def _is_written(letter: str) -> bool:
    """True for letters of languages: not for phonetic ones and the like, which two bytes of something else may give."""
    code = ord(letter)
    return code < 0x180 or code >= 0x800 or any(first <= code <= last for first, last in _WRITTEN)


def _vote(raw: list[bytes], pages: list[str]) -> str:
    """Which of these pages charset-normalizer takes it for; "" for none."""
    from charset_normalizer import from_bytes

    best = from_bytes(b"\n".join(raw), cp_isolation=pages, enable_fallback=False).best()
    return best.encoding if best and best.encoding in pages else ""


def _score(names: list[str], page: str) -> float:
    """How much like words it looks: about 1 where nothing is odd, below 0 for a jumble. Only letters beyond ASCII count."""
    text = "\n".join(names)
    points = [_points(text, at, page) for at, letter in enumerate(text) if not letter.isascii()]
    backslashes = 0.3 if "\\" in text else 0.0  # rather a part of a letter, as in Shift-JIS: no program writes them into a zip
    return sum(points) / len(points) - backslashes if points else 0.0


def _points(text: str, at: int, page: str) -> float:
    letter, before, after = text[at], text[at - 1:at], text[at + 1:at + 2]
    if letter in _SIGNS:
        return 0.4
    if page in _COMMON:
        return _points_in_the_east(letter, page)
    if "\u0400" <= letter <= "\u045f":
        return _points_in_cyrillic(letter, before, after)
    if letter in _LATIN:
        strange = (letter.isupper() and before.islower()) or (before in _LATIN and after in _LATIN and before + after != "")
        return -0.5 if strange else 0.9
    return 0.0 if letter.isalpha() else -1.0  # lines of a table, mathematics, controls


def _points_in_cyrillic(letter: str, before: str, after: str) -> float:
    beside = [neighbour for neighbour in (before, after) if neighbour.isalpha()]
    if any(neighbour.isascii() for neighbour in beside) or (letter.isupper() and before.islower()):
        return -0.5
    return 1.0 if letter in "оеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ" else 0.7 if "А" <= letter <= "я" or letter in "ёЁ" else -0.2


def _points_in_the_east(letter: str, page: str) -> float:
    if letter in _COMMON[page]:
        return 1.0
    if page == "cp932" and _JAPANESE_KANA.match(letter):
        return 1.0
    if unicodedata.east_asian_width(letter) == "H":
        return -0.3  # half-width kana: nearly always another code page
    if page == "cp949":
        return 0.5 if "\uac00" <= letter <= "\ud7a3" and len(letter.encode("euc_kr", "ignore")) == 2 else -0.4
    if not "\u4e00" <= letter <= "\u9fff":
        return -0.6
    return 0.3 if _is_of_the_first_level(letter.encode(page), page) else -0.2


def _is_of_the_first_level(code: bytes, page: str) -> bool:
    """The standards sort their characters into common ones first and rare ones behind."""
    first, last = {"cp932": (0x889F, 0x9872), "gb18030": (0xB0A1, 0xD7F9), "big5hkscs": (0xA440, 0xC67E)}[page]
    return len(code) == 2 and first <= int.from_bytes(code, "big") <= last and (page != "gb18030" or code[1] >= 0xA1)
