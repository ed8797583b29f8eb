"""Copies a JPEG, PNG or WebP without what it tells about its maker; the picture's own data stays bit for bit.

Gone are EXIF (place, serial numbers, times, the small preview), XMP, IPTC, comments, texts and whatever is hidden
after the picture's end. Kept are colour profiles and all that a picture needs to look the same. A few megabytes of
memory do for the largest picture. Read `jpeg` first; `png` and `webp` follow the same plan.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from lib.media.jpeg_data import Frame, Scan
from lib.media.source import broken, cut_off, size_of
from lib.media.structure import BLOCK, ENTRIES, check_pixels, copy, read, skip

SCANS = 100          # a progressive JPEG of a camera has ten; thousands are made to keep a decoder busy
LARGEST_EXIF = 1 << 20


@dataclass
class Header:
    """What a walk finds. exif: as it stands in the file. animated: more than one frame. deep: 16 bits a channel.

    frame: of a JPEG, where its scans lie in the copy. data: of a WebP, where its picture's data begins and ends in the copy.
    """

    width: int = 0
    height: int = 0
    exif: bytes = b""
    animated: bool = False
    deep: bool = False
    lossless: bool = True
    frame: Frame = field(default_factory=Frame)
    data: tuple[int, int] = (0, 0)


# --- JPEG: segments, each a marker, a length and a content; then scans of compressed data ------------------------

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan: neither a stuffed byte, a restart, nor padding
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI, _EOI, _SOS, _DRI = 0xD8, 0xD9, 0xDA, 0xDD


def jpeg(source: BinaryIO, target: BinaryIO) -> Header:
    """Copies a JPEG's picture segments. Source: ISO/IEC 10918-1, annex B. Raises Refusal."""
    header, every = Header(lossless=False), 0
    source.seek(2)
    target.write(b"\xff\xd8")
    for _ in range(ENTRIES):
        marker = _next_marker(source)
        if marker == _EOI:
            break
        if marker == _SOI:
            raise broken("A second picture begins inside the first.")
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        content = read(source, max(int.from_bytes(read(source, 2), "big") - 2, 0))
        if marker in _FRAMES:
            _frame(marker, content, header, size_of(source))
        if marker == _DRI:
            every = int.from_bytes(content[:2], "big")
        if marker == 0xE1 and content.startswith(b"Exif\x00") and not header.exif:
            header.exif = content
        if kept := _kept_segment(marker, content):
            target.write(struct.pack(">BBH", 0xFF, marker, len(kept) + 2) + kept)
        if marker == _SOS:
            header.frame.scans.append(_scan(content, header.frame, every))
            _copy_scan(source, target, header.frame.scans[-1])
        if len(header.frame.scans) > SCANS:
            raise broken(f"It is made of more than {SCANS} scans, which no camera does.")
    else:
        raise broken("It is made of far too many pieces.")
    target.write(b"\xff\xd9")
    if not header.width or not header.frame.scans:
        raise broken("There is no picture in it.")
    return header


def _next_marker(source: BinaryIO) -> int:
    """The next marker. Padding is skipped, and so is a little litter, as every decoder does."""
    for _ in range(BLOCK):
        if read(source, 1) == b"\xff":
            while (marker := read(source, 1)[0]) == 0xFF:
                pass
            if marker:
                return marker
    raise broken()


def _frame(marker: int, content: bytes, header: Header, file_bytes: int) -> None:
    channels = content[5] if len(content) > 5 else 0
    if header.width or not channels or len(content) < 6 + 3 * channels:
        raise broken("Its header does not make sense.")
    header.height, header.width = struct.unpack(">HH", content[1:5])
    check_pixels(header.width, header.height, 8 * channels, file_bytes)
    parts = [content[at:at + 2] for at in range(6, 6 + 3 * channels, 3)]
    header.frame = Frame(marker, header.width, header.height, {component: (by >> 4, by & 15) for component, by in parts})
    if len(header.frame.sampling) < channels or not all(all(by) for by in header.frame.sampling.values()):
        header.frame.kind = 0  # so odd that only the decoder can say what it makes of it


def _scan(content: bytes, frame: Frame, every: int) -> Scan:
    """What the head of a scan says. every: units from one restart mark to the next."""
    count = content[0] if content else 0
    components = tuple(content[1:1 + 2 * count:2])
    if not components or len(content) < 4 + 2 * count or not set(components) <= set(frame.sampling):
        raise broken("Its header does not make sense.")
    first, last, bits = content[1 + 2 * count:4 + 2 * count]
    return Scan(components, (first, last), low=bits & 15, every=every)


