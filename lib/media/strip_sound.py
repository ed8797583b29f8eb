"""Copies a WAV, FLAC, MP3 or Ogg without its tags; the sound's own data stays bit for bit.

Gone are names, places, dates, cover pictures and whatever else stands beside the sound. Nothing is decoded. Where a
file promises more than is there, it is cut off. Read `wav` first; the others follow the same plan.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from lib.media.source import broken, cut_off, size_of
from lib.media.structure import ENTRIES, OggPage, copy, ogg_pages, promised, read, skip

# --- WAV --------------------------------------------------------------------------------------------------------

_KEPT_IN_WAV = {b"fmt ", b"fact"}


def wav(source: BinaryIO, target: BinaryIO) -> None:
    """Copies format and samples of a WAV. Raises Refusal."""
    size = size_of(source)
    source.seek(12)
    target.write(b"RIFF\x00\x00\x00\x00WAVE")
    for _ in range(ENTRIES):
        name, length = struct.unpack("<4sI", read(source, 8))
        if name == b"data":
            break
        if name in _KEPT_IN_WAV and length < 1000:
            target.write(struct.pack("<4sI", name, length) + read(source, length + length % 2))
        else:
            skip(source, length + length % 2, size)
    else:
        raise broken()
    promised(length, size - source.tell())
    target.write(struct.pack("<4sI", b"data", length))
    copy(source, target, length)
    target.write(b"\x00" * (length % 2))
    end = target.tell()
    target.seek(4)
    target.write(struct.pack("<I", end - 8))


# --- FLAC -------------------------------------------------------------------------------------------------------

def flac(source: BinaryIO, target: BinaryIO) -> None:
    """Copies the stream information, the seek table and all frames of a FLAC. Source: RFC 9639. Raises Refusal."""
    size = size_of(source)
    source.seek(4)
    kept = []
    for _ in range(ENTRIES):
        head = read(source, 4)
        length = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F in (0, 3):
            kept.append((head[0] & 0x7F, read(source, length)))
        else:
            skip(source, length, size)
        if head[0] & 0x80:
            break
    if not kept or kept[0][0] != 0:
        raise broken()
    target.write(b"fLaC")
    for index, (kind, content) in enumerate(kept):
        last = 0x80 if index == len(kept) - 1 else 0
        target.write(struct.pack(">B", kind | last) + len(content).to_bytes(3, "big") + content)
    copy(source, target, _end_before_tag(source, size) - source.tell())


def _end_before_tag(source: BinaryIO, size: int) -> int:
    """Where the sound ends: at the file's end, or before an old tag (ID3v1) that some programs hang on."""
    here = source.tell()
    source.seek(max(size - 128, here))
    tagged = source.read(3) == b"TAG" and size - 128 >= here
    source.seek(here)
    return size - 128 if tagged else size


# --- MP3: nothing but frames, each with a header of four bytes that tells its length ------------------------------

_KILOBITS = {3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1
             2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)}      # MPEG 2 and 2.5
_RATES = (44_100, 48_000, 32_000)
_SYNC = re.compile(rb"\xff[\xe2-\xfb]")
_WINDOW = 1 << 16  # bytes that are searched for the next frame, where something else stands between frames


def mp3(source: BinaryIO, target: BinaryIO) -> None:
    """Copies the frames of an MP3 and nothing that stands before, between or behind them. Raises Refusal."""
    frames, expected = 0, 0
    source.seek(0)
    while frame := _next_frame(source):
        if not frames:
            expected = _told_frames(frame)
        frames += 1
        target.write(frame)
    if not frames:
        raise broken("There is no sound in it.")
    if frames < expected:
        raise cut_off(f"It says that it has {expected:,} frames of sound; only {frames:,} are there.")


def _next_frame(source: BinaryIO) -> bytes:
    """The next frame, or nothing where there are no more."""
    while head := source.read(10):
        start = source.tell() - len(head)
        if length := _frame_length(head):
            source.seek(start)
            return read(source, length)
        if head[:3] == b"ID3" and len(head) == 10:
            length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
            skip(source, length + (10 if head[5] & 0x10 else 0), size_of(source))
            continue
        source.seek(start)
        window = source.read(_WINDOW)
        found = next((at for at in _syncs(window) if _two_frames(window, at)), None)
        if found is None:
            return b""
        source.seek(start + found)
    return b""


def _syncs(window: bytes) -> Iterator[int]:
    return (match.start() for match in _SYNC.finditer(window))


def _two_frames(window: bytes, at: int) -> bool:
    length = _frame_length(window[at:at + 4])
    return bool(length and _frame_length(window[at + length:at + length + 4]))


def _frame_length(head: bytes) -> int:
    """The bytes of a frame (MPEG 1, 2 or 2.5, layer III), or 0 where `head` begins no frame."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    kilobits = _KILOBITS[3 if version == 3 else 2][bits - 1]
    slower = {3: 1, 2: 2, 0: 4}[version]
    return (144_000 if version == 3 else 72_000) * kilobits // (_RATES[rate] // slower) + (head[2] >> 1 & 1)


def _told_frames(frame: bytes) -> int:
    """The number of frames that the first frame of many MP3s tells (Xing or Info), less one for its own; else 0."""
    at = max(frame.find(b"Xing", 0, 64), frame.find(b"Info", 0, 64))
    if at < 0 or len(frame) < at + 12 or not frame[at + 7] & 1:
        return 0
    return int.from_bytes(frame[at + 8:at + 12], "big")


# --- Ogg: pages; the second packet holds the tags ----------------------------------------------------------------

_NO_TAGS = {b"\x01vorbis": (b"\x03vorbis" + bytes(8) + b"\x01", 3), b"OpusHead": (b"OpusTags" + bytes(8), 2)}


def ogg(source: BinaryIO, target: BinaryIO) -> None:
    """Copies a Vorbis or Opus stream with an empty tag packet. Source: RFC 3533, 7845. Raises Refusal."""
    pages = ogg_pages(source)
    first = next(pages)
    kind = next((start for start in _NO_TAGS if first.body.startswith(start)), None)
    if kind is None or not first.flags & 2:
        raise broken()
    same = (page for page in pages if page.serial == first.serial)
    tags, count = _NO_TAGS[kind]
    packets = _packets(same, count - 1)
    numbers = itertools.count()
    for page in itertools.chain([first], _paged([tags, *packets[1:]], first.serial), same):
        page.number = next(numbers)
        target.write(page.pack())


def _packets(pages: Iterator[OggPage], count: int) -> list[bytes]:
    """The next `count` packets, which fill whole pages."""
    packets, open_packet = [], b""
    for page in pages:
        at = 0
        for length in page.lacing:
            open_packet += page.body[at:at + length]
            at += length
            if length < 255:
                packets.append(open_packet)
                open_packet = b""
        if len(packets) == count and not open_packet:
            return packets
        if len(packets) > count or len(open_packet) > 1 << 25:
            break
    raise broken()


def _paged(packets: list[bytes], serial: int) -> Iterator[OggPage]:
    """Packets laid into pages of up to 255 pieces of up to 255 bytes."""
    pieces = [(packet[at:at + 255], at > 0) for packet in packets for at in range(0, len(packet) + 1, 255)]
    for start in range(0, len(pieces), 255):
        chosen = pieces[start:start + 255]
        lacing = bytes(len(piece) for piece, _ in chosen)
        ends = any(length < 255 for length in lacing)
        yield OggPage(flags=1 if chosen[0][1] else 0, position=0 if ends else -1, serial=serial, number=0,
                      lacing=lacing, body=b"".join(piece for piece, _ in chosen))
