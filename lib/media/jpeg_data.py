"""Whether all of a JPEG's picture is in it. Read `check_whole`.

A JPEG that was cut and closed again, or filled up with zeros, is decoded without a word: what is missing becomes grey. So the
data is given to the decoder piece by piece, and never the mark at its end. A decoder that has all it needs goes on without
more; one that waits has a picture that is cut off, and one that is through long before the end was given something else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from PIL import Image

from lib.media.source import Refusal, broken, cut_off
from lib.media.structure import SLACK, last_but, without_zeros

BLOCK = 1 << 18     # bytes that are given at a time
LITTER = 256        # bytes of something else that may stand behind a picture's data
_TAIL = b"\xff\x00"  # eight ones, which no code is made of: they stand for next to nothing (ISO/IEC 10918-1, F.1.2)


@dataclass
class Scan:
    """One scan. components: their ids. band: its first and last coefficient. low: the lowest bit that it brings.

    every: units from one restart mark to the next, 0 for none. start, end: where its data lies. marks: its restart marks.
    """

    components: tuple[int, ...]
    band: tuple[int, int]
    low: int
    every: int
    start: int = 0
    end: int = 0
    marks: bytes = b""


@dataclass
class Frame:
    """What a JPEG says of its picture. kind: the frame's marker. sampling: (across, down) of each component by its id."""

    kind: int = 0
    width: int = 0
    height: int = 0
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    scans: list[Scan] = field(default_factory=list)

    @property
    def is_checked(self) -> bool:
        """False for the rare kinds (arithmetic, lossless), whose data does not tell where it ends."""
        return self.kind in (0xC0, 0xC1, 0xC2)

    @property
    def in_scans(self) -> bool:
        """True where the decoder draws nothing before it has seen every scan."""
        return self.kind == 0xC2 or len(self.scans[0].components) < len(self.sampling)


def check_whole(file: BinaryIO, frame: Frame, image: Image.Image) -> None:
    """Reads a JPEG's data to its end. image: the same file, just opened; an eighth of it is built. Raises Refusal."""
    _check_scans(frame)
    for scan in frame.scans:
        _check_restarts(frame, scan)
    image.draft(image.mode, (max(image.width // 8, 1), max(image.height // 8, 1)))
    ends = [last_but(b"\xff", file, scan.start, scan.end) for scan in frame.scans]  # which may stand before every marker
    bare = [without_zeros(file, scan.start, end) for scan, end in zip(frame.scans, ends, strict=True)]
    try:
        _decode(file, frame, image, bare, [LITTER] * len(ends))  # zeros may be padding, as some cameras write it
    except Refusal:
        if bare == ends:
            raise
        slack = [LITTER if end == trimmed else SLACK for end, trimmed in zip(ends, bare, strict=True)]
        _decode(file, frame, image, ends, slack)


def _decode(file: BinaryIO, frame: Frame, image: Image.Image, ends: list[int], slack: list[int]) -> None:
    """Raises Refusal where a scan needs more than there is up to its end, or `slack` bytes less."""
    decoder = _Decoder(image, file, frame.in_scans)
    for scan, end, most in zip(frame.scans, ends, slack, strict=True):
        decoder.give_until(scan.start)
        if end - scan.start > 2 * most and decoder.is_through_at(end - most):
            raise broken("Something else stands in the place of a part of the picture.")
        decoder.give_until(end)
        decoder.give(_TAIL * 16)
        if not decoder.is_through([_TAIL] * 8):
            raise cut_off("It ends in the middle of the picture; the rest would be grey.")
        if decoder.done:
            break


def _check_scans(frame: Frame) -> None:
    """Every component, and of a progressive JPEG every coefficient down to its lowest bit, must be in some scan."""
    lowest: dict[tuple[int, int], int] = {}
    for scan in frame.scans:
        first, last = scan.band if frame.kind == 0xC2 else (0, 63)
        lowest |= {(component, place): scan.low for component in scan.components for place in range(first, last + 1)}
    if any(lowest.get((component, place), 1) for component in frame.sampling for place in range(64)):
        raise cut_off("It ends before the finer parts of the picture, or its colours.")


def _check_restarts(frame: Frame, scan: Scan) -> None:
    """Restart marks count from 0 to 7, over and over: where one is missing, so is a piece of the picture."""
    needed = -(-_units(frame, scan) // scan.every) - 1 if scan.every else 0
    if len(scan.marks) < needed:
        raise cut_off("It ends in the middle of the picture.")
    if any(mark != 0xD0 + at % 8 for at, mark in enumerate(scan.marks)) or (scan.marks and not scan.every):
        raise broken("Pieces of the picture are missing, or stand in another order.")


def _units(frame: Frame, scan: Scan) -> int:
    """How many units (MCU) a scan is made of. Source: ISO/IEC 10918-1, A.2."""
    most = [max(sides) for sides in zip(*frame.sampling.values(), strict=True)]
    sides = (frame.width, frame.height)
    if len(scan.components) > 1:
        across, down = (-(-side // (8 * by)) for side, by in zip(sides, most, strict=True))
    else:
        own = frame.sampling[scan.components[0]]
        across, down = (math.ceil(math.ceil(side * by / top) / 8) for side, by, top in zip(sides, own, most, strict=True))
    return across * down


class _Decoder:
    """Pillow's decoder (libjpeg), to which a file is given in pieces."""

    def __init__(self, image: Image.Image, file: BinaryIO, in_scans: bool):
        name, box, _, arguments = image.tile[0]
        image.load_prepare()
        # Image.load() gives all there is and keeps to itself how much of it was taken: that is what has to be known here.
        self._decoder = Image._getdecoder(image.mode, name, arguments, image.decoderconfig)
        self._decoder.setimage(image.im, box)
        self._file, self._in_scans = file, in_scans
        self._at, self._waiting, self.done = 0, b"", False

    def give(self, data: bytes) -> bool:
        """Returns True where nothing of what was given is left waiting for more."""
        if not self.done:
            self._waiting += data
            taken, error = self._decoder.decode(self._waiting)
            self.done = taken < 0
            if error < 0:
                raise broken("It cannot be decoded.")
            self._waiting = b"" if self.done else self._waiting[taken:]
        return not self._waiting

    def give_until(self, end: int) -> None:
        while self._at < end and not self.done:
            self.give(self._next(min(end - self._at, BLOCK)))

    def is_through_at(self, place: int) -> bool:
        """True if a scan is complete with what comes before `place` in the file."""
        self.give_until(place)
        return self.is_through(self._next(1) for _ in range(8))

    def is_through(self, pieces: Iterable[bytes]) -> bool:
        """True if a scan is complete; pieces: what follows, eight single bytes.

        Whoever is through a scan lets go of all that comes before the next mark at once. Whoever is not takes up several
        bytes together, to fill a register of up to 64 bits, so that at one of eight pieces something waits.
        """
        taken = [self.give(piece) for piece in pieces]
        return all(taken) if self._in_scans else self.done

    def _next(self, count: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(count)
        self._at += len(data)
        return data
