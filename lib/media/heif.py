"""Looks into a HEIC without decoding it: whether the data of its picture is all there. Read `check`.

A decoder of HEVC hides what is missing: where a file was filled up with zeros, it paints something. But data coded so never
holds more than two zeros in a row (ISO/IEC 23008-2, 7.4.2: an encoder puts a 3 after them), so many zeros are a hole.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import BinaryIO

from lib.media.source import cut_off, size_of
from lib.media.structure import BLOCK, ENTRIES, PADDING, boxes

_HOLE = bytes(PADDING)
_LARGEST_META = 4 * BLOCK  # bytes
_CODED = (b"hvc1",)


def check(file: BinaryIO) -> None:
    """Raises Refusal where an outer box, or a part of a picture's data, is not there. Source: ISO/IEC 14496-12, 8.11."""
    start, end = boxes(file).get(b"meta", (0, 0))
    file.seek(start)
    meta = file.read(min(end - start, _LARGEST_META))
    with contextlib.suppress(struct.error, IndexError, KeyError):  # the decoder says what it makes of odd ones
        inner = dict(_boxes_in(meta, 12))
        coded = {item for item, kind in _kinds(meta, inner[b"iinf"]) if kind in _CODED}
        for item, at, length in _places(meta, inner[b"iloc"]):
            if item in coded:
                _check_piece(file, at, length)


def _check_piece(file: BinaryIO, at: int, length: int) -> None:
    if at + length > size_of(file):
        raise cut_off("It ends in the middle of the picture.")
    file.seek(at)
    before = b""
    while length > 0 and (block := file.read(min(length, BLOCK))):
        if _HOLE in before + block:
            raise cut_off("Zeros stand in the place of a part of the picture.")
        before, length = block[1 - PADDING:], length - len(block)


def _boxes_in(data: bytes, at: int, end: int | None = None) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """(name, (start, end)) of the content of each box that lies in data."""
    end = len(data) if end is None else end
    for _ in range(ENTRIES):
        if at + 8 > end:
            return
        length, name = struct.unpack_from(">I4s", data, at)
        if length < 8:
            return
        yield name, (at + 8, min(at + length, end))
        at += length


def _kinds(data: bytes, place: tuple[int, int]) -> Iterator[tuple[int, bytes]]:
    """(id, kind) of each item: hvc1 is a picture's data, grid a picture made of others, Exif what a camera tells."""
    start, end = place
    for name, (at, _) in _boxes_in(data, start + (6 if data[start] == 0 else 8), end):
        if name == b"infe" and data[at] in (2, 3):
            item, _, kind = struct.unpack_from(">HH4s" if data[at] == 2 else ">IH4s", data, at + 4)
            yield item, kind


def _places(data: bytes, place: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """(id, start, length) of each piece of an item that lies in the file itself."""
    at, version = place[0] + 4, data[place[0]]
    sizes = data[at] >> 4, data[at] & 15, data[at + 1] >> 4, data[at + 1] & 15 if version else 0
    of_offset, of_length, of_base, of_index = sizes
    wide = 2 if version < 2 else 4

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > place[1]:
            raise IndexError
        return int.from_bytes(data[at - size:at], "big")

    at += 2
    for _ in range(min(number(wide), ENTRIES)):
        item, way = number(wide), number(2) & 15 if version else 0
        number(2)
        base = number(of_base)
        for _ in range(number(2)):
            number(of_index)
            start, length = base + number(of_offset), number(of_length)
            if way == 0 and length:
                yield item, start, length
