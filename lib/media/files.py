"""Writing files so that nothing is ever half there. Read `write_bytes` first; everything else stands on it.

A file is written under a temporary name in the same folder, flushed to the disk, then renamed over the
old one. Whoever reads sees the old content or the new, never a piece. The temporary name starts with
`.writing-` and the number of its process, so that what a killed process leaves behind is known for what it is:
`lib/media/leftovers.py` takes it away. Where the disk is full, one last thing can still be said: see `reserve_space`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from lib.errors import UserError, disk_full, is_disk_full

TEMPORARY = ".writing-"
_PATIENCE = (0.01, 0.05, 0.2, 0.5)  # seconds


@contextlib.contextmanager
def writing(path: Path, durable: bool = True) -> Iterator[Path]:
    """Yields a temporary path beside `path`; renames it to `path` when the block ends well, removes it when not.

    durable: flush to the disk before the rename, so that a pulled plug loses nothing (costs some milliseconds).
    Raises UserError when the disk is full.
    """
    path = Path(path)
    temporary = path.parent / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(6)}{path.suffix}"
    with plainly(path.parent):
        try:
            yield temporary
            if durable:
                flush(temporary)
            _rename(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    if durable:
        flush_folder(path.parent)


@contextlib.contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """A full disk (that of `folder`) inside becomes the UserError that says so; everything else stays what it is."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        raise


_RESERVED = 1 << 16  # bytes


def reserve_space(reserve: Path) -> None:
    """Lays a file of zeros down, in whose place a last word can be written when the disk is full. Raises UserError."""
    if not reserve.exists():
        write_bytes(reserve, bytes(_RESERVED), durable=False)


def write_json_over(reserve: Path, path: Path, content: object) -> None:
    """As `write_json`, into the space that was reserved: it needs no more of the disk, and `reserve` is gone afterwards.

    Raises OSError where there was none.
    """
    with open(reserve, "r+b") as file:
        file.write((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    _rename(reserve, path)


def cut_half_line(path: Path) -> None:
    """Takes away what stands behind the last line end of a text: a line that found no room. A missing file stays missing."""
    with contextlib.suppress(FileNotFoundError), open(path, "r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)


def write_bytes(path: Path, content: bytes | memoryview, durable: bool = True) -> None:
    with writing(path, durable) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str, durable: bool = True) -> None:
    write_bytes(path, content.encode("utf-8"), durable)


def write_json(path: Path, content: object, durable: bool = True) -> None:
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n", durable)


def read_json(path: Path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def read_json_lines(path: Path) -> list[dict]:
    """The lines of a .jsonl file; a broken line (the last, after a crash) is passed over. A missing file has no lines."""
    try:
        raw = Path(path).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    lines = []
    # Not splitlines(): a caption may hold other line ends, such as U+2028.
    for line in raw.split("\n"):
        with contextlib.suppress(json.JSONDecodeError):
            lines.append(json.loads(line))
    return lines


GONE = (0, 0)


def edition(path: Path) -> tuple[int, int]:
    """Another pair of numbers whenever a file was replaced (its time in ns, its place on the disk); GONE if it is not there.

    What was read from a file can be kept for as long as its edition stays: files are never written in place.
    """
    try:
        info = os.stat(path)
    except OSError:
        return GONE
    return info.st_mtime_ns, info.st_ino


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rename(temporary: Path, path: Path) -> None:
    """Windows refuses while somebody reads the old file: a reader takes milliseconds, so ask again a few times."""
    for pause in _PATIENCE:
        try:
            return os.replace(temporary, path)
        except PermissionError:
            time.sleep(pause)
    os.replace(temporary, path)


def flush(path: Path) -> None:
    """Makes the content of a file durable."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Makes a rename itself durable. Windows cannot open a folder, and does not need to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
