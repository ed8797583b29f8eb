"""What a file really is, by its first bytes and never by its name. Read `look` first; the tables are above it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

HEAD = 4096  # bytes that are looked at

PICTURE_NAMES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .apng .webp .gif .tif .tiff .bmp .heic .heif .hif .avif .ico .jp2 .jxl".split())
SOUND_NAMES = frozenset(".wav .flac .mp3 .ogg .oga .opus .m4a .aac .aif .aiff .aifc .weba .wma .mid .midi".split())
FILM_NAMES = frozenset(".mp4 .mov .m4v .webm .mkv .avi .mpg .mpeg .ts .wmv .flv .ogv .3gp".split())
TEXT_NAMES = frozenset(".txt .caption .md .csv .json".split())


@dataclass(frozen=True)
class FileType:
    """kind: image | sound | film | text | archive | other.   form: the container.   words: what a person calls it.

    A film of form `mov` or `matroska` may turn out to hold only sound: only a look at its streams can tell.
    """

    kind: str
    form: str
    words: str


_STARTS: list[tuple[bytes, FileType]] = [
    (b"\x89PNG\r\n\x1a\n", FileType("image", "png", "a picture (PNG)")),
    (b"\xff\xd8\xff", FileType("image", "jpeg", "a picture (JPEG)")),
    (b"GIF87a", FileType("image", "gif", "a picture (GIF)")),
    (b"GIF89a", FileType("image", "gif", "a picture (GIF)")),
    (b"II*\x00", FileType("image", "tiff", "a picture (TIFF)")),
    (b"MM\x00*", FileType("image", "tiff", "a picture (TIFF)")),
    (b"II+\x00", FileType("image", "tiff", "a picture (TIFF)")),
    (b"MM\x00+", FileType("image", "tiff", "a picture (TIFF)")),
    (b"fLaC", FileType("sound", "flac", "a sound (FLAC)")),
    (b"ID3", FileType("sound", "mp3", "a sound (MP3)")),
    (b"RF64", FileType("sound", "rf64", "a sound (WAV)")),
    (b"\x1aE\xdf\xa3", FileType("film", "matroska", "a film (WebM or MKV)")),
    (b"FLV\x01", FileType("film", "flv", "a film (FLV)")),
    (b"0&\xb2u\x8ef\xcf\x11", FileType("film", "asf", "a film or sound (Windows Media)")),
    (b"\x00\x00\x01\xba", FileType("film", "mpeg", "a film (MPEG)")),
    (b"PK\x03\x04", FileType("archive", "zip", "a zip archive")),
    (b"PK\x05\x06", FileType("archive", "zip", "a zip archive")),
    (b"PK\x07\x08", FileType("archive", "zip", "a zip archive")),
    (b"Rar!\x1a\x07", FileType("archive", "rar", "a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", FileType("archive", "7z", "a 7z archive")),
    (b"\x1f\x8b", FileType("archive", "gz", "a gz archive")),
    (b"BZh", FileType("archive", "bz2", "a bz2 archive")),
    (b"\xfd7zXZ\x00", FileType("archive", "xz", "an xz archive")),
    (b"(\xb5/\xfd", FileType("archive", "zst", "a zst archive")),
    (b"MSCF", FileType("archive", "cab", "a cab archive")),
    (b"!<arch>\n", FileType("archive", "ar", "a software package")),
    (b"MZ", FileType("other", "exe", "a Windows program")),
    (b"\x7fELF", FileType("other", "elf", "a Linux program")),
    (b"\xcf\xfa\xed\xfe", FileType("other", "macho", "a macOS program")),
    (b"\xce\xfa\xed\xfe", FileType("other", "macho", "a macOS program")),
    (b"\xfe\xed\xfa\xcf", FileType("other", "macho", "a macOS program")),
    (b"\xca\xfe\xba\xbe", FileType("other", "java", "a Java or macOS program")),
    (b"\x00asm", FileType("other", "wasm", "a WebAssembly program")),
    (b"L\x00\x00\x00\x01\x14\x02\x00", FileType("other", "lnk", "a Windows shortcut")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileType("other", "ole", "an old Office document or an installer")),
    (b"%PDF", FileType("other", "pdf", "a PDF document")),
    (b"\xc5\xd0\xd3\xc6", FileType("other", "eps", "a PostScript drawing (EPS)")),
    (b"8BPS", FileType("other", "psd", "a Photoshop file")),
    (b"\x00\x00\x00\x0cjP  ", FileType("other", "jp2", "a picture in JPEG 2000")),
    (b"\xffO\xffQ", FileType("other", "jp2", "a picture in JPEG 2000")),
    (b"\x00\x00\x00\x0cJXL ", FileType("other", "jxl", "a picture in JPEG XL")),
    (b"\xff\x0a", FileType("other", "jxl", "a picture in JPEG XL")),
    (b"\x00\x00\x01\x00", FileType("other", "ico", "an icon")),
    (b"SQLite format 3\x00", FileType("other", "sqlite", "a database")),
    (b"\x93NUMPY", FileType("other", "npy", "a table of numbers (NumPy)")),
    (b"MThd", FileType("other", "midi", "a score (MIDI), not a recording")),
    (b"caff", FileType("other", "caf", "a sound in Apple's CAF")),
]
_BMP_HEADERS = {length.to_bytes(4, "little") for length in (12, 40, 52, 56, 108, 124)}
_PICKLE = re.compile(rb"\x80[\x02-\x05]")

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

# Texts that do something, and what people call them. Looked for at the start, after blanks and comments.
_LIVE_TEXTS: list[tuple[re.Pattern, FileType]] = [
    (re.compile(r"<\?php|<\?="), FileType("text", "php", "a program (PHP)")),
    (re.compile(r"<%|<jsp:"), FileType("text", "asp", "a program (a server page)")),
    (re.compile(r"<!doctype svg|<(\w{1,20}:)?svg\b"), FileType("text", "svg", "a drawing in SVG")),
    (re.compile(r"<(!doctype html|html|head|body|script|iframe|img|meta|title|style|div|table|a|p|h1|form|object|embed|"
                r"link|base)\b"), FileType("text", "html", "a web page (HTML)")),
    (re.compile(r"<!doctype"), FileType("text", "xml", "a text of markup (XML)")),
    (re.compile(r"#!"), FileType("text", "script", "a program (a script)")),
    (re.compile(r"@echo off|@?rem "), FileType("text", "script", "a program (a Windows script)")),
    (re.compile(r"%!ps"), FileType("text", "eps", "a PostScript drawing (EPS)")),
    (re.compile(r"\{\\rtf"), FileType("text", "rtf", "a document (RTF)")),
    (re.compile(r"#extm3u"), FileType("text", "m3u", "a list of addresses (M3U)")),
]
_MARKUP = FileType("text", "xml", "a text of markup (XML)")
_TEXT = FileType("text", "text", "a text")
UNKNOWN = FileType("other", "unknown", "a file of a kind that is not known here")


def look(file: BinaryIO) -> FileType:
    """Says what an open file is; leaves it at its start."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return look_at(head)


