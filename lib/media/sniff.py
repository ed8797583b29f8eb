"""What a file really is, by its first bytes and never by its name. Read `look` first; the tables are above it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

HEAD = 4096  # bytes that are looked at

PICTURE_NAMES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .apng .webp .gif .tif .tiff .bmp .heic .heif .hif .avif .ico .jp2 .jxl".split())
SOUND_NAMES = frozenset(".wav .flac .mp3 .ogg .oga .opus .m4a .aac .aif .aiff .aifc .weba .wma".split())
FILM_NAMES = frozenset(".mp4 .mov .m4v .webm .mkv .avi .mpg .mpeg .ts .wmv .flv .ogv .3gp".split())
TEXT_NAMES = frozenset(".txt .caption .md .csv .json".split())


@dataclass(frozen=True)
class Found:
    """kind: image | sound | film | text | archive | other.   form: the container.   words: what a person calls it.

    A film of form `mov` or `matroska` may turn out to hold only sound: only a look at its streams can tell.
    """

    kind: str
    form: str
    words: str


_STARTS: list[tuple[bytes, Found]] = [
    (b"\x89PNG\r\n\x1a\n", Found("image", "png", "a picture (PNG)")),
    (b"\xff\xd8\xff", Found("image", "jpeg", "a picture (JPEG)")),
    (b"GIF87a", Found("image", "gif", "a picture (GIF)")),
    (b"GIF89a", Found("image", "gif", "a picture (GIF)")),
    (b"II*\x00", Found("image", "tiff", "a picture (TIFF)")),
    (b"MM\x00*", Found("image", "tiff", "a picture (TIFF)")),
    (b"II+\x00", Found("image", "tiff", "a picture (TIFF)")),
    (b"MM\x00+", Found("image", "tiff", "a picture (TIFF)")),
    (b"fLaC", Found("sound", "flac", "a sound (FLAC)")),
    (b"ID3", Found("sound", "mp3", "a sound (MP3)")),
    (b"RF64", Found("sound", "rf64", "a sound (WAV)")),
    (b"\x1aE\xdf\xa3", Found("film", "matroska", "a film (WebM or MKV)")),
    (b"FLV\x01", Found("film", "flv", "a film (FLV)")),
    (b"0&\xb2u\x8ef\xcf\x11", Found("film", "asf", "a film or sound (Windows Media)")),
    (b"\x00\x00\x01\xba", Found("film", "mpeg", "a film (MPEG)")),
    (b"PK\x03\x04", Found("archive", "zip", "a zip archive")),
    (b"PK\x05\x06", Found("archive", "zip", "a zip archive")),
    (b"PK\x07\x08", Found("archive", "zip", "a zip archive")),
    (b"Rar!\x1a\x07", Found("archive", "rar", "a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", Found("archive", "7z", "a 7z archive")),
    (b"\x1f\x8b", Found("archive", "gz", "a gz archive")),
    (b"BZh", Found("archive", "bz2", "a bz2 archive")),
    (b"\xfd7zXZ\x00", Found("archive", "xz", "an xz archive")),
    (b"(\xb5/\xfd", Found("archive", "zst", "a zst archive")),
    (b"MSCF", Found("archive", "cab", "a cab archive")),
    (b"!<arch>\n", Found("archive", "ar", "a software package")),
    (b"MZ", Found("other", "exe", "a Windows program")),
    (b"\x7fELF", Found("other", "elf", "a Linux program")),
    (b"\xcf\xfa\xed\xfe", Found("other", "macho", "a macOS program")),
    (b"\xce\xfa\xed\xfe", Found("other", "macho", "a macOS program")),
    (b"\xfe\xed\xfa\xcf", Found("other", "macho", "a macOS program")),
    (b"\xca\xfe\xba\xbe", Found("other", "java", "a Java or macOS program")),
    (b"\x00asm", Found("other", "wasm", "a WebAssembly program")),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Found("other", "lnk", "a Windows shortcut")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Found("other", "ole", "an old Office document or an installer")),
    (b"%PDF", Found("other", "pdf", "a PDF document")),
    (b"\xc5\xd0\xd3\xc6", Found("other", "eps", "a PostScript drawing (EPS)")),
    (b"8BPS", Found("other", "psd", "a Photoshop file")),
    (b"\x00\x00\x00\x0cjP  ", Found("other", "jp2", "a picture in JPEG 2000")),
    (b"\xffO\xffQ", Found("other", "jp2", "a picture in JPEG 2000")),
    (b"\x00\x00\x00\x0cJXL ", Found("other", "jxl", "a picture in JPEG XL")),
    (b"\xff\x0a", Found("other", "jxl", "a picture in JPEG XL")),
    (b"\x00\x00\x01\x00", Found("other", "ico", "an icon")),
    (b"SQLite format 3\x00", Found("other", "sqlite", "a database")),
    (b"\x93NUMPY", Found("other", "npy", "a table of numbers (NumPy)")),
    (b"MThd", Found("other", "midi", "a score (MIDI), not a recording")),
    (b"caff", Found("other", "caf", "a sound in Apple's CAF")),
]
_BMP_HEADERS = {length.to_bytes(4, "little") for length in (12, 40, 52, 56, 108, 124)}
_PICKLE = re.compile(rb"\x80[\x02-\x05]")

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

# Texts that do something, and what people call them. Looked for at the start, after blanks and comments.
_LIVE_TEXTS: list[tuple[re.Pattern, Found]] = [
    (re.compile(r"<\?php|<\?="), Found("text", "php", "a program (PHP)")),
    (re.compile(r"<%|<jsp:"), Found("text", "asp", "a program (a server page)")),
    (re.compile(r"<!doctype svg|<(\w{1,20}:)?svg\b"), Found("text", "svg", "a drawing in SVG")),
    (re.compile(r"<(!doctype html|html|head|body|script|iframe|img|meta|title|style|div|table|a|p|h1|form|object|embed|"
                r"link|base)\b"), Found("text", "html", "a web page (HTML)")),
    (re.compile(r"<!doctype"), Found("text", "xml", "a text of markup (XML)")),
    (re.compile(r"#!"), Found("text", "script", "a program (a script)")),
    (re.compile(r"@echo off|@?rem "), Found("text", "script", "a program (a Windows script)")),
    (re.compile(r"%!ps"), Found("text", "eps", "a PostScript drawing (EPS)")),
    (re.compile(r"\{\\rtf"), Found("text", "rtf", "a document (RTF)")),
    (re.compile(r"#extm3u"), Found("text", "m3u", "a list of addresses (M3U)")),
]
_MARKUP = Found("text", "xml", "a text of markup (XML)")
_TEXT = Found("text", "text", "a text")
UNKNOWN = Found("other", "unknown", "a file of a kind that is not known here")


def look(file: BinaryIO) -> Found:
    """Says what an open file is; leaves it at its start."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return look_at(head)


