"""A stranger's file: opening it without being tricked, and saying in plain words why it cannot come in.

`opened` opens only ordinary files. `Refusal` is the reason, found deep inside where nobody knows the file's name;
`naming` gives it the name and makes it the UserError that a person meets.
"""

from __future__ import annotations

import contextlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lib.errors import UserError, disk_full, is_disk_full

AGAIN = "Copy it again from where it came from, or open it in the program it was made with and save it anew."
LONGEST_NAME = 120  # letters of a name that a sentence can carry


class Refusal(Exception):
    """Why a file stays out. says: the end of a sentence that begins with the file's name; why; fix: what to do now."""

    def __init__(self, says: str, why: str, fix: str):
        super().__init__(says, why, fix)
        self.says, self.why, self.fix = says, why, fix

    def named(self, name: str) -> UserError:
        return UserError(f"{shown(name)} {self.says}.", self.why, self.fix)


def broken(why: str = "Its content does not make sense.") -> Refusal:
    return Refusal("is broken", why, AGAIN)


def cut_off(why: str = "It ends before its content is complete.") -> Refusal:
    return Refusal("is cut off", why, AGAIN)


def link() -> Refusal:
    return Refusal("is a link to another place", "Links are not followed, so that nothing comes in unseen.",
                   "Add the file itself.")


def empty() -> Refusal:
    return Refusal("is empty", "There is nothing in it.", AGAIN)


@contextlib.contextmanager
def naming(name: str, folder: Path | None = None) -> Iterator[None]:
    """Turns whatever goes wrong inside into a UserError that names the file.

    Decoders meet hostile files with every exception there is, so every exception counts as a broken file here,
    except a full disk (of `folder`), which is nobody's fault.
    """
    try:
        yield
    except UserError:
        raise
    except Refusal as refusal:
        raise refusal.named(name) from refusal
    except MemoryError as error:
        raise too_big_for_memory().named(name) from error
    except Exception as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        raise _reason(error).named(name) from error


def _reason(error: Exception) -> Refusal:
    if isinstance(error, OSError) and error.errno is not None:  # from the system, not from a decoder
        return Refusal("cannot be copied", f"The system says: {error.strerror}.",
                       "Check that the file can be read and the project's folder can be written, then try again.")
    return cut_off() if "truncated" in str(error).lower() else broken()


def too_big_for_memory() -> Refusal:
    return Refusal("needs more memory than this computer has free", "Unpacked, it is very large.",
                   "Make a smaller copy of it, or close other programs and try again.")


def opened(path: Path) -> BinaryIO:
    """Opens an ordinary file for reading. Never follows a link, never waits for a pipe or a device.

    Raises Refusal for everything that is not an ordinary file or cannot be read.
    """
    try:
        before = os.lstat(path)
    except (OSError, ValueError) as error:
        raise Refusal("is not there", "No file of that name was found.", "Check the name and the folder.") from error
    _check_ordinary(before.st_mode)
    flags = [getattr(os, flag, 0) for flag in ("O_RDONLY", "O_BINARY", "O_NOFOLLOW", "O_NONBLOCK")]
    try:
        file = os.fdopen(os.open(path, sum(flags)), "rb")
    except OSError as error:
        raise Refusal("cannot be read", "The system does not open it.",
                      "Check that the file is yours to read, or copy it to another folder.") from error
    try:
        _check_ordinary(os.fstat(file.fileno()).st_mode)  # it may have been exchanged a moment ago
    except Refusal:
        file.close()
        raise
    return file


def _check_ordinary(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise link()
    if not stat.S_ISREG(mode):
        raise Refusal("is not a file", "It is a folder, a device, a pipe or a socket.", "Choose an ordinary file.")


def size_of(file: BinaryIO) -> int:
    """The length of an open file in bytes."""
    return os.fstat(file.fileno()).st_size


def shown(name: str) -> str:
    """A name as a sentence can carry it: no invisible or direction-turning letters, not endlessly long."""
    seen = "".join(_visible(letter) for letter in str(name)) or "(no name)"
    if len(seen) <= LONGEST_NAME:
        return seen
    return f"{seen[:LONGEST_NAME - 31]}…{seen[-30:]}"


def _visible(letter: str) -> str:
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter
