"""Zip archives of strangers: looked through whole before anything is unpacked. Read `members` first.

An archive that tries a trick (a path out of its folder, a link, a bomb, an archive in the archive) is refused whole;
a damaged file in an honest archive is refused alone. Nothing is ever unpacked under a name from the archive, and what
a header says about sizes is believed only as an upper limit: real bytes are counted while they come out.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lib.errors import UserError, disk_full, is_disk_full
from lib.media import sniff
from lib.media.files import TEMPORARY
from lib.media.folder import is_litter, natural
from lib.media.source import Refusal, broken, cut_off, naming, opened, size_of
from lib.media.zip_names import raw_name, read_names

ENTRIES = 20_000
LARGEST = 4_000_000_000   # bytes, unpacked, all together
RATIO = 100               # unpacked bytes for each packed one; photographs reach 1.1, texts 10
SMALL = 100_000           # bytes unpacked: below this the ratio does not matter
LARGEST_TABLE = 32 << 20  # bytes of the table of contents
BLOCK = 1 << 20

_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ARCHIVE_NAMES = set(".zip .tar .gz .tgz .bz2 .tbz .xz .txz .7z .rar .zst .cab .lz .lzma .z .jar .iso".split())
_OFFICE_NAMES = set(".docx .xlsx .pptx .odt .ods .odp .odg .epub .pages .numbers .key".split())
_HONEST = "Make a new zip of the pictures, sounds and texts, and add that."


@dataclass(frozen=True)
class _Member:
    name: str
    info: zipfile.ZipInfo
    start: int   # where its packed bytes begin
    head: bytes  # its first unpacked bytes


def is_archive(path: Path) -> bool:
    """True if a file is a zip archive, by its content. Links, devices and what cannot be read are not."""
    try:
        with opened(path) as file:
            return sniff.look(file).form == "zip"
    except Refusal:
        return False


def names(path: Path, name: str | None = None, unopened: frozenset[str] = frozenset()) -> list[str]:
    """The names of the files that `members` will give, in their order. Raises UserError where it refuses the whole."""
    return [member.name for member in _members(Path(path), Path(path).name if name is None else name, unopened)]


def listed(file: BinaryIO) -> list[str]:
    """The names in an open zip as it tells them, for a look beforehand: nothing is checked. [] where it is none."""
    try:
        file.seek(0)
        infos = zipfile.ZipFile(_Guarded(file)).infolist()
        listing = [name for info, name in zip(infos, read_names(infos).names, strict=True) if not info.is_dir()]
    except (Refusal, zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError):
        listing = []
    file.seek(0)
    return [name for name in listing if not is_litter(name)]


def members(
    path: Path, folder: Path, name: str | None = None, wanted: Callable[[str], bool] | None = None, unopened: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, Path | UserError]]:
    """Looks through a whole zip, then unpacks its files one at a time, in natural order of their names.

    folder: where they are unpacked, under names made here.   name: the archive's name to show, where it is not its own.
    wanted: only those whose name it says True to.   unopened: suffixes of files that are archives by their form, and are opened by nobody here.
    Yields (name in the archive, temporary file that is deleted when the next is asked for), or (name, UserError) for a
    file that is damaged. Folders, hidden files and a system's litter are passed over.
    Raises UserError where the archive is refused whole: at once, or (where it lied about a size) at the file that lies.
    """
    path, folder = Path(path), Path(folder)
    name = path.name if name is None else name
    entries = [member for member in _members(path, name, unopened) if wanted is None or wanted(member.name)]
    return _unpacked(path, folder, name, entries)


def _members(path: Path, name: str, unopened: frozenset[str]) -> list[_Member]:
    with naming(name):
        _check_own_name(name)
        with opened(path) as file:
            return _look_through(file, unopened)


def remark(path: Path) -> str:
    """How the names in a zip were read, where that is not certain; "" where it is, or where `members` refuses the zip."""
    with contextlib.suppress(Refusal), opened(path) as file:
        return read_names(_table_of(file)).remark
    return ""


def _check_own_name(name: str) -> None:
    if PurePosixPath(name).suffix.lower() in sniff.PICTURE_NAMES | sniff.SOUND_NAMES | sniff.TEXT_NAMES:
        raise Refusal("is a zip archive under another kind's name", "It is not what its name says.",
                      "If you trust it, rename it to end in .zip and add it again.")


# --- looking through --------------------------------------------------------------------------------------------

class _Guarded:
    """The archive, for the standard library to read its table of contents: not if it is a huge one."""

    def __init__(self, file: BinaryIO):
        self.file, self.seek, self.tell, self.close = file, file.seek, file.tell, file.close

    def seekable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        if count > LARGEST_TABLE:
            raise _too_many()
        data = self.file.read(count)
        if data.count(b"PK\x01\x02") > ENTRIES:
            raise _too_many()
        return data


def _too_many() -> Refusal:
    return Refusal(f"holds more than {ENTRIES:,} files", "That is more than one archive can bring.",
                   "Make several smaller zips and add them one after another.")


def _look_through(file: BinaryIO, unopened: frozenset[str] = frozenset()) -> list[_Member]:
    """All files of an archive that are worth unpacking. Raises Refusal for an archive that is not to be trusted."""
    infos = _table_of(file)
    _refuse_documents([info.orig_filename for info in infos])
    names = read_names(infos).names
    for info, name in zip(infos, names, strict=True):
        _check_name(raw_name(info), name)
        _check_type(info)
        _check_packing(info)
    _check_together(infos, size_of(file))
    entries = [_peek(file, info, name) for info, name in zip(infos, names, strict=True) if not info.is_dir()]
    _check_places(entries, size_of(file))
    entries = [member for member in entries if not is_litter(member.name)]
    for member in entries:
        _check_nesting(member, unopened)
    if not entries:
        raise Refusal("holds no files", "There is nothing in it to add.", "Choose another archive.")
    return sorted(entries, key=lambda member: natural(member.name))


def _table_of(file: BinaryIO) -> list[zipfile.ZipInfo]:
    try:
        infos = zipfile.ZipFile(_Guarded(file)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError) as error:
        raise cut_off("Its table of contents, which stands at the end, is missing or damaged.") from error
    if len(infos) > ENTRIES:
        raise _too_many()
    return infos


def _refuse_documents(names: list[str]) -> None:
    """Office documents, books and programs are zips too, but not of pictures."""
    kind = ("an Office document" if "[Content_Types].xml" in names else
            "a document or book" if "mimetype" in names else
            "a Java or Android program" if "META-INF/MANIFEST.MF" in names else
            "a trained model, which can run programs" if any(name.endswith("data.pkl") for name in names) else "")
    if kind:
        raise Refusal(f"is {kind}", "It is no archive of pictures, sounds or texts.",
                      "Save what is in it as pictures or as text, and add those.")


def _trick(says: str) -> Refusal:
    return Refusal(says, "Honest archives do not do that, so nothing of it is taken.", _HONEST)


def _check_name(raw: bytes, name: str) -> None:
    """raw: the name's bytes. A byte 5C is a backslash, or in Chinese, Japanese and Korean code pages the half of a letter."""
    for reading in (raw.decode("latin-1"), name):  # in whatever code page
        if ".." in re.split(r"[/\\]", reading):
            raise _trick("tries to write outside its folder (..)")
        if reading.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", reading):
            raise _trick("tries to write to a place of its own choice (an absolute path)")
    if "\\" in name:
        raise _trick("holds names with backslashes")
    if b"\x00" in raw or not name:
        raise _trick("holds a file with a broken name")