def _kept_segment(marker: int, content: bytes) -> bytes:
    """The content of a segment that a picture needs, or nothing."""
    if marker == 0xE0:
        return content[:12] + b"\x00\x00" if content.startswith(b"JFIF\x00") and len(content) >= 14 else b""
    if marker == 0xE2:
        return content if content.startswith(b"ICC_PROFILE\x00") else b""
    if marker == 0xEE:
        return content if content.startswith(b"Adobe") else b""
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        return b""
    return content


def _copy_scan(source: BinaryIO, target: BinaryIO, scan: Scan) -> None:
    """Copies compressed data, and tells the scan where it lies; leaves the source in front of the next marker."""
    scan.start = target.tell()
    while block := source.read(BLOCK):
        match = _MARKER.search(block)
        end = match.start() if match else len(block) - block.endswith(b"\xff")
        if end == 0 and not match:
            break
        scan.marks += b"".join(_RESTART.findall(block, 0, end))
        target.write(memoryview(block)[:end])
        source.seek(end - len(block), 1)
        if match:
            scan.end = target.tell()
            return
    raise cut_off("It ends in the middle of the picture.")


# --- PNG: chunks, each a length, a name, a content and a checksum -----------------------------------------------

_KEPT_CHUNKS = {b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def png(source: BinaryIO, target: BinaryIO, profile: bytes | None = None, exif: bytes = b"") -> Header:
    """Copies a PNG's picture chunks; of an animated one, its still picture. Source: W3C PNG, third edition.

    The data is unpacked on the way, to see that every row is there; a PNG that passes can be decoded to its end.
    profile, exif: an ICC profile and notes to put in, in the place of any that are there. Raises Refusal.
    """
    size = size_of(source)
    source.seek(8)
    target.write(b"\x89PNG\r\n\x1a\n")
    header, colours = Header(), False
    rows: _Rows | None = None
    for _ in range(ENTRIES):
        length, name = struct.unpack(">I4s", read(source, 8))
        if source.tell() + length + 4 > size:
            raise cut_off("It ends in the middle of the picture.")
        if (name == b"IHDR") == bool(header.width):
            raise broken("Its header does not make sense.")
        if name == b"IHDR":
            rows = _png_header(source, target, length, header)
            if profile:
                _write_chunk(target, b"iCCP", b"ICC\x00\x00" + zlib.compress(profile))
            if exif:
                _write_chunk(target, b"eXIf", exif.removeprefix(b"Exif\x00\x00"))
        elif name == b"IEND":
            _write_chunk(target, b"IEND", b"")
            break
        elif name in _KEPT_CHUNKS and not (profile and name in (b"iCCP", b"sRGB")):
            colours = colours or name == b"PLTE"
            _copy_chunk(source, target, length, name, rows if name == b"IDAT" else None)
        elif name[0] & 0x20 == 0:
            raise broken("It holds something that no PNG has.")
        else:
            header.animated |= name == b"acTL"
            if name == b"eXIf" and length <= LARGEST_EXIF:
                header.exif = read(source, length)
                length = 0
            skip(source, length + 4, size)
    else:
        raise broken("It is made of far too many pieces.")
    assert rows is not None  # nothing comes before the header
    rows.finish()
    if rows.needs_colours and not colours:
        raise broken("Its table of colours is missing.")
    return header


def _png_header(source: BinaryIO, target: BinaryIO, length: int, header: Header) -> _Rows:
    content = read(source, 13) if length == 13 else b""
    if len(content) < 13 or read(source, 4) != _checksum(b"IHDR" + content):
        raise broken("Its header does not make sense.")
    header.width, header.height, depth, colour = struct.unpack(">IIBB", content[:10])
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16):
        raise broken("Its header does not make sense.")
    check_pixels(header.width, header.height, depth * _CHANNELS[colour], size_of(source))
    header.deep = depth == 16
    _write_chunk(target, b"IHDR", content)
    return _Rows(header.width, header.height, depth * _CHANNELS[colour], content[12] == 1, needs_colours=colour == 3)


class _Rows:
    """Unpacks a PNG's data and lets it go again, to see that all rows are there, each with a filter that exists."""

    def __init__(self, width: int, height: int, bits: int, interlaced: bool, needs_colours: bool):
        self.needs_colours = needs_colours
        self._row = 0 if interlaced else 1 + -(-width * bits // 8)
        self._left = sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in _passes(width, height, interlaced))
        self._inflater, self._seen = zlib.decompressobj(), 0

    def take(self, block: bytes) -> None:
        while block and self._left > 0:
            try:
                piece = self._inflater.decompress(block, BLOCK)
            except zlib.error as error:
                raise broken("It cannot be unpacked.") from error
            if self._row and max(piece[-self._seen % self._row::self._row], default=0) > 4:
                raise broken("It cannot be decoded.")
            self._seen += len(piece)
            self._left -= len(piece)
            block = self._inflater.unconsumed_tail

    def finish(self) -> None:
        if self._left > 0:
            raise cut_off("It ends in the middle of the picture.")


