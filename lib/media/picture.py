"""Pictures: let in clean, opened the same way everywhere, made small. Read `clean` and `open_picture` first.

A JPEG, PNG or WebP that stands upright is copied without being compressed again; everything else is decoded once and
stored as PNG (TIFF, GIF, BMP) or JPEG (HEIC, and JPEGs that were lying on their side).
"""

from __future__ import annotations

import io
import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageOps, JpegImagePlugin

from lib.errors import UserError
from lib.media import heif, jpeg_data, sniff, strip_picture, structure
from lib.media.colours import to_srgb
from lib.media.source import Refusal, cut_off, empty, naming, opened, size_of
from lib.media.structure import PIXELS, check_pixels

FORMATS = ["JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF"]  # all that Pillow may try; it knows forty more
PAPER, INK = "#FBF8F2", "#2B2622"
QUALITY = 95
_EMPTY_END = 0.05  # of a picture's data: so much of it as zeros is worth a question

Image.MAX_IMAGE_PIXELS = PIXELS  # Pillow's own second lock, behind check_pixels
warnings.simplefilter("error", Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # what is wrong is said in a UserError

_TURNS = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
          5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
          8: Image.Transpose.ROTATE_90}  # EXIF orientation: what makes the picture stand upright
_SIDEWAYS = {_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]}
_ORIENTATION, _EXIF_IFD, _GPS_IFD, _TAKEN, _DIGITISED = 0x0112, 0x8769, 0x8825, 0x9003, 0x9004
_DECODERS = {"jpeg": ["JPEG", "MPO"], "heif": ["HEIF"]}  # of the other forms, the one of the same name
_DEEP = {"RGB": "rgb48be", "RGBA": "rgba64be", "LA": "ya16be"}  # read by Pillow with 8 bits, written by ffmpeg with 16
_BITS = {"1": 1, "L": 8, "P": 8, "LA": 16, "PA": 16, "I;16": 16, "I;16B": 16, "I": 32, "F": 32}


# --- letting a picture in ---------------------------------------------------------------------------------------

def clean(source: Path, stem: Path, form: str, keep_metadata: bool = False) -> tuple[Path, dict]:
    """Writes a verified, upright copy of a picture without its metadata.

    stem: path of the copy without its suffix.   form: as sniff.py names it.
    Returns the copy's path (.jpg, .png or .webp) and facts: width and height in pixels, taken (ISO date and time, or
    None), animated, pages (frames or pages in the file, of which the first is taken), and where it is so empty_end (the
    share of black at the end of what was not packed, perhaps filled up). Raises Refusal.
    """
    copy = {"jpeg": _clean_jpeg, "png": _clean_png, "webp": _clean_webp}.get(form, _clean_other)
    return copy(source, stem, form, keep_metadata)


def _clean_jpeg(source: Path, stem: Path, form: str, keep_metadata: bool) -> tuple[Path, dict]:
    target = Path(f"{stem}.jpg")
    header = _strip(strip_picture.jpeg, source, target)
    exif = read_exif(header.exif)
    turn = _turn(exif)
    _check_jpeg(target, header.frame)
    if turn is not None:
        with _decoder(target, ["JPEG"]) as image:
            _save_jpeg(image.transpose(turn), target, _sampling(image, turn), exif if keep_metadata else None)
    if keep_metadata and turn is None:
        shutil.copyfile(source, target)
    return target, _facts(_turned_size(header, turn), exif)


