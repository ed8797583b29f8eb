"""The story inside a file that a model made: taking single words out of it, while picture and film stay bit for bit.

Read `blank` and `add_to_wav`. In a PNG the story is a text chunk (W3C PNG, third edition, 11.3.3), in a GIF a comment in pieces of 255 bytes
(GIF89a, section 24), in a WAV a comment at its end (RIFF, LIST INFO ICMT), in a FLAC a Vorbis comment, in an MP4 a plain text. Words give way to as many spaces, so that nothing in the file moves.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
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


def add_to_wav(path: Path, story: str) -> None:
    """Hangs a story as its comment onto a WAV that nobody else knows yet (Multimedia Programming Interface and Data Specifications 1.0, chapter 3)."""
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        added = _wav_comment(size, story)
        file.write(added)
        file.seek(4)
        file.write(struct.pack("<I", size + len(added) - 8))


def _wav_comment(size: int, story: str) -> bytes:
    words = story.encode("utf-8") + b"\0"
    comment = b"INFOICMT" + struct.pack("<I", len(words)) + words + b"\0" * (len(words) % 2)
    return b"\0" * (size % 2) + b"LIST" + struct.pack("<I", len(comment)) + comment


def as_flac(wav: Path, target: Path, story: str) -> None:
    """The same sound as a FLAC of 16 bit with a story as its Vorbis comment COMMENT (RFC 9639, 8.6), a block at a time."""
    import soundfile

    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        bare = Path(folder) / "bare.flac"
        with soundfile.SoundFile(wav) as source, soundfile.SoundFile(bare, "w", source.samplerate, source.channels, "PCM_16", format="FLAC") as made:
            while len(block := source.read(1 << 16, dtype="int16", always_2d=True)):
                made.write(block)
        with open(bare, "rb") as source, open(target, "wb") as copy:
            information = source.read(42)                       # "fLaC", the head of the block, 34 bytes of stream information
            words = f"COMMENT={story}".encode()
            comment = struct.pack("<I", 8) + b"Handmade" + struct.pack("<II", 1, len(words)) + words
            copy.write(information[:4] + bytes([information[4] & 0x7F]) + information[5:])
            copy.write(b"\x84" + len(comment).to_bytes(3, "big") + comment)         # the last block before the frames
            last = information[4] & 0x80
            while not last:                                     # what stands between is passed over
                head = source.read(4)
                last = head[0] & 0x80
                source.seek(int.from_bytes(head[1:], "big"), os.SEEK_CUR)
            shutil.copyfileobj(source, copy)


def read_from_flac(flac: bytes) -> str:
    """The comment that `as_flac` wrote; "" where there is none."""
    at = 4
    while at + 4 <= len(flac):
        head, length = flac[at], int.from_bytes(flac[at + 1 : at + 4], "big")
        body = flac[at + 4 : at + 4 + length]
        if head & 0x7F == 4 and (start := body.find(b"COMMENT=")) >= 4:
            size = struct.unpack("<I", body[start - 4 : start])[0]
            return body[start + 8 : start + size].decode("utf-8", "replace")
        if head & 0x80:
            break
        at += 4 + length
    return ""


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
