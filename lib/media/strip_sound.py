"""Copies a WAV, FLAC, MP3 or Ogg without its tags; the sound's own data stays bit for bit.

Gone are names, places, dates, cover pictures and whatever else stands beside the sound. Nothing is decoded. Where a
file promises more than is there, it is cut off. Where a header tells a wrong length, as programs write it that do not know
the length yet, the copy tells the right one. Read `wav` first; the others follow the same plan.
"""

from __future__ import annotations

import itertools
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lib.media.source import Refusal, broken, cut_off, size_of
from lib.media.structure import ENTRIES, OggPage, check_channels, copy, ogg_pages, promised, read, skip


@dataclass(frozen=True)
class Held:
    """How many frames of sound the copied data holds, counted without decoding it; 0 where that cannot be told.

    slack: so many fewer may come out of a decoder (an MP3 begins and ends with some that are no sound).
    packed: the samples lie in blocks that only few programs know, such as ADPCM; the last block is filled up.
    told: the frames without that filling, by a chunk of its own; 0 where nothing trustworthy says so.
    """

    frames: int = 0
    slack: int = 0
    packed: bool = False
    told: int = 0


# --- WAV --------------------------------------------------------------------------------------------------------

_KEPT_IN_WAV = {b"fmt ", b"fact"}
_PLAIN = {1, 3, 6, 7}   # whole numbers, floating point numbers, A-law, mu-law: each sample by itself
_EXTENSIBLE = 0xFFFE    # the code stands further back
_PACKED = {0x02, 0x11, 0x31, 0x38, 0x40, 0x55, 0x64}    # MS and IMA ADPCM, GSM 6.10, NMS, G.721, MP3, G.726
_FILLING = 1152         # frames: the longest block of those that do not tell the length of theirs


@dataclass(frozen=True)
class _Form:
    """The chunk `fmt `: code, channels, rate (Hz), align (bytes of a block), frame (bytes, where each sample lies by itself),
    block (frames of a block, where it says so). content: as it is written into the copy."""

    code: int
    channels: int
    rate: int
    align: int
    frame: int
    block: int
    content: bytes


def wav(source: BinaryIO, target: BinaryIO) -> Held:
    """Copies format and samples of a WAV. Raises Refusal."""
    size = size_of(source)
    source.seek(12)
    target.write(b"RIFF\x00\x00\x00\x00WAVE")
    form, claimed = None, 0
    for _ in range(ENTRIES):
        name, length = struct.unpack("<4sI", read(source, 8))
        if name == b"data":
            break
        if name in _KEPT_IN_WAV and length < 1 << 16:
            content = read(source, length)
            if name == b"fmt ":
                form = _form(content)
                content = form.content
            else:
                claimed = int.from_bytes(content[:4], "little")
            target.write(struct.pack("<4sI", name, length) + content + bytes(length % 2))
        else:
            skip(source, length, size)
        if length % 2:
            _pass_filling(source)
    else:
        raise broken()
    if form is None:
        raise broken("Its samples come before it says what they are.")
    length = _samples(source, length, size, form)
    target.write(struct.pack("<4sI", b"data", length))
    copy(source, target, length)
    target.write(b"\x00" * (length % 2))
    end = target.tell()
    target.seek(4)
    target.write(struct.pack("<I", end - 8))
    return _held(form, length, claimed)


