"""Pictures that move: stills made into a film (MP4) by the carried ffmpeg, and into a GIF by Pillow. Read `film` and `gif`."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from lib.errors import UserError
from lib.media import ffmpeg

LEAST_SIDE = 256    # px: smaller pictures are enlarged by a whole number, or a player would show a stamp


def film(frames: Sequence[Path], target: Path, fps: float, comment: str = "", sound: Path | None = None) -> None:
    """Writes an MP4 (H.264, plays everywhere) of these pictures, all of one size. comment: goes along inside the file.

    sound: a film whose sound it gets, if that has any. Raises UserError where ffmpeg makes none of them.
    """
    width, height = _enlarged(_open(frames[0]).size)
    notes = Path(target).with_suffix(".notes")
    notes.write_text(f";FFMETADATA1\ncomment={_escaped(comment)}\n", encoding="utf-8")
    command = [
        ffmpeg.program(), "-hide_banner", "-loglevel", "error", "-y",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "pipe:0",
        "-f", "ffmetadata", "-i", str(notes), *(["-i", f"file:{Path(sound).absolute()}", "-map", "2:a:0?", "-c:a", "aac", "-shortest"] if sound else []),
        "-map", "0:v", "-map_metadata", "1",
        "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-preset", "fast", "-crf", "16", "-pix_fmt", "yuv420p",
        "-movflags", "+faststart", str(target),
    ]  # fmt: skip
    try:
        failure = _feed(command, frames, (width, height))
    finally:
        notes.unlink(missing_ok=True)
    if failure is not None:
        raise UserError("The film could not be made.", failure or "Its program ended early.", "Try again with fewer seconds.")


def gif(frames: Sequence[Path], target: Path, fps: int, comment: str = "") -> None:
    """Writes a GIF of the same pictures, which goes round for ever. Neighbours that are alike become one that stays longer.

    A GIF counts in hundredths of a second, so it may run a little faster or slower than the film.
    """
    size = _enlarged(_open(frames[0]).size)
    first, *rest = (_palette(_open(path).resize(size, Image.Resampling.BICUBIC)) for path in frames)
    first.save(
        target, "GIF", save_all=True, append_images=rest, duration=max(2, round(100 / fps)) * 10, loop=0,
        comment=comment.encode("utf-8"), optimize=False,
    )  # fmt: skip


def _feed(command: list[str], frames: Sequence[Path], size: tuple[int, int]) -> str | None:
    """Hands the pixels to ffmpeg one picture at a time. Returns None, or what it said when it failed."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **ffmpeg.HIDDEN)
    assert process.stdin is not None
    try:
        for path in frames:
            process.stdin.write(_open(path).resize(size, Image.Resampling.BICUBIC).tobytes())
    except BrokenPipeError:
        pass    # what it has to say comes below
    except BaseException:
        process.kill()
        raise
    _, stderr = process.communicate()
    words = stderr.decode(errors="replace").strip()
    if process.returncode:
        ffmpeg.check_room(process.returncode, words)
    return words[-300:] if process.returncode else None


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _palette(picture: Image.Image) -> Image.Image:
    return picture.quantize(256, method=Image.Quantize.MEDIANCUT)


def _enlarged(size: tuple[int, int]) -> tuple[int, int]:
    times = max(1, -(-LEAST_SIDE // min(size)))
    return size[0] * times, size[1] * times


def _escaped(words: str) -> str:
    """For ffmpeg's file of notes, where a few characters mean something."""
    return "".join(f"\\{letter}" if letter in "=;#\\\n" else letter for letter in words)