def look_at(head: bytes) -> Found:
    """Says what a file is that starts with `head` (the first 4,096 bytes, or all of it if it is shorter)."""
    return (_riff(head) or _boxes(head) or _ogg(head) or _by_start(head) or _frames(head) or _blocks(head)
            or _text(head) or UNKNOWN)


def _by_start(head: bytes) -> Found | None:
    return next((found for start, found in _STARTS if head.startswith(start)), None)


def _riff(head: bytes) -> Found | None:
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Found("sound", "aiff", "a sound (AIFF)")
    if head[:4] != b"RIFF":
        return None
    return {
        b"WEBP": Found("image", "webp", "a picture (WebP)"),
        b"WAVE": Found("sound", "wav", "a sound (WAV)"),
        b"AVI ": Found("film", "avi", "a film (AVI)"),
    }.get(head[8:12])


def _boxes(head: bytes) -> Found | None:
    """HEIC, MP4, MOV and M4A are all made of boxes; the brands say which."""
    if head[4:8] in _QUICKTIME and head[:3] != b"\xff\xd8\xff":
        return Found("film", "mov", "a film (MOV)")
    if head[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[at:at + 4] for at in range(16, length, 4)}
    if head[8:12] in (b"avif", b"avis") or brands & {b"avif", b"avis"}:
        return Found("other", "avif", "a picture in AVIF")
    if head[8:12] in _HEIC:
        return Found("image", "heif", "a picture (HEIC)")
    if head[8:12] in (b"M4A ", b"M4B "):
        return Found("sound", "mov", "a sound (M4A)")
    return Found("film", "mov", "a film (MP4 or MOV)")


def _ogg(head: bytes) -> Found | None:
    if head[:4] != b"OggS":
        return None
    if b"\x80theora" in head[:512] or b"BBCD" in head[:64]:
        return Found("film", "ogg", "a film (Ogg)")
    if b"\x01vorbis" in head[:64] or b"OpusHead" in head[:64]:
        return Found("sound", "ogg", "a sound (Ogg)")
    return Found("sound", "oga", "a sound (Ogg)")  # FLAC or Speex in an Ogg


def _frames(head: bytes) -> Found | None:
    """MP3 and AAC have no beginning of their own, only frames, each with a sync word of eleven or twelve ones."""
    if len(head) < 4 or head[0] != 0xFF or head[:2] in (b"\xff\xfe",):
        return None
    if head[1] & 0xF6 == 0xF0:
        return Found("sound", "aac", "a sound (AAC)")
    layer_three = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    if layer_three and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C:
        return Found("sound", "mp3", "a sound (MP3)")
    return None


def _blocks(head: bytes) -> Found | None:
    """Kinds that are told by something further in, or by a weak start that needs a second sign."""
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in _BMP_HEADERS:
        return Found("image", "bmp", "a picture (BMP)")
    if head[257:262] == b"ustar":
        return Found("archive", "tar", "a tar archive")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return Found("film", "mpegts", "a film (MPEG-TS)")
    if _PICKLE.match(head):
        return Found("other", "pickle", "a Python pickle, which can run programs")
    return None


def _text(head: bytes) -> Found | None:
    text = _readable(head)
    if text is None:
        return None
    start = _after_comments(text.lstrip("\ufeff").lower())
    plain = _MARKUP if start != text.lstrip("\ufeff").lower().lstrip() else _TEXT
    return next((found for pattern, found in _LIVE_TEXTS if pattern.match(start)), plain)


def _after_comments(text: str) -> str:
    """What comes after blanks, `<?xml …?>` and `<!-- … -->`."""
    text = text.lstrip()
    for opening, closing in (("<?xml", "?>"), ("<!--", "-->")) * 20:
        if text.startswith(opening):
            text = text.partition(closing)[2].lstrip()
    return text


def _readable(head: bytes) -> str | None:
    """The head as letters, or None where it holds bytes that no text has."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[:len(head) & ~1].decode("utf-16", errors="ignore")
    if b"\x00" in head or len(head.translate(None, CONTROLS)) < len(head) * 0.99:
        return None
    return head.decode("utf-8", errors="replace")


CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"  # bytes that do not appear in texts
