"""The story inside a file that a model made: taking single words out of it, while picture and film stay bit for bit.

Read `blank` and `add_to_wav`. In a PNG the story is a text chunk (W3C PNG, third edition, 11.3.3), in a GIF a comment in pieces of 255 bytes
(GIF89a, section 24), in a WAV a comment at its end (RIFF, LIST INFO ICMT), in an MP4 a plain text. Words give way to as many spaces, so that nothing in the file moves.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from lib.media.files import writing


def blank(path: Path, words: Iterable[str]) -> None:
    """Replaces these words in the story inside a file by spaces; the file keeps its time. One without a story stays as it is."""
    path = Path(path)
    before, info = path.read_bytes(), os.stat(path)
    after = _WAYS.get(path.suffix, _anywhere)(before, [word.encode("utf-8") for word in words])
    if after == before:
        return
    with writing(path) as temporary:
        temporary.write_bytes(after)
        os.utime(temporary, ns=(info.st_atime_ns, info.st_mtime_ns))


def _anywhere(content: bytes, words: list[bytes]) -> bytes:
    for word in words:
        content = content.replace(word, b" " * len(word))
    return content


def _in_png(content: bytes, words: list[bytes]) -> bytes:
    """Only in chunks of text, with their checksums made anew."""
    parts, at = [content[:8]], 8
    while at + 12 <= len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        if name in (b"iTXt", b"tEXt"):
            body = _anywhere(body, words)
            parts.append(struct.pack(">I4s", length, name) + body + struct.pack(">I", zlib.crc32(name + body)))
        else:
            parts.append(content[at : at + 12 + length])
        at += 12 + length
    return b"".join(parts) + content[at:]


def _in_gif(content: bytes, words: list[bytes]) -> bytes:
    """In comments, where a word may stand across two pieces."""
    start = 0
    while (start := content.find(b"\x21\xfe", start)) >= 0:
        pieces, at = [], start + 2
        while at < len(content) and (size := content[at]):
            pieces.append(content[at + 1 : at + 1 + size])
            at += 1 + size
        whole, blanked = _anywhere(b"".join(pieces), words), b""
        for piece in pieces:
            blanked += bytes([len(piece)]) + whole[: len(piece)]
            whole = whole[len(piece) :]
        content = content[: start + 2] + blanked + content[start + 2 + len(blanked) :]
        start = at
    return content


def add_to_wav(wav: bytes, story: str) -> bytes:
    """The same sound with a story as its comment (Multimedia Programming Interface and Data Specifications 1.0, chapter 3)."""
    words = story.encode("utf-8") + b"\0"
    comment = b"INFOICMT" + struct.pack("<I", len(words)) + words + b"\0" * (len(words) % 2)
    added = b"\0" * (len(wav) % 2) + b"LIST" + struct.pack("<I", len(comment)) + comment
    return wav[:4] + struct.pack("<I", len(wav) + len(added) - 8) + wav[8:] + added


def read_from_wav(wav: bytes) -> str:
    """The comment that `add_to_wav` wrote; "" where there is none."""
    for name, start, end in _riff_chunks(wav):
        if name == b"LIST" and wav[start : start + 8] == b"INFOICMT":
            length = struct.unpack("<I", wav[start + 8 : start + 12])[0]
            return wav[start + 12 : min(end, start + 12 + length)].rstrip(b"\0").decode("utf-8", "replace")
    return ""


def _in_wav(content: bytes, words: list[bytes]) -> bytes:
    """Only in the comment: the samples stay."""
    for name, start, end in _riff_chunks(content):
        if name == b"LIST":
            content = content[:start] + _anywhere(content[start:end], words) + content[end:]
    return content


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content begins, where it ends) of each chunk of a WAV."""
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack("<4sI", content[at : at + 8])
        yield name, at + 8, at + 8 + length
        at += 8 + length + length % 2


_WAYS = {".png": _in_png, ".gif": _in_gif, ".wav": _in_wav}
