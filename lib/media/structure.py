"""Walks over the structure of files without decoding them: cheap, and enough to see a lie about size or length.

One function a container, each raising Refusal where the file breaks its own promises. What is copied piece by piece
is walked in strip_picture.py (JPEG, PNG, WebP) and strip_sound.py (WAV, FLAC, MP3, Ogg). Read `check_pixels` and `gif`
first.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lib.media.source import Refusal, broken, cut_off, size_of

PIXELS = 150_000_000        # width x height that a picture may have
HOLLOW_MEMORY = 100_000_000  # bytes: below this, a picture may be as empty as it likes
HOLLOW_RATIO = 500          # unpacked bytes for each byte of the file; photographs reach 50, clean line art 300
FRAMES = 1_000              # in a GIF, pages in a TIFF
CHANNELS = 8                # of a sound
ENTRIES = 100_000           # blocks, boxes or chunks that a file may be made of
BLOCK = 1 << 20             # bytes that are held in memory at a time
PADDING = 256               # zeros in a row, from which on they are padding, or in the place of something that is missing
SLACK = 64                  # bytes: so much may be zeros in the place of data without being told


def check_pixels(width: int, height: int, bits: int, file_bytes: int) -> None:
    """Refuses a picture that is too large, or that claims far more than a file of its length can hold.

    bits: per pixel, all channels together. Called with what the header says, before anything is decoded.
    """
    if width < 1 or height < 1:
        raise broken("It says that it is 0 pixels wide or high.")
    if width * height > PIXELS:
        raise Refusal(f"is too large: {width:,} × {height:,} pixels",
                      f"Pictures may have up to {PIXELS // 1_000_000} million pixels.",
                      "Make a smaller copy of it and add that.")
    memory = width * height * (4 if bits >= 16 else 1)  # what the decoder needs: a byte or four a pixel
    if memory > HOLLOW_MEMORY and width * height * bits / 8 > HOLLOW_RATIO * file_bytes:
        raise Refusal(f"says it is {width:,} × {height:,} pixels, but is a file of only {file_bytes:,} bytes",
                      "Such a picture is blank, or made to fill a computer's memory.",
                      "Make a smaller copy of it and add that.")


def read(file: BinaryIO, count: int) -> bytes:
    """Exactly `count` bytes, or Refusal: the file is cut off."""
    data = file.read(count)
    if len(data) < count:
        raise cut_off()
    return data


def skip(file: BinaryIO, count: int, size: int) -> None:
    """Moves on by `count` bytes of a file that is `size` bytes long."""
    if file.tell() + count > size:
        raise cut_off()
    file.seek(count, 1)


def copy(source: BinaryIO, target: BinaryIO, count: int) -> None:
    """Copies the next `count` bytes, a megabyte at a time. Raises Refusal where fewer are there."""
    while count > 0:
        block = read(source, min(count, BLOCK))
        target.write(block)
        count -= len(block)


def without_zeros(file: BinaryIO, start: int, end: int) -> int:
    """Where the zeros begin in which data ends that lies between start and end; the end, where there are none to speak of.

    In even parts of a picture zeros may be data too; then there are as many as it needs, and no more.
    """
    at = last_but(b"\x00", file, start, end)
    return at + 1 if end - at > PADDING else end  # the first may belong to the byte before it (FF 00 in a JPEG)


def last_but(filling: bytes, file: BinaryIO, start: int, end: int) -> int:
    """Where what lies between start and end would end without the filling byte."""
    while end > start:
        at = max(end - BLOCK, start)
        file.seek(at)
        if left := len(file.read(end - at).rstrip(filling)):
            return at + left
        end = at
    return start


# --- pictures ---------------------------------------------------------------------------------------------------

def gif(file: BinaryIO, limit: int = FRAMES) -> int:
    """The number of frames in a GIF, at most `limit`. No pixel is decoded."""
    size = size_of(file)
    file.seek(6)
    width, height, flags = struct.unpack("<HHBxx", read(file, 7))
    check_pixels(width, height, 8, size)
    skip(file, _colours(flags), size)
    frames = 0
    while (block := file.read(1)) not in (b";", b""):
        if block == b",":
            frames += 1
            _gif_frame(file, size)
        elif block == b"!":
            skip(file, 1, size)
            _gif_data(file, size)
        else:
            raise broken("Between its frames stands something that no GIF has.")
        if frames > limit:
            raise Refusal(f"has more than {limit:,} frames", "A GIF as long as that is a film.",
                          "Choose Film as the way in: still pictures are then taken from it (in a notebook: collect.add_video).")
    if not frames:
        raise broken("There is no picture in it.")
    return frames


def _gif_frame(file: BinaryIO, size: int) -> None:
    left, top, width, height, flags = struct.unpack("<HHHHB", read(file, 9))
    check_pixels(left + width, top + height, 8, size)
    skip(file, _colours(flags) + 1, size)
    _gif_data(file, size)


def _gif_data(file: BinaryIO, size: int) -> None:
    """Passes over blocks of up to 255 bytes, of which the last is empty."""
    while length := read(file, 1)[0]:
        file.seek(length, 1)
    if file.tell() > size:
        raise cut_off()


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def tiff(file: BinaryIO) -> int:
    """The number of pages in a TIFF or BigTIFF."""
    size = size_of(file)
    file.seek(0)
    order = "<" if read(file, 2) == b"II" else ">"
    big = struct.unpack(order + "H", read(file, 2))[0] == 43
    count, offset, entry = ("Q", "Q", 20) if big else ("H", "I", 12)
    file.seek(8 if big else 4)
    pages, at = set(), struct.unpack(order + offset, read(file, struct.calcsize(offset)))[0]
    while at:
        if at in pages or at >= size:
            raise cut_off() if at >= size else broken("Its list of pages runs in a circle.")
        pages.add(at)
        if len(pages) > FRAMES:
            raise Refusal(f"has more than {FRAMES:,} pages", "One picture is taken from each file.",
                          "Save the pages you want as separate pictures.")
        file.seek(at)
        tags = struct.unpack(order + count, read(file, struct.calcsize(count)))[0]
        skip(file, tags * entry, size)
        at = struct.unpack(order + offset, read(file, struct.calcsize(offset)))[0]
    if not pages:
        raise broken("There is no picture in it.")
    return len(pages)


# --- sounds and films -------------------------------------------------------------------------------------------

def promised(length: int, there: int) -> None:
    """Raises Refusal where fewer bytes of sound are there than a header promises."""
    if length > there:
        raise cut_off(f"Its header promises {length:,} bytes of sound; only {there:,} are there.")


def check_channels(count: int) -> None:
    """Refuses a sound of more channels than anything here can work with."""
    if count > CHANNELS:
        raise Refusal(f"has {count} channels", f"Sounds may have up to {CHANNELS}.", "Mix it down to one or two channels and add that.")


def aiff(file: BinaryIO) -> None:
    """Checks that the samples an AIFF promises are there."""
    size = size_of(file)
    file.seek(12)
    for _ in range(ENTRIES):
        name, length = struct.unpack(">4sI", read(file, 8))
        if name == b"SSND":
            return promised(length, size - file.tell())
        skip(file, length + length % 2, size)
    raise broken()


def rf64(file: BinaryIO) -> None:
    """Checks that the samples a RF64 promises are there: a WAV with lengths of 64 bits, in a chunk of their own (EBU Tech 3306)."""
    size, long = size_of(file), 0
    file.seek(12)
    for _ in range(ENTRIES):
        name, length = struct.unpack("<4sI", read(file, 8))
        if name == b"ds64":
            long = struct.unpack("<Q", read(file, 16)[8:])[0]
            length -= 16
        if name == b"data":
            length = long if length == 0xFFFF_FFFF else length
            return _as_long_as_it_says(length, size - file.tell())
        skip(file, length + length % 2, size)
    raise broken()


def _as_long_as_it_says(length: int, there: int) -> None:
    if length in (0, (1 << 64) - 1) or there > 1.1 * length + 10_000:
        raise Refusal("says wrongly how long it is", f"Its header does not tell the length of all {there:,} bytes that follow.",
                      "Open it in the program it was made with and save it anew.")
    promised(length, there)


@dataclass
class OggPage:
    """One page of an Ogg. flags: 1 goes on with a packet, 2 first, 4 last.   lacing: the lengths of its pieces."""

    flags: int
    position: int
    serial: int
    number: int
    lacing: bytes
    body: bytes

    def pack(self) -> bytes:
        head = b"OggS\x00" + struct.pack("<BqII", self.flags, self.position, self.serial, self.number)
        tail = bytes([len(self.lacing)]) + self.lacing + self.body
        return head + struct.pack("<I", _ogg_checksum(head + bytes(4) + tail)) + tail


def ogg_pages(file: BinaryIO) -> Iterator[OggPage]:
    """All pages of an Ogg, each checked by its checksum. Raises Refusal."""
    file.seek(0)
    while head := file.read(27):
        if len(head) < 27:
            raise cut_off()
        if head[:5] != b"OggS\x00":
            raise broken("Between its pages stands something that no Ogg has.")
        flags, position, serial, number, checksum, count = struct.unpack("<BqIIIB", head[5:])
        lacing = read(file, count)
        body = read(file, sum(lacing))
        if _ogg_checksum(head[:22] + bytes(4) + head[26:] + lacing + body) != checksum:
            raise broken("A part of it was changed or damaged: its checksum is wrong.")
        yield OggPage(flags, position, serial, number, lacing, body)


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _ogg_checksum(page: bytes) -> int:
    """Ogg's checksum is zlib's with all bits mirrored, and with nothing turned over before and after."""
    return int(f"{zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF:032b}"[::-1], 2)


def ogg(file: BinaryIO) -> None:
    """Checks every page of an Ogg, and that its last one is there."""
    flags = 0
    for page in ogg_pages(file):
        flags = page.flags
    if not flags & 4:
        raise cut_off("Its last page is missing.")


def boxes(file: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """Checks that every outer box of an MP4, MOV, M4A or HEIC is complete; returns where each begins and ends."""
    size = size_of(file)
    at, places = 0, {}
    for _ in range(ENTRIES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length = int.from_bytes(head[:4], "big") or size - at  # 0: the last box, to the end of the file
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            raise broken()
        places[head[4:8]] = at, at + length
        at += length
    if at > size:
        raise cut_off()
    return places


def avi(file: BinaryIO) -> None:
    """Checks that an AVI is as long as it says."""
    file.seek(4)
    if struct.unpack("<I", read(file, 4))[0] > size_of(file):
        raise cut_off()


def matroska(file: BinaryIO) -> None:
    """Checks that a WebM or MKV is as long as it says. One that was recorded live says nothing."""
    size = size_of(file)
    file.seek(4)
    length, _ = _vint(file)
    skip(file, length, size)
    if read(file, 4) != b"\x18S\x80g":
        return
    length, unknown = _vint(file)
    if not unknown and file.tell() + length > size:
        raise cut_off()


def _vint(file: BinaryIO) -> tuple[int, bool]:
    """A number of variable length (EBML), and whether it means `unknown`."""
    first = read(file, 1)[0]
    more = 8 - first.bit_length()
    if more > 7:
        raise broken()
    value = (first & ((1 << (7 - more)) - 1)) << (8 * more) | int.from_bytes(read(file, more), "big")
    return value, value == (1 << (7 * (more + 1))) - 1