def _check_jpeg(path: Path, frame: jpeg_data.Frame) -> None:
    """Reads all of the data, but builds only an eighth of the picture. Raises Refusal where a part of it is missing."""
    with _decoder(path, ["JPEG"]) as image:
        if frame.is_checked:
            with opened(path) as file:
                jpeg_data.check_whole(file, frame, image)
        else:
            image.draft(image.mode, (max(image.width // 8, 1), max(image.height // 8, 1)))
            image.load()


def _clean_png(source: Path, stem: Path, form: str, keep_metadata: bool) -> tuple[Path, dict]:
    target = Path(f"{stem}.png")
    header = _strip(strip_picture.png, source, target)
    exif = read_exif(header.exif)
    turn = _turn(exif)
    kept = exif if keep_metadata else None
    with _decoder(target, ["PNG"]) as image:  # its data has been checked while it was copied
        if turn is not None and header.deep and image.mode in _DEEP:
            _save_deep(target, "png", target, exif.get(_ORIENTATION), image, kept)
        elif turn is not None:
            _save_png(image.transpose(turn), target, kept)
    if keep_metadata and turn is None:
        shutil.copyfile(source, target)
    return target, _facts(_turned_size(header, turn), exif, animated=header.animated)


def _clean_webp(source: Path, stem: Path, form: str, keep_metadata: bool) -> tuple[Path, dict]:
    target = Path(f"{stem}.webp")
    header = _strip(strip_picture.webp, source, target)
    if header.animated:
        target.unlink()
        return _clean_other(source, stem, form, keep_metadata)
    _check_webp(target, header)
    exif = read_exif(header.exif)
    turn = _turn(exif)
    with _decoder(target, ["WEBP"]) as image:
        image.load()
        if turn is not None:
            image.transpose(turn).save(target, "WEBP", lossless=header.lossless, exact=True, quality=QUALITY,
                                       icc_profile=image.info.get("icc_profile", b""),
                                       exif=_upright(exif) if keep_metadata else b"")
    if keep_metadata and turn is None:
        shutil.copyfile(source, target)
    return target, _facts(_turned_size(header, turn), exif)


def _check_webp(path: Path, header: strip_picture.Header) -> None:
    """Raises Refusal where zeros stand in the place of data. A WebP that merely ends too early cannot be decoded."""
    with opened(path) as file:
        start, end = header.data
        bare = structure.without_zeros(file, start, end)
        shorter = [strip_picture.webp_of(file, header, place) for place in (bare, end - structure.SLACK)] if bare < end else []
    if shorter and not _is_decoded(shorter[0]) and _is_decoded(shorter[1]):  # neither padding, nor as many as are needed
        raise cut_off("It ends in the middle of the picture; the rest would be made up.")


def _is_decoded(webp: bytes) -> bool:
    try:
        Image.open(io.BytesIO(webp), formats=["WEBP"]).load()
    except Exception:  # whatever it says: it was not enough
        return False
    return True


def _clean_other(source: Path, stem: Path, form: str, keep_metadata: bool) -> tuple[Path, dict]:
    """TIFF, GIF, BMP, HEIC and animated WebP: the first page or frame, decoded and written anew."""
    pages = _pages(source, form)
    with _decoder(source, _DECODERS.get(form, [form.upper()])) as image:
        _refuse_raw(image)
        exif = image.getexif() if form == "tiff" else read_exif(image.info.get("exif", b""))
        orientation = exif.get(_ORIENTATION)
        pages = pages or getattr(image, "n_frames", 1)
        empty_end = _empty_end(image, source)
        image.load()
        upright, kept = _stand_up(image), _notes(exif) if keep_metadata else None
        if form == "heif" and "A" not in image.mode:
            target = Path(f"{stem}.jpg")
            _save_jpeg(upright, target, 0, kept)
        else:
            target = Path(f"{stem}.png")
            if not (form == "tiff" and _save_deep_tiff(source, target, orientation, image, kept)):
                _save_png(_for_png(upright), target, kept)
    facts = _facts(upright.size, exif, animated=form in ("gif", "webp") and pages > 1, pages=pages)
    return target, facts | empty_end


def _empty_end(image: Image.Image, path: Path) -> dict:
    """{"empty_end": share} where a good part at the end of what a TIFF or BMP holds, which is not packed, are zeros.

    There zeros are black, and nothing tells whether they were meant: that is for a person to say. image: not yet loaded.
    """
    if not image.tile or any(tile.codec_name != "raw" for tile in image.tile):
        return {}
    start, tags = min(tile.offset for tile in image.tile), getattr(image, "tag_v2", {})
    pieces = zip(_numbers(tags.get(324, tags.get(273, ()))), _numbers(tags.get(325, tags.get(279, ()))), strict=False)
    with opened(path) as file:
        end = max(map(sum, pieces), default=size_of(file))
        share = (end - structure.last_but(b"\x00", file, start, end)) / max(end - start, 1)
    return {"empty_end": round(share, 3)} if _EMPTY_END <= share < 1 else {}


def _stand_up(image: Image.Image) -> Image.Image:
    """The picture upright. A HEIC says in its container how it is turned, and what its EXIF says does not count."""
    return image if image.format == "HEIF" else ImageOps.exif_transpose(image)


def _pages(source: Path, form: str) -> int:
    """Looks over the structure; returns the number of frames or pages, 0 where only the decoder can tell."""
    with opened(source) as file:
        if form == "heif":
            heif.check(file)
        return {"gif": structure.gif, "tiff": structure.tiff}.get(form, lambda file: 0)(file)


def _refuse_raw(image: Image.Image) -> None:
    """A camera's raw file begins like a TIFF, but its first picture is only a preview."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(254, 0) == 1 and 330 in tags or 50706 in tags:
        raise Refusal("is a camera's raw file", "Only the camera maker's program can develop it.",
                      "Export it there as JPEG, PNG or TIFF and add that.")
    if image.mode in ("F", "I"):
        raise Refusal("holds measured numbers, not colours",
                      "Pictures have 8 or 16 bits a channel, from dark to light.",
                      "Save it with 8 or 16 bits a channel.")


def _for_png(image: Image.Image) -> Image.Image:
    """The same picture in a mode that a PNG can hold."""
    if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        return image
    if image.mode.startswith("I;16"):
        return image.convert("I;16")
    return to_srgb(image)


@contextmanager
def _decoder(path: Path, formats: list[str]) -> Iterator[Image.Image]:
    """Opens a picture with only the decoders named, and checks its size before anything is decoded."""
    if "HEIF" in formats:
        _know_heif()
    try:
        image = Image.open(path, formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal(f"is too large: it has more than {PIXELS // 1_000_000} million pixels",
                      "That is the most a picture may have.", "Make a smaller copy of it and add that.") from error
    with image:
        _check_decoder(image, os.stat(path).st_size)
        yield image


def _check_decoder(image: Image.Image, file_bytes: int) -> None:
    bits = _BITS.get(image.mode, 8 * len(image.getbands()))
    check_pixels(image.width, image.height, bits, file_bytes)
    if tags := getattr(image, "tag_v2", None):
        _check_tiff(tags, file_bytes)


def _check_tiff(tags, file_bytes: int) -> None:
    """A TIFF's picture lies in strips or tiles: all of them must be there, inside the file, and not absurdly large."""
    width, height, bits = tags[256], tags[257], sum(_numbers(tags.get(258, 1)))
    across, down = (tags[322], tags[323]) if 322 in tags else (width, min(tags.get(278, height), height))
    check_pixels(across, down, bits, file_bytes)
    starts, lengths = _numbers(tags.get(324, tags.get(273, ()))), _numbers(tags.get(325, tags.get(279, ())))
    if max(map(sum, zip(starts, lengths, strict=False)), default=0) > file_bytes:
        raise cut_off("It ends in the middle of the picture.")
    if lengths:
        check_pixels(width, height, bits, sum(lengths))
        if not all(starts) or not all(lengths):
            raise cut_off("A part of the picture is missing.")
    unpacked = tags.get(259, 1) == 1 and sum(lengths) < -(-width * bits // 8) * height
    if len(starts) < -(-width // across) * -(-height // down) or (lengths and unpacked):
        raise cut_off("A part of the picture is missing.")


def _numbers(value) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _know_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)


def _strip(walk, source: Path, target: Path) -> strip_picture.Header:
    with opened(source) as file, open(target, "wb") as copy:
        return walk(file, copy)


# --- EXIF: read once, then gone ---------------------------------------------------------------------------------

def read_exif(raw: bytes) -> Image.Exif:
    """The EXIF of a picture; where it is broken, none."""
    exif = Image.Exif()
    try:
        exif.load(raw)
        exif.get(_ORIENTATION), exif.get_ifd(_EXIF_IFD)
    except Exception:  # a broken note about a picture is no reason to refuse the picture
        return Image.Exif()
    return exif


def _turn(exif: Image.Exif) -> Image.Transpose | None:
    orientation = exif.get(_ORIENTATION)
    return _TURNS.get(orientation) if isinstance(orientation, int) else None


def _upright(exif: Image.Exif) -> bytes:
    """The EXIF without its orientation, for a picture that has been turned."""
    if _ORIENTATION in exif:
        del exif[_ORIENTATION]
    return exif.tobytes()


def _taken(exif: Image.Exif) -> str | None:
    """When the picture was taken, as ISO date and time, or None where the camera does not say."""
    times = exif.get_ifd(_EXIF_IFD)
    for tag, zone in ((_TAKEN, 0x9011), (_DIGITISED, 0x9012)):
        try:
            moment = datetime.strptime(str(times[tag]).strip("\x00 "), "%Y:%m:%d %H:%M:%S").isoformat()
            return datetime.fromisoformat(moment + str(times.get(zone, "")).strip("\x00 ")).isoformat()
        except (KeyError, ValueError):
            continue
    return None


def _notes(exif: Image.Exif) -> Image.Exif:
    """What EXIF tells about a picture, without the tags of a TIFF that say where its data lies."""
    notes = Image.Exif()
    for tag in (270, 271, 272, 305, 306, 315, 33432):  # description, camera, program, date, artist, rights
        if tag in exif:
            notes[tag] = exif[tag]
    for group in (_EXIF_IFD, _GPS_IFD):
        if content := exif.get_ifd(group):
            notes.get_ifd(group).update(content)
            notes[group] = content
    return notes


def _turned_size(header: strip_picture.Header, turn: Image.Transpose | None) -> tuple[int, int]:
    return (header.height, header.width) if turn in _SIDEWAYS else (header.width, header.height)


def _facts(size: tuple[int, int], exif: Image.Exif, animated: bool = False, pages: int = 1) -> dict:
    return {"width": size[0], "height": size[1], "taken": _taken(exif), "animated": animated, "pages": pages}


# --- writing ----------------------------------------------------------------------------------------------------

def _save_jpeg(image: Image.Image, target: Path, sampling: int, exif: Image.Exif | None) -> None:
    image.save(target, "JPEG", quality=QUALITY, subsampling=sampling, optimize=True,
               icc_profile=image.info.get("icc_profile"), exif=_upright(exif) if exif else b"")


def _sampling(image: Image.Image, turn: Image.Transpose) -> int:
    """The JPEG's own colour resolution. 4:2:2 lying on its side has no name in Pillow, so it becomes 4:4:4."""
    sampling = JpegImagePlugin.get_sampling(image)
    return 0 if sampling < 0 or (sampling == 1 and turn in _SIDEWAYS) else sampling


def _save_png(image: Image.Image, target: Path, exif: Image.Exif | None) -> None:
    image.save(target, "PNG", icc_profile=image.info.get("icc_profile"), exif=_upright(exif) if exif else b"")


_FFMPEG_TURNS: dict[int | None, str] = {
    2: "hflip", 3: "hflip,vflip", 4: "vflip", 5: "transpose=cclock_flip", 6: "transpose=clock", 7: "transpose=clock_flip",
    8: "transpose=cclock",
}  # fmt: skip


def _save_deep(source: Path, form: str, target: Path, orientation: int | None, image: Image.Image,
               exif: Image.Exif | None) -> None:
    """Writes a colour PNG of 16 bits a channel, which Pillow cannot do.

    image: the same picture as Pillow read it, with its profile.   Raises Refusal where ffmpeg cannot do it either.
    """
    from lib.media import ffmpeg

    raw = Path(f"{target}.deep.png")
    done = ffmpeg.call(source, form, "-frames:v", "1", "-vf", _FFMPEG_TURNS.get(orientation, "null"),
                       "-pix_fmt", _DEEP[image.mode], "-c:v", "png", "-f", "image2", "-update", "1",
                       "-y", f"file:{raw.absolute()}", before=("-noautorotate",))
    ffmpeg.check_made(done, raw)
    with opened(raw) as file, open(target, "wb") as copy:
        strip_picture.png(file, copy, image.info.get("icc_profile"), _upright(exif) if exif else b"")
    raw.unlink()


def _save_deep_tiff(source: Path, target: Path, orientation: int | None, image: Image.Image,
                    exif: Image.Exif | None) -> bool:
    """Writes a PNG of 16 bits a channel, if the TIFF has them; False where it has not, or is packed in a rare way."""
    if image.mode not in _DEEP or set(image.tag_v2.get(258, ())) != {16}:
        return False
    try:
        _save_deep(source, "tiff", target, orientation, image, exif)
        return True
    except Refusal:
        return False


# --- opening ----------------------------------------------------------------------------------------------------

def open_picture(path: Path, name: str | None = None) -> Image.Image:
    """Opens a picture the way everything here sees it: upright, in sRGB, with 8 bits a channel.

    name: what to call it in sentences, where it does not lie under its own name.
    Returns an image of mode RGB, or RGBA where it has transparency. Raises UserError.
    """
    path = Path(path)
    with naming(path.name if name is None else name):
        with _decoder(path, _formats(path)) as image:
            image.load()
        return to_srgb(_stand_up(image))


def _formats(path: Path) -> list[str]:
    """The decoders that fit the first bytes of a file, checked for what a decoder would not survive."""
    with opened(path) as file:
        if not size_of(file):
            raise empty()
        file_type = sniff.look(file)
    if file_type.kind != "image":
        raise Refusal("is not a picture", f"It is {file_type.words}.",
                      "Choose a picture (JPEG, PNG, WebP, HEIC, TIFF, GIF).")
    return _DECODERS.get(file_type.form, [file_type.form.upper()])


# --- small ------------------------------------------------------------------------------------------------------

def thumbnail(path: Path, size: int = 256) -> bytes:
    """A small copy as WebP, at most `size` pixels wide and high, without metadata. Raises UserError."""
    path = Path(path)
    with naming(path.name):
        with _decoder(path, _formats(path)) as image:
            image.draft(image.mode, (2 * size, 2 * size))  # a JPEG is decoded at a half, a quarter or an eighth
            image.load()
        image = _stand_up(image)
        if image.mode in ("1", "P", "PA") or image.mode.startswith("I;16"):
            image = to_srgb(image)
        profile = image.info.get("icc_profile")
        image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        image.info["icc_profile"] = profile
        return as_webp(to_srgb(image))


def as_webp(image: Image.Image, quality: int = 82) -> bytes:
    """The bytes of a WebP of `image` without metadata."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4, icc_profile=b"", exif=b"", xmp=b"")
    return buffer.getvalue()


def contact_sheet(pictures: Sequence[Image.Image], columns: int, cell: int, gap: int = 4,
                  paper: str = PAPER) -> Image.Image:
    """Pictures in a grid on paper, each centred in a square of `cell` pixels; larger ones are made smaller.

    Returns an RGB image of columns x (cell + gap) + gap pixels in width. Raises UserError where there is no picture.
    """
    if not pictures or columns < 1 or cell < 1:
        raise UserError("There is nothing to put on a contact sheet.", "No picture was given.", "Choose some pictures.")
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (cell + gap) + gap, rows * (cell + gap) + gap), paper)
    for index, picture in enumerate(pictures):
        small = picture.copy()
        small.thumbnail((cell, cell), Image.Resampling.LANCZOS)
        left = gap + index % columns * (cell + gap) + (cell - small.width) // 2
        top = gap + index // columns * (cell + gap) + (cell - small.height) // 2
        sheet.paste(small, (left, top), small if "A" in small.mode else None)
    return sheet