def _check_type(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise _trick("holds a link to another place")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _trick("holds a device or a pipe")


def _check_packing(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x2041:
        raise Refusal("is locked with a password", "What is in it cannot be looked at.",
                      "Make a zip without a password and add that.")
    if info.compress_type not in (_STORED, _DEFLATED):
        raise Refusal("is packed in a rare way", "Only ordinary zips can be unpacked here.", _HONEST)
    if info.compress_type == _STORED and info.compress_size != info.file_size:
        raise _trick("holds more than it says")
    if info.file_size > SMALL and info.file_size > RATIO * info.compress_size:
        raise _bomb(info.file_size, info.compress_size)
    if PurePosixPath(info.filename).suffix.lower() in _ARCHIVE_NAMES and not is_litter(info.filename):
        raise _nested()


def _check_together(infos: list[zipfile.ZipInfo], size: int) -> None:
    names = [str(PurePosixPath(info.orig_filename)) for info in infos if not info.is_dir()]
    if len(set(names)) < len(names):
        raise _trick("holds the same name twice")
    total = sum(info.file_size for info in infos)
    if total > LARGEST:
        raise Refusal(f"is too large: {total / 1e9:,.1f} GB when unpacked",
                      f"Archives may hold up to {LARGEST // 10**9} GB.",
                      "Make several smaller zips and add them one after another.")
    if total > SMALL and total > RATIO * size:
        raise _bomb(total, size)


def _bomb(unpacked: int, packed: int) -> Refusal:
    return _trick(f"would grow {unpacked // max(packed, 1):,} times as large when unpacked")


def _nested() -> Refusal:
    return Refusal("holds another archive", "Archives in archives are not opened.",
                   "Unpack it, and make one zip of the pictures, sounds and texts.")


def _peek(file: BinaryIO, info: zipfile.ZipInfo, name: str) -> _Member:
    """Finds a file's packed bytes and unpacks the first of them. Raises Refusal where the two headers disagree."""
    file.seek(info.header_offset)
    head = file.read(30)
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise cut_off("A file that its table of contents names is not there.")
    name_length, extra_length = struct.unpack("<HH", head[26:30])
    if file.read(name_length) != raw_name(info):
        raise _trick("tells two different names for the same file")
    start = info.header_offset + 30 + name_length + extra_length
    file.seek(start)
    packed = file.read(min(info.compress_size, 1024))
    if info.compress_type == _DEFLATED:
        with contextlib.suppress(zlib.error):  # a damaged file is told of when its turn comes
            packed = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, 1024)
    return _Member(name, info, start, packed)


def _check_places(entries: list[_Member], size: int) -> None:
    """Files that share packed bytes are the sharpest bomb there is."""
    end = 0
    for member in sorted(entries, key=lambda member: member.start):
        if member.info.header_offset < end:
            raise _trick("holds files that lie over each other")
        end = member.start + member.info.compress_size
    if end > size:
        raise cut_off("A file that its table of contents names is not there.")


def _check_nesting(member: _Member, unopened: frozenset[str]) -> None:
    """unopened: suffixes that may be; those of office documents too, which are refused alone, when their turn comes."""
    suffix = PurePosixPath(member.name).suffix.lower()
    if sniff.look_at(member.head).kind == "archive" and suffix not in _OFFICE_NAMES and suffix not in unopened:
        raise _nested()


# --- unpacking --------------------------------------------------------------------------------------------------

def _unpacked(path: Path, folder: Path, name: str, entries: list[_Member]) -> Iterator[tuple[str, Path | UserError]]:
    for member in entries:
        target = folder / f"{TEMPORARY}{secrets.token_hex(8)}"
        try:
            yield member.name, _unpack(path, target, name, member)
        finally:
            target.unlink(missing_ok=True)


def _unpack(path: Path, target: Path, name: str, member: _Member) -> Path | UserError:
    """The unpacked file, or why it stays out. Raises UserError where the whole archive has to stay out."""
    try:
        with opened(path) as file, open(target, "wb") as copy:
            file.seek(member.start)
            if not _inflate(file, copy, member.info):
                raise broken("It was damaged in the archive: its checksum is wrong.")
        return target
    except Refusal as refusal:
        return refusal.named(f"{name}: {member.name}")
    except _SizeMismatch as mismatch:
        raise _trick("holds more than it says").named(name) from mismatch
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(target.parent) from error
        raise


class _SizeMismatch(Exception):
    """More came out of a file than the archive had said."""


def _inflate(file: BinaryIO, copy: BinaryIO, info: zipfile.ZipInfo) -> bool:
    """Unpacks a file's bytes; says whether they are those that were packed."""
    left, checksum, written = info.compress_size, 0, 0
    for piece in _pieces(file, left, info.compress_type):
        written += len(piece)
        if written > info.file_size:
            raise _SizeMismatch
        checksum = zlib.crc32(piece, checksum)
        copy.write(piece)
    return checksum == info.CRC and written == info.file_size


def _pieces(file: BinaryIO, left: int, packing: int) -> Iterator[bytes]:
    """Unpacked bytes, at most a megabyte at a time."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while left and (block := file.read(min(left, 1 << 16))):
        left -= len(block)
        if packing == _STORED:
            yield block
            continue
        while block:
            try:
                yield inflater.decompress(block, BLOCK)
            except zlib.error as error:
                raise broken("It was damaged in the archive and cannot be unpacked.") from error
            block = inflater.unconsumed_tail
    yield inflater.flush()