def _passes(width: int, height: int, interlaced: bool) -> list[tuple[int, int]]:
    """Columns and rows of the pictures that a PNG is made of: one, or seven where it is interlaced (Adam7)."""
    if not interlaced:
        return [(width, height)]
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    sizes = [(-(-(width - left) // across), -(-(height - top) // down)) for left, top, across, down in steps]
    return [(columns, rows) for columns, rows in sizes if columns > 0 and rows > 0]

def _copy_chunk(source: BinaryIO, target: BinaryIO, length: int, name: bytes, rows: _Rows | None) -> None:
    target.write(struct.pack(">I4s", length, name))
    sum_so_far = zlib.crc32(name)
    while length:
        block = read(source, min(length, BLOCK))
        sum_so_far = zlib.crc32(block, sum_so_far)
        target.write(block)
        if rows:
            rows.take(block)
        length -= len(block)
    checksum = read(source, 4)
    if checksum != struct.pack(">I", sum_so_far):
        raise broken("A part of it was changed or damaged: its checksum is wrong.")
    target.write(checksum)


def _write_chunk(target: BinaryIO, name: bytes, content: bytes) -> None:
    target.write(struct.pack(">I4s", len(content), name) + content + _checksum(name + content))


def _checksum(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


# --- WebP: chunks in a RIFF, each a name, a length and a content, padded to an even length -----------------------

_ICC, _ALPHA, _ANIMATED = 0x20, 0x10, 0x02  # flags of VP8X


def webp(source: BinaryIO, target: BinaryIO) -> Header:
    """Copies a WebP's picture chunks; of an animated one, nothing but the header. Source: RFC 9649. Raises Refusal."""
    source.seek(4)
    end = 8 + struct.unpack("<I", read(source, 4))[0]
    if end > size_of(source):
        raise cut_off("It ends in the middle of the picture.")
    source.seek(12)
    target.write(b"RIFF\x00\x00\x00\x00WEBP")
    header = Header()
    for _ in range(ENTRIES):
        if source.tell() + 8 > end or header.animated:
            break
        name, length = struct.unpack("<4sI", read(source, 8))
        if source.tell() + length > end:
            raise cut_off("It ends in the middle of the picture.")
        _webp_chunk(source, target, name, length, header)
        source.seek(length % 2, 1)
    if not header.width:
        raise broken("There is no picture in it.")
    _set_length(target)
    return header


def _webp_chunk(source: BinaryIO, target: BinaryIO, name: bytes, length: int, header: Header) -> None:
    start = source.tell()
    if name in (b"VP8X", b"VP8 ", b"VP8L"):
        _webp_size(name, source.read(min(length, 10)), header, size_of(source) if name == b"VP8X" else length)
        source.seek(start)
    if name == b"EXIF" and length <= LARGEST_EXIF:
        header.exif = source.read(length)
    if name == b"VP8X":
        if length > 64:
            raise broken("Its header does not make sense.")
        content = bytearray(read(source, length))
        header.animated = bool(content[0] & _ANIMATED)
        content[0] &= _ICC | _ALPHA
        target.write(struct.pack("<4sI", name, length) + content + b"\x00" * (length % 2))
    elif name in (b"ICCP", b"ALPH", b"VP8 ", b"VP8L"):
        header.lossless &= name != b"VP8 "
        target.write(struct.pack("<4sI", name, length))
        header.data = target.tell(), target.tell() + length
        copy(source, target, length)
        target.write(b"\x00" * (length % 2))
    source.seek(start + length)


def _webp_size(name: bytes, head: bytes, header: Header, there: int) -> None:
    """The width and height, which each of the three kinds of chunk writes in its own way. there: bytes of content."""
    if len(head) < (5 if name == b"VP8L" else 10):
        raise broken("Its header does not make sense.")
    if name == b"VP8X":
        width, height = 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    elif name == b"VP8L":
        packed = int.from_bytes(head[1:5], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    else:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", head[6:10]))
    check_pixels(width, height, 32, there)
    header.width, header.height = width, height


def _set_length(target: BinaryIO) -> None:
    length = target.tell()
    target.seek(4)
    target.write(struct.pack("<I", length - 8))
    target.seek(length)


def webp_of(file: BinaryIO, header: Header, end: int) -> bytes:
    """The same WebP as if its picture's data ended at `end`, for a decoder to say whether that would be enough."""
    start, _ = header.data
    file.seek(0)
    content = bytearray(read(file, end)) + bytes((end - start) % 2)
    content[4:8] = struct.pack("<I", len(content) - 8)
    content[start - 4:start] = struct.pack("<I", end - start)
    return bytes(content)