def _form(content: bytes) -> _Form:
    if len(content) < 16:
        raise broken()
    code, channels, rate, pace, align, bits = struct.unpack("<HHIIHH", content[:16])
    if code == _EXTENSIBLE and len(content) >= 26:
        code = int.from_bytes(content[24:26], "little")
    if code not in _PLAIN | _PACKED:
        raise Refusal("is packed in a way that is not known here", f"It is a WAV, but its samples are in the code {code:#06x}.",
                      "Open it in the program it was made with, save it as a plain WAV (16 or 24 bit) or as FLAC, and add that.")
    if not channels or not rate or (code in _PLAIN and not bits):
        raise broken("It says that it has no channels, no samples a second, or samples of no bits.")
    check_channels(channels)
    if code == 1 and 16 < bits < 32 and align == 4 * channels and pace == rate * align:
        bits = 32   # 24 bits that lie in 32, with 0 below them: decoders would otherwise guess by what they see
        content = content[:14] + struct.pack("<H", bits) + content[16:]
    block = int.from_bytes(content[18:20], "little") if code in (0x02, 0x11, 0x31) else 0
    return _Form(code, channels, rate, align, channels * -(-bits // 8), block, content)


def _pass_filling(source: BinaryIO) -> None:
    """A chunk of odd length is followed by a 0 that does not count; some programs forget it."""
    if source.read(1) not in (b"\x00", b""):
        source.seek(-1, 1)


def _samples(source: BinaryIO, length: int, size: int, form: _Form) -> int:
    """The bytes of sound from here on. Raises Refusal where fewer are there than promised, or far more.

    Programs that write while they record do not know the length yet, and put 0 or a number near the greatest there.
    """
    here = source.tell()
    there = size - here
    unknown = length == 0 and there and not _only_chunks(source, size)
    if unknown or (_is_open(length) and _is_open_or_right(source, size)):
        length = there - there % form.frame if form.code in _PLAIN else there
    promised(length, there)
    source.seek(here + length)
    if length % 2:
        _pass_filling(source)
    rest = size - source.tell()
    if length and rest > _a_tenth(form, length) and not _only_chunks(source, size):
        raise Refusal("says wrongly how long it is", f"Its header promises {length:,} bytes of sound; behind them stand {rest:,} more.",
                      "Open it in the program it was made with and save it anew, so that none of it is left away.")
    source.seek(here)
    return length


def _is_open(length: int) -> bool:
    """True for what stands there while nobody knows the length: a number near the end of 32, or of 31 bits."""
    return length >= 0xFFFF_0000 or 0x7FFF_0000 <= length <= 0x8000_1000


def _is_open_or_right(source: BinaryIO, size: int) -> bool:
    """True where the length of the whole file is not known either, or is what it is: so nothing was cut off. Leaves the file where it is."""
    here = source.tell()
    source.seek(4)
    whole = int.from_bytes(source.read(4), "little")
    source.seek(here)
    return not whole or _is_open(whole) or abs(whole + 8 - size) <= 1


def _a_tenth(form: _Form, length: int) -> int:
    """The bytes of a tenth of a second, about; what is shorter may be rubbish that a program left at the end."""
    return form.rate // 10 * form.frame if form.code in _PLAIN else max(form.align, length // 100)


def _only_chunks(source: BinaryIO, size: int) -> bool:
    """True where from here to the end stand chunks that are no sound. Leaves the file where it is."""
    here, at = source.tell(), source.tell()
    for _ in range(ENTRIES):
        source.seek(at)
        head = source.read(8)
        if len(head) < 8:
            break
        name, length = struct.unpack("<4sI", head)
        if name == b"data" or not name.isascii() or not name.decode("ascii", "replace").isprintable() or at + 8 + length > size:
            break
        at += 8 + length + length % 2
    source.seek(here)
    return at >= size - 1


def _held(form: _Form, length: int, claimed: int) -> Held:
    if form.code in _PLAIN:
        return Held(length // form.frame)
    filling = 2 * max(form.block, _FILLING)
    blocks = length // form.align if form.align else 0
    return Held(blocks * form.block, filling, True, 0 if _is_open(claimed) else claimed)


def trusted(claimed: int, there: int, channels: int, filling: int) -> int:
    """How many of the frames `there` of a packed WAV are sound, by what a chunk told. Raises Refusal where it told of more.

    filling: frames up to which the last block may be filled up; a number smaller than that is a mistake, and all of it counts.
    Some programs count the samples of all channels, or divide by the channels once too often (libsndfile with IMA ADPCM).
    """
    if claimed in (there * channels, there // channels) or not claimed:
        return there
    if claimed > there + filling:
        raise cut_off(f"It says that it has {claimed:,} frames of sound; only {there:,} are there.")
    return claimed if there - filling <= claimed < there else there


# --- FLAC -------------------------------------------------------------------------------------------------------

def flac(source: BinaryIO, target: BinaryIO) -> Held:
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
    return Held(int.from_bytes(kept[0][1][10:18], "big") & (1 << 36) - 1)


def flac_knows_itself(source: BinaryIO) -> bool:
    """False for a FLAC that tells neither its length nor a checksum of its samples, as programs write it while they record."""
    source.seek(8)
    information = read(source, 34)
    return bool(int.from_bytes(information[10:18], "big") & (1 << 36) - 1) and any(information[18:])


def flac_checksum(path: str | os.PathLike) -> bytes:
    """The MD5 of all samples that a FLAC tells of itself."""
    with open(path, "rb") as file:
        return file.read(42)[26:]


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
_WINDOW = 1 << 16  # bytes that are searched at once for the next frame, where something else stands between frames
_LONGEST = 2 * 1442     # bytes of two frames
_LITTLE = 1000          # bytes between frames that are no reason to refuse a sound
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBE")


def mp3(source: BinaryIO, target: BinaryIO) -> Held:
    """Copies the frames of an MP3 and nothing that stands before, between or behind them. Raises Refusal.

    The copy begins with a frame that tells the true number of the others: decoders guess where there is none, and stop too
    early where it is wrong (in two MP3s that were joined, it tells of the first alone).
    """
    source.seek(0)
    first = frame = _next_frame(source)
    if not first:
        raise broken("There is no sound in it.")
    claimed = _claimed_frames(first)
    telling = first if claimed else _telling_frame(first)
    start = target.tell()
    target.write(telling)
    frames, rubbish = 0, 0
    while frame:
        if _kind(frame) != _kind(first):
            raise Refusal("holds several sounds, one behind the other", "They differ in their rate or their channels, and are joined into one file.",
                          "Take them apart, or save them as one sound, and add that.")
        if _telling_place(frame) < 0:   # of another MP3 that was joined to this one, it would be heard as a gap
            target.write(frame)
            frames += 1
        before, frame = source.tell(), _next_frame(source)
        rubbish += _rubbish(source, before, source.tell() - len(frame)) if frame else 0
    behind = _rubbish(source, before, size_of(source))
    if not frames:
        raise broken("There is no sound in it.")
    if frames + 1 < claimed:
        raise cut_off(f"It says that it has {claimed:,} frames of sound; only {frames + 1:,} are there.")
    if rubbish > _LITTLE or behind > max(_LITTLE, target.tell() // 10):
        raise broken(f"In it are {rubbish + behind:,} bytes that are no sound.")
    target.seek(start + _telling_place(telling) + 8)
    target.write(frames.to_bytes(4, "big"))
    target.seek(0, 2)
    return Held(frames * _samples_of_frame(first), _NO_SOUND)


def _kind(frame: bytes) -> tuple[int, int, bool]:
    """Version, rate, and whether it is mono: the same in all frames of a sound."""
    return frame[1] & 0x18, frame[2] & 0x0C, frame[3] >> 6 == 3


def _rubbish(source: BinaryIO, start: int, end: int) -> int:
    """The bytes between two frames, 0 where they are a tag. Leaves the file where it is."""
    if start == end:
        return 0
    here = source.tell()
    source.seek(start)
    name = source.read(8)
    source.seek(here)
    return 0 if name.startswith(_TAGS) else end - start


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
        offset = next((at for at in _syncs(window) if _two_frames(window, at)), None)
        if offset is not None:
            source.seek(start + offset)
        elif len(window) < _WINDOW:
            break
        else:
            source.seek(start + _WINDOW - _LONGEST)    # two frames may begin in this window and end behind it
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


_NO_SOUND = 10_000     # frames at most that a decoder leaves away at both ends: each is told in 12 bits, and one block more


def _samples_of_frame(frame: bytes) -> int:
    return 1152 if frame[1] >> 3 & 3 == 3 else 576


def _telling_place(frame: bytes) -> int:
    """Where in a first frame the word stands that says that it is no sound but tells of the others; -1 in a frame of sound."""
    return max(frame.find(b"Xing", 0, 64), frame.find(b"Info", 0, 64))


def _claimed_frames(frame: bytes) -> int:
    """The number of frames that the first frame of many MP3s tells (Xing or Info), mostly without its own; else 0."""
    at = _telling_place(frame)
    if at < 0 or len(frame) < at + 12 or not frame[at + 7] & 1:
        return 0
    return int.from_bytes(frame[at + 8:at + 12], "big")


def _telling_frame(like: bytes) -> bytes:
    """A frame of the same kind as `like` without sound, which tells a number of frames, 0 for now (Xing's header).

    That stands behind the frame's header and the bytes in which it would tell of its own sound.
    """
    mono, newest = like[3] >> 6 == 3, like[1] >> 3 & 3 == 3
    at = 4 + ((17 if mono else 32) if newest else (9 if mono else 17))
    heads = (bytes([like[0], like[1] | 1, bits << 4 | like[2] & 0x0C, like[3]]) for bits in range(1, 15))
    head = next(head for head in heads if _frame_length(head) >= at + 12)
    return (head + bytes(at - 4) + b"Xing" + (1).to_bytes(4, "big")).ljust(_frame_length(head), b"\x00")


# --- Ogg: pages; the second packet holds the tags ----------------------------------------------------------------

_FIRST, _LAST = 2, 4    # flags of a page
_NO_TAGS = {b"\x01vorbis": (b"\x03vorbis" + bytes(8) + b"\x01", 3), b"OpusHead": (b"OpusTags" + bytes(8), 2)}


def ogg(source: BinaryIO, target: BinaryIO) -> Held:
    """Copies a Vorbis or Opus stream with an empty tag packet. Source: RFC 3533, 7845. Raises Refusal."""
    pages = ogg_pages(source)
    first = next(pages)
    kind = next((start for start in _NO_TAGS if first.body.startswith(start)), None)
    if kind is None or not first.flags & _FIRST:
        raise broken()
    same = _same_stream(pages, first.serial)
    tags, count = _NO_TAGS[kind]
    packets = _packets(same, count - 1)
    numbers = itertools.count()
    for page in itertools.chain([first], _paged([tags, *packets[1:]], first.serial), same):
        page.number = next(numbers)
        target.write(page.pack())
    if not page.flags & _LAST:
        raise cut_off("Its last page is missing.")
    return Held()


def _same_stream(pages: Iterator[OggPage], serial: int) -> Iterator[OggPage]:
    """The pages of one stream. Raises Refusal where another sound follows behind it, which decoders play as if it were one."""
    over = False
    for page in pages:
        if page.flags & _FIRST and (over or page.serial == serial):
            raise Refusal("holds several sounds, one behind the other", "They are joined into one file (Ogg calls it a chain).",
                          "Take them apart, or save them as one sound, and add that.")
        if page.serial == serial:
            over = bool(page.flags & _LAST)
            yield page


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