def look_at(head: bytes) -> FileType:
    """Says what a file is that starts with `head` (the first 4,096 bytes, or all of it if it is shorter)."""
    return (_riff(head) or _boxes(head) or _ogg(head) or _by_start(head) or _frames(head) or _blocks(head)
            or _text(head) or UNKNOWN)


def _by_start(head: bytes) -> FileType | None:
    return next((file_type for start, file_type in _STARTS if head.startswith(start)), None)


def _riff(head: bytes) -> FileType | None:
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return FileType("sound", "aiff", "a sound (AIFF)")
    if head[:4] != b"RIFF":
        return None
    return {
        b"WEBP": FileType("image", "webp", "a picture (WebP)"),
        b"WAVE": FileType("sound", "wav", "a sound (WAV)"),
        b"AVI ": FileType("film", "avi", "a film (AVI)"),
    }.get(head[8:12])


def _boxes(head: bytes) -> FileType | None:
    """HEIC, MP4, MOV and M4A are all made of boxes; the brands say which."""
    if head[4:8] in _QUICKTIME and head[:3] != b"\xff\xd8\xff":
        return FileType("film", "mov", "a film (MOV)")
    if head[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[at:at + 4] for at in range(16, length, 4)}
    if head[8:12] in (b"avif", b"avis") or brands & {b"avif", b"avis"}:
        return FileType("other", "avif", "a picture in AVIF")
    if head[8:12] in _HEIC:
        return FileType("image", "heif", "a picture (HEIC)")
    if head[8:12] in (b"M4A ", b"M4B "):
        return FileType("sound", "mov", "a sound (M4A)")
    return FileType("film", "mov", "a film (MP4 or MOV)")


def _ogg(head: bytes) -> FileType | None:
    if head[:4] != b"OggS":
        return None
    if b"\x80theora" in head[:512] or b"BBCD" in head[:64]:
        return FileType("film", "ogg", "a film (Ogg)")
    if b"\x01vorbis" in head[:64] or b"OpusHead" in head[:64]:
        return FileType("sound", "ogg", "a sound (Ogg)")
    return FileType("sound", "oga", "a sound (Ogg)")  # FLAC or Speex in an Ogg


def _frames(head: bytes) -> FileType | None:
    """MP3 and AAC have no beginning of their own, only frames, each with a sync word of eleven or twelve ones."""
    if len(head) < 4 or head[0] != 0xFF or head[:2] in (b"\xff\xfe",):
        return None
    if head[1] & 0xF6 == 0xF0:
        return FileType("sound", "aac", "a sound (AAC)")
    layer_three = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    if layer_three and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C:
        return FileType("sound", "mp3", "a sound (MP3)")
    return None


def _blocks(head: bytes) -> FileType | None:
    """Kinds that are told by something further in, or by a weak start that needs a second sign."""
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in _BMP_HEADERS:
        return FileType("image", "bmp", "a picture (BMP)")
    if head[257:262] == b"ustar":
        return FileType("archive", "tar", "a tar archive")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return FileType("film", "mpegts", "a film (MPEG-TS)")
    if _PICKLE.match(head):
        return FileType("other", "pickle", "a Python pickle, which can run programs")
    return None


def _text(head: bytes) -> FileType | None:
    text = _readable(head)
    if text is None:
        return None
    start = _after_comments(text.lstrip("\ufeff").lower())
    plain = _MARKUP if start != text.lstrip("\ufeff").lower().lstrip() else _TEXT
    return next((file_type for pattern, file_type in _LIVE_TEXTS if pattern.match(start)), plain)


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
