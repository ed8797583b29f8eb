"""Real files to test with, made on the spot: pictures with EXIF, sounds with tags, films."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image, ImageCms

from lib.media import ffmpeg

SECRETS = (b"Ana Secret", b"SN-4711-SECRET", b"Hidden Street")
GPS = {1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 12.0)}


def skimage_picture(name: str) -> Path:
    """A picture carried by scikit-image (which itself is not imported: that takes seconds)."""
    return Path(find_spec("skimage").submodule_search_locations[0]) / "data" / name


def sample_photo(name: str = "flower.jpg") -> Path:
    """A photograph carried by scikit-learn: flower.jpg, china.jpg."""
    return Path(find_spec("sklearn").submodule_search_locations[0]) / "datasets" / "images" / name


def corners(width: int = 96, height: int = 64) -> Image.Image:
    """A picture that shows how it is turned: red, green, blue and white corners, soft in between."""
    picture = Image.new("RGB", (2, 2))
    picture.putdata([(230, 30, 30), (30, 200, 30), (30, 30, 230), (245, 245, 245)])
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def telling_exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes into a photo: who, where, when, with which camera, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x0110] = "Camera Maker", "Model 1"
    exif[0x013B] = "Ana Secret"
    exif.get_ifd(0x8769).update({0x9003: "2024:05:17 14:03:22", 0x9011: "+02:00", 0xA431: "SN-4711-SECRET"})
    exif.get_ifd(0x8825).update(GPS)
    return exif


def xmp() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" '
        b'Iptc4xmpCore:Location="Hidden Street"/></rdf:RDF></x:xmpmeta>'
    )


P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))  # XYZ of the primaries, under D50
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))


def wide_gamut_profile() -> bytes:
    """An ICC profile with the primaries of Display P3 (and a simple curve), as new phones put into their photos."""
    return profile("Wide gamut", P3, curve(2.2))


def curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def srgb_curve(steps: int = 0) -> bytes:
    """The curve of sRGB (IEC 61966-2-1), as its formula, or as a table of so many steps."""
    if not steps:
        return b"para" + bytes(4) + struct.pack(">HH5i", 3, 0, *(round(one * 65536) for one in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    given = np.linspace(0, 1, steps)
    light = np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)
    return b"curv" + bytes(4) + struct.pack(">I", steps) + np.round(light * 65535).astype(">u2").tobytes()


def profile(name: str, primaries: tuple[tuple[float, ...], ...], by: bytes, colours: bytes = b"RGB ") -> bytes:
    """An ICC profile (version 2). primaries: of red, green and blue, none for a grey one. by: the curve."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(*values: float) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(map(number, values))

    told = name.encode() + b"\x00"
    words = b"desc" + bytes(4) + struct.pack(">I", len(told)) + told + bytes(4 + 4 + 2 + 1 + 67) + bytes(2)
    text = b"text" + bytes(4) + b"no rights\x00" + bytes(2)
    tags = {b"desc": words, b"cprt": text, b"wtpt": xyz(0.9642, 1.0, 0.8249)}
    if primaries:
        tags |= {name: xyz(*one) for name, one in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), by)
    else:
        tags[b"kTRC"] = by
    at, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    head = struct.pack(
        ">I4sI4s4s4s12s4s",
        at + len(body),
        bytes(4),
        0x02400000,
        b"mntr",
        colours,
        b"XYZ ",
        struct.pack(">6H", 2024, 1, 1, 0, 0, 0),
        b"acsp",
    )
    head += bytes(68 - len(head)) + xyz(0.9642, 1.0, 0.8249)[8:]
    made = head + bytes(128 - len(head)) + table + body
    ImageCms.ImageCmsProfile(io.BytesIO(made))  # it is one
    return made


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def blank_png(width: int, height: int, bits: int = 1, colour: int = 0) -> bytes:
    """A blank PNG of any size, cheaply: a megabyte of zeros is compressed once and repeated."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    total = height * (1 + -(-width * bits * channels // 8))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    last = rest.compress(bytes(total % (1 << 20))) + rest.flush()
    adler = (total % 65521) << 16 | 1  # what Adler-32 gives for zeros
    data = b"\x78\xda" + block * (total >> 20) + last + struct.pack(">I", adler)
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def saved(image: Image.Image, form: str, **options) -> bytes:
    if form == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
        if isinstance(options.get("exif"), Image.Exif):
            options["exif"] = options["exif"].tobytes()  # only so does pillow-heif turn the picture by it (irot, imir)
    if form == "TIFF" and isinstance(options.get("exif"), Image.Exif):
        options["exif"] = options["exif"].tobytes()  # only so does Pillow write the place into a TIFF
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def tone(seconds: float = 1.0, rate: int = 22_050, channels: int = 1) -> np.ndarray:
    """A soft tone, (N, channels), -1 to 1."""
    time = np.arange(round(seconds * rate)) / rate
    return np.stack([0.3 * np.sin(2 * np.pi * 330 * (c + 1) * time) for c in range(channels)], axis=1).astype(
        np.float32
    )


def write_sound(path: Path, seconds: float = 1.0, rate: int = 22_050, channels: int = 1, **options) -> Path:
    soundfile.write(path, tone(seconds, rate, channels), rate, **options)
    return path


def by_ffmpeg(*arguments: object) -> None:
    done = subprocess.run(
        [ffmpeg.program(), "-y", "-v", "error", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def write_film(path: Path, seconds: int = 3, rate: int = 10, size: str = "160x120", *options: object) -> Path:
    by_ffmpeg("-f", "lavfi", "-i", f"testsrc=d={seconds}:s={size}:r={rate}", *options, path)
    return path
