"""A cabinet of hostile files: bombs, tricks, lies and disguises. `fill(folder)` makes them all.

Run as a program, this file tries each on the intake, and prints how long it took, how much memory it needed, and what
was said.
"""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

HTML = b"<!-- hello -->\n<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>'
EXE = b"MZ\x90\x00" + bytes(56) + b"\x80\x00\x00\x00" + b"This program cannot be run in DOS mode." + bytes(500)
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + bytes(500)


def fill(folder: Path) -> list[Path]:
    """Makes every hostile file in `folder` and returns their paths, in order."""
    made: list[Path] = []

    def put(name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        made.append(path)
        return path

    _pictures(put)
    _disguises(put)
    _sounds(put, folder)
    _texts(put, folder, made)
    _not_files(folder, made)
    _archives(put, folder, made)
    return made


def _pictures(put) -> None:
    from made_files import blank_png, corners, png_chunk, saved, skimage_picture

    photo = corners(320, 200)
    put("bomb-30000.png", blank_png(30_000, 30_000))
    put("bomb-13000.png", blank_png(13_000, 13_000))
    put("hollow-12000.png", blank_png(12_000, 12_000))
    put("hollow-12000-colour.png", blank_png(12_000, 12_000, 8, 2))
    jpeg, png = saved(photo, "JPEG", quality=90), skimage_picture("coffee.png").read_bytes()
    webp, heic = saved(photo, "WEBP"), saved(photo, "HEIF")
    tiff, gif, bmp = saved(photo, "TIFF"), saved(photo, "GIF"), saved(photo, "BMP")
    for name, content in {
        "jpg": jpeg,
        "png": png,
        "webp": webp,
        "heic": heic,
        "tif": tiff,
        "gif": gif,
        "bmp": bmp,
        "packed.tif": saved(photo, "TIFF", compression="tiff_lzw"),
    }.items():
        put(f"cut-in-half.{name}", content[: len(content) // 2])
        put(f"cut-at-the-end.{name}", content[:-20])
        put(f"cut-at-the-start.{name}", content[:24])
    frame = jpeg.index(b"\xff\xc0") + 5
    put("claims-65000.jpg", jpeg[:frame] + struct.pack(">HH", 65_000, 65_000) + jpeg[frame + 4 :])
    frame = (slow := saved(photo, "JPEG", progressive=True)).index(b"\xff\xc2") + 5
    put("claims-12000-progressive.jpg", slow[:frame] + struct.pack(">HH", 12_000, 12_000) + slow[frame + 4 :])
    scan = slow.index(b"\xff\xda")
    put("thousand-scans.jpg", slow[:scan] + slow[scan:-2] * 200 + slow[-2:])
    put(
        "claims-16384.webp",
        b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + (b"\xff\x3f\x00" * 2),
    )
    put("screen-65535.gif", gif[:6] + b"\xff\xff\xff\xff" + gif[10:])
    small = saved(corners(8, 8), "GIF")
    put("ten-thousand-frames.gif", small[:-1] + small[small.index(b",") : -1] * 10_000 + b";")
    size = heic.index(b"ispe") + 8
    put("claims-30000.heic", heic[:size] + struct.pack(">II", 30_000, 30_000) + heic[size + 8 :])
    put("claims-50000.tif", _with_tags(tiff, {256: 50_000, 257: 50_000}))
    put("huge-tiles.tif", _huge_tiles())
    put("pages-in-a-circle.tif", b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00")
    put("claims-50000.bmp", bmp[:18] + struct.pack("<ii", 50_000, 50_000) + bmp[26:])
    put("wrong-checksum.png", png[:200] + bytes([png[200] ^ 1]) + png[201:])
    put(
        "profile-bomb.png",
        png[:33] + png_chunk(b"iCCP", b"x\x00\x00" + zlib.compress(bytes(300_000_000), 1)) + png[33:],
    )
    put("zero-pixels.png", blank_png(0, 10))


def _with_tags(tiff: bytes, values: dict[int, int]) -> bytes:
    """A little-endian TIFF with other values in its first directory."""
    out, at = bytearray(tiff), struct.unpack("<I", tiff[4:8])[0]
    for index in range(struct.unpack("<H", tiff[at : at + 2])[0]):
        entry = at + 2 + 12 * index
        tag = struct.unpack("<H", tiff[entry : entry + 2])[0]
        if tag in values:
            out[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, values[tag])
    return bytes(out)


def _huge_tiles() -> bytes:
    """A TIFF of 16 x 16 pixels in one tile of 60,000 x 60,000."""
    entries = [
        (256, 16),
        (257, 16),
        (258, 8),
        (259, 8),
        (262, 1),
        (277, 1),
        (322, 60_000),
        (323, 60_000),
        (324, 200),
        (325, 60),
    ]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(entries)) + body + bytes(4)
    return head.ljust(200, b"\x00") + zlib.compress(bytes(10_000)).ljust(60, b"\x00")


def _disguises(put) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "hello")
    for name, content in {
        "page.png": HTML,
        "evil.html.png": HTML,
        "page.jpg": "<html>".encode("utf-16"),
        "drawing.png": SVG,
        "drawing.svg": SVG,
        "page.html": HTML,
        "program.jpg": EXE,
        "program.png": ELF,
        "program.exe": EXE,
        "program.wav": EXE,
        "program.txt": EXE,
        "server.jpg": b"<?php system($_GET['c']); ?>",
        "drawing.webp": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox",
        "report.png": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        "script.gif": b"#!/bin/sh\nrm -rf ~\n",
        "tool.py": b"import os\n",
        "tool.sh": b"#!/bin/sh\n",
        "tool.js": b"alert(1)\n",
        "archive.png": packed.getvalue(),
        "packed.jpg": b"\x1f\x8b\x08\x00" + bytes(40),
        "java.png": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(40),
        "weights.txt": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00cos\nsystem\n",
        "noise.jpg": bytes((i * 7919 + 13) % 256 for i in range(5000)),
        "noise.mp3": bytes((i * 104729 + 7) % 256 for i in range(5000)),
        "noise.txt": bytes((i * 31 + 128) % 256 for i in range(5000)),
        "empty.png": b"",
        "empty.txt": b"",
        "empty.wav": b"",
        "words.png": b"just a few words",
        "photo.avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(200),
        "icon.png": b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(60),
        "list.m4a": b"#EXTM3U\nhttp://127.0.0.1/secret\n",
    }.items():
        put(name, content)


def _sounds(put, folder: Path) -> None:
    from made_files import by_ffmpeg, write_film, write_sound

    wav = write_sound(folder / "good.wav").read_bytes()
    data = wav.index(b"data") + 4
    put("claims-4-gigabytes.wav", wav[:data] + struct.pack("<I", 0xFFFFFFF0) + wav[data + 4 : data + 4004])
    put("claims-a-thousand-channels.wav", wav[:22] + struct.pack("<H", 1000) + wav[24:])
    put("no-samples.wav", wav[:data] + bytes(4))
    flac = write_sound(folder / "good.flac").read_bytes()
    put("claims-a-year.flac", flac[:21] + bytes([flac[21] | 0x0F]) + b"\xff\xff\xff\xff" + flac[26:])
    for form in ("mp3", "ogg"):
        write_sound(folder / f"good.{form}")
    by_ffmpeg("-i", folder / "good.wav", folder / "good.m4a")
    by_ffmpeg("-i", folder / "good.wav", folder / "good.aiff")
    for form in ("wav", "flac", "mp3", "ogg", "m4a", "aiff"):
        content = (folder / f"good.{form}").read_bytes()
        put(f"cut-in-half.{form}", content[: len(content) // 2])
        put(f"cut-at-the-end.{form}", content[:-30])
    put("sound.png", (folder / "good.mp3").read_bytes())
    film = write_film(folder / "good.mp4", 1).read_bytes()
    put("film.jpg", film)
    put("film.mp4", film)


def _texts(put, folder: Path, made: list[Path]) -> None:
    long_line = folder / "two-hundred-megabytes.txt"
    with open(long_line, "wb") as file:
        file.write(b"a" * 1000)
        file.truncate(200_000_000)
    made.append(long_line)
    put("long-line.csv", b"a;b\n" + b"x" * 1_500_000 + b"\n")
    put("zeros.txt", b"hello\x00\x00\x00" * 100)
    put("cut-letter.md", "Ein schöner Tag für Käthe".encode()[:-4] + b"\xc3")
    put("half-a-letter.txt", "hello world".encode("utf-16-le")[:-1])
    put("blanks.txt", b" \n \n")
    put("mostly-controls.json", b"\x01\x02{}\x03" * 50)


def _not_files(folder: Path, made: list[Path]) -> None:
    (folder / "good.txt").write_text("a true text")
    (folder / "link.txt").symlink_to(folder / "good.txt")
    (folder / "broken-link.png").symlink_to(folder / "nothing.png")
    made += [folder / "link.txt", folder / "broken-link.png", folder / "nothing-there.png"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.png")
        made += [folder / "pipe.png", Path("/dev/zero")]


def _archives(put, folder: Path, made: list[Path]) -> None:
    from made_files import corners, saved

    picture = saved(corners(), "PNG")

    def archive(name: str, *files: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", packing) as new:
            new.writestr("honest.png", picture)
            for member, content in files:
                new.writestr(member, content)
        return put(name, buffer.getvalue()).read_bytes() if name else buffer.getvalue()

    archive("climbs.zip", ("../../evil.png", picture))
    archive("climbs-inside.zip", ("a/../../evil.png", picture))
    archive("absolute.zip", ("/etc/evil.png", picture))
    archive("drive.zip", ("C:/evil.png", picture))
    archive("backslash.zip", ("..\\evil.png", picture))
    archive("network.zip", ("\\\\server\\share\\evil.png", picture))
    archive("link.zip", (_special("link.png", stat.S_IFLNK), b"/etc/passwd"))
    archive("device.zip", (_special("device.png", stat.S_IFCHR), b""))
    archive("pipe.zip", (_special("pipe.png", stat.S_IFIFO), b""))
    archive("thousand-to-one.zip", ("zeros.bmp", bytes(20_000_000)))
    archive("nested.zip", ("inner.zip", archive("", ("a.png", picture))))
    archive("nested-in-disguise.zip", ("inner.png", archive("", ("a.png", picture))))
    archive("nested-tar.zip", ("inner.txt", _tar("a.png", picture)))
    archive("rare-packing.zip", ("a.txt", b"hello " * 100), packing=zipfile.ZIP_LZMA)
    twice = archive("", ("honest2png", picture))
    put("twice.zip", twice.replace(b"honest2png", b"honest.png"))
    plain = archive("", ("words.txt", b"hello"))
    put("names-differ.zip", plain.replace(b"words.txt", b"words.exe", 1))
    put("locked.zip", _patched(plain, 8, lambda flags: flags | 1))
    put("claims-5-gigabytes.zip", zip_by_hand(*[(b"%d.txt" % i, b"hello", 8, 9_000_000, None) for i in range(600)]))
    put("many.zip", _many(20_001))
    put("table-of-millions.zip", _many(200_000))
    put("lies-about-size.zip", zip_by_hand((b"a.txt", b"hello " * 200_000, 8, 60_000, None)))
    put("on-top-of-each-other.zip", _on_top(picture))
    put("cut-in-half.zip", plain[: len(plain) // 2])
    put("cut-at-the-end.zip", plain[:-5])
    put("nothing.zip", b"PK\x05\x06" + bytes(18))
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as new:
        new.writestr("[Content_Types].xml", "<Types/>")
    put("letter.docx", document.getvalue())
    put("climbs.tar", _tar("../../evil.png", picture))
    put("plain.tar.gz", zlib.compress(_tar("a.png", picture), wbits=31))
    put("other.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60))
    put("other.rar", b"Rar!\x1a\x07\x01\x00" + bytes(60))


def _special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info


def _tar(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as new:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        new.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _patched(archive: bytes, at: int, change) -> bytes:
    """A zip of which a 2-byte field of every entry in the table of contents is changed."""
    out, entry = bytearray(archive), archive.find(b"PK\x01\x02")
    while entry >= 0:
        out[entry + at : entry + at + 2] = struct.pack(
            "<H", change(struct.unpack("<H", out[entry + at : entry + at + 2])[0])
        )
        entry = archive.find(b"PK\x01\x02", entry + 1)
    return bytes(out)


def zip_by_hand(*entries: tuple[bytes, bytes, int, int, int | None]) -> bytes:
    """A zip that can lie. entries: (name, content, packing, size it tells, offset it tells or None: the true)."""
    body, table = b"", b""
    for name, content, packing, told, offset in entries:
        packed = _deflated(content) if packing else content
        fields = struct.pack(
            "<HHHHHIIIHH", 20, 0, packing, 0, 0x21, zlib.crc32(content), len(packed), told, len(name), 0
        )
        place = len(body) if offset is None else offset
        table += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, place) + name
        body += b"PK\x03\x04" + fields + name + packed
    return body + table + _end(len(entries), len(table), len(body))


def _on_top(picture: bytes) -> bytes:
    """A zip whose second file lies inside the first."""
    inner = zip_by_hand((b"b.png", picture, 0, len(picture), None))[: 35 + len(picture)]
    return zip_by_hand((b"a.txt", inner, 0, len(inner), None), (b"b.png", picture, 0, len(picture), 35))


def _end(count: int, table: int, body: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, table, body, 0)


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def _many(count: int) -> bytes:
    table = (b"PK\x01\x02" + bytes(42)) * count
    return b"PK\x03\x04" + bytes(26) + table + _end(count, len(table), 30)


# --- trying them ------------------------------------------------------------------------------------------------


def try_all(paths: list[Path], folder: Path) -> list[dict]:
    """Tries each file on the intake. Returns name, seconds, megabytes of memory growth, and what the refusal says."""
    from lib.errors import UserError
    from lib.media.archive import is_archive, members
    from lib.media.intake import clean_copy

    report = []
    for path in paths:
        before, start = _peak_after_reset(), time.perf_counter()
        told = {}
        try:
            if is_archive(path):
                for name, _ in members(path, folder):
                    told.setdefault("members", []).append(name)
            else:
                told["accepted"] = clean_copy(path, folder).kind
        except UserError as error:
            told.update(error.as_dict())
        seconds = time.perf_counter() - start
        report.append(
            {
                "name": path.name,
                "seconds": seconds,
                "megabytes": (_peak() - before) / 1e6,
                "left": sorted(os.listdir(folder)),
                **told,
            }
        )
        for leftover in folder.iterdir():
            leftover.unlink()
    return report


def _peak_after_reset() -> int:
    """The memory in use in bytes; from here on `_peak` counts anew, where the system can do that (Linux)."""
    if os.path.exists("/proc/self/clear_refs"):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    """The most memory this process has held, in bytes."""
    if os.path.exists("/proc/self/status"):
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import psutil

    return getattr(psutil.Process().memory_info(), "peak_wset", psutil.Process().memory_info().rss)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    listed, empty_folder = Path(sys.argv[1]), Path(sys.argv[2])
    print(json.dumps(try_all([Path(line) for line in listed.read_text().splitlines()], empty_folder)))
