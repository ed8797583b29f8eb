"""Covers lib/media/picture.py and strip_picture.py: pictures upright, clean, and with the same colours everywhere."""

from __future__ import annotations

import io
import random
import struct
import zlib

import numpy as np
import pytest
from made_files import (
    P3,
    SRGB,
    blank_png,
    by_ffmpeg,
    corners,
    curve,
    png_chunk,
    profile,
    sample_photo,
    saved,
    srgb_curve,
    telling_exif,
    wide_gamut_profile,
)
from PIL import Image, ImageOps

from lib.errors import UserError
from lib.media import picture
from lib.media.intake import clean_copy


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def let_in(folder, name, content, **options):
    source = folder.parent / name
    source.write_bytes(content)
    return clean_copy(source, folder, **options)


def difference(one, other):
    """The mean difference of two pictures of the same size, in steps of 255."""
    return np.abs(np.asarray(one.convert("RGB"), float) - np.asarray(other.convert("RGB"), float)).mean()


# --- orientation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_every_orientation_is_applied(form, orientation, folder):
    lying = corners()
    upright = lying.copy()
    upright.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(upright)
    clean = let_in(folder, "phone", saved(lying, form, exif=telling_exif(orientation), quality=95))
    with Image.open(clean.path) as stored:
        stored.load()
    assert stored.size == upright.size == (clean.facts["width"], clean.facts["height"])
    assert difference(stored, upright) < 4
    assert stored.getexif().get(0x0112, 1) == 1 and clean.facts["taken"] == "2024-05-17T14:03:22+02:00"
    assert difference(picture.open_picture(clean.path), upright) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_that_says_itself_how_it_is_turned_is_turned_once(orientation, folder):
    upright = corners()
    upright.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(upright)
    content = saved(corners(), "HEIF", exif=telling_exif(orientation).tobytes(), quality=95)
    assert (b"irot" in content or b"imir" in content) == (orientation > 1)
    clean = let_in(folder, "phone.heic", content)
    assert difference(picture.open_picture(clean.path), upright) < 4
    assert difference(picture.open_picture(folder.parent / "phone.heic"), upright) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_only_the_exif_of_a_heic_says_turns_nothing(orientation, folder):
    """ISO/IEC 23008-12: in a HEIC only irot and imir turn a picture; many programs leave an old EXIF behind."""
    content = saved(corners(), "HEIF", exif=telling_exif(1), quality=95)
    told = telling_exif(1).tobytes(), telling_exif(orientation).tobytes()
    assert content.count(told[0][6:]) == 1
    content = content.replace(told[0][6:], told[1][6:])
    assert b"irot" not in content and b"imir" not in content
    clean = let_in(folder, "phone.heic", content)
    assert (clean.facts["width"], clean.facts["height"]) == corners().size
    assert difference(picture.open_picture(clean.path), corners()) < 4
    assert difference(picture.open_picture(folder.parent / "phone.heic"), corners()) < 4
    assert difference(Image.open(io.BytesIO(picture.thumbnail(folder.parent / "phone.heic"))), corners()) < 6


@pytest.mark.parametrize(
    ("sampling", "orientation", "kept"), [("4:4:4", 6, 0), ("4:2:0", 6, 2), ("4:2:2", 3, 1), ("4:2:2", 6, 0)]
)
def test_a_turned_jpeg_keeps_its_colour_resolution_where_it_can(sampling, orientation, kept, folder):
    from PIL import JpegImagePlugin

    clean = let_in(folder, "a.jpg", saved(corners(), "JPEG", subsampling=sampling, exif=telling_exif(orientation)))
    with Image.open(clean.path) as stored:
        assert JpegImagePlugin.get_sampling(stored) == kept


# --- bit for bit ------------------------------------------------------------------------------------------------


def test_an_upright_jpeg_keeps_its_data_bit_for_bit(folder):
    photo = sample_photo().read_bytes()
    told = saved(Image.open(io.BytesIO(photo)), "JPEG", quality="keep", exif=telling_exif(1), comment=b"Ana Secret")
    clean = let_in(folder, "a.jpg", told)
    stored = clean.path.read_bytes()
    start = told.index(b"\xff\xda")
    assert stored.endswith(told[start:]) and b"Ana Secret" not in stored and b"Exif" not in stored
    assert clean_copy(clean.path, folder).sha256 == clean.sha256  # nothing more to take away


def test_what_is_hidden_behind_a_picture_is_gone(folder):
    for form, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")):
        plain = let_in(folder, f"plain.{suffix}", saved(corners(), form))
        laden = let_in(folder, f"laden.{suffix}", saved(corners(), form) + b"PK\x03\x04 <script>alert(1)</script>")
        assert plain.sha256 == laden.sha256


def test_a_photo_of_two_pictures_keeps_the_first(folder):
    double = saved(corners(), "MPO", save_all=True, append_images=[corners(48, 32)])
    clean = let_in(folder, "double.jpg", double)
    with Image.open(clean.path) as stored:
        assert (stored.format, stored.size) == ("JPEG", (96, 64))
    kept = let_in(folder, "double.jpg", double, keep_metadata=True)
    assert picture.open_picture(kept.path).size == (96, 64)


def test_the_small_preview_in_a_jpeg_is_gone(folder):
    content = saved(corners(), "JPEG")
    assert content[6:11] == b"JFIF\x00"
    preview = content[:4] + struct.pack(">H", 16 + 12) + content[6:18] + b"\x02\x02" + b"hidden-dots!" + content[20:]
    clean = let_in(folder, "a.jpg", preview)
    assert b"hidden-dots!" not in clean.path.read_bytes() and clean.sha256 == let_in(folder, "b.jpg", content).sha256


def test_a_progressive_jpeg_keeps_all_its_scans(folder):
    content = saved(Image.open(sample_photo()), "JPEG", progressive=True, quality=80)
    clean = let_in(folder, "a.jpg", content)
    with Image.open(clean.path) as stored, Image.open(io.BytesIO(content)) as given:
        assert clean.path.read_bytes().count(b"\xff\xda") == content.count(b"\xff\xda")
        assert difference(stored, given) == 0


def test_a_png_keeps_what_it_needs_and_loses_its_texts(folder):
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Author", "Ana Secret")
    texts.add_itxt("Comment", "Hidden Street", zip=True)
    palette = corners().quantize(16)
    palette.info["transparency"] = 3
    content = saved(palette, "PNG", pnginfo=texts, dpi=(300, 300), transparency=3, icc_profile=wide_gamut_profile())
    clean = let_in(folder, "a.png", content)
    with Image.open(clean.path) as stored, Image.open(io.BytesIO(content)) as given:
        assert stored.mode == "P" and stored.info["transparency"] == 3 and stored.info["icc_profile"]
        assert round(stored.info["dpi"][0]) == 300 and not stored.text
        assert stored.tobytes() == given.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (7, 5), (9, 17), (64, 48)])
def test_an_interlaced_png_comes_in(size, folder):
    by_ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"testsrc=s={size[0]}x{size[1]}:d=1",
        "-frames:v",
        1,
        "-c:v",
        "png",
        "-field_order",
        "progressive",
        folder.parent / "plain.png",
    )
    rows = np.asarray(Image.open(folder.parent / "plain.png").convert("RGB"))
    clean = let_in(folder, "a.png", interlaced(rows))
    assert np.array_equal(np.asarray(picture.open_picture(clean.path)), rows)


def interlaced(rows: np.ndarray) -> bytes:
    """An Adam7 PNG of (H, W, 3) bytes."""
    data = b""
    for left, top, across, down in [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]:
        part = rows[top::down, left::across]
        data += b"".join(b"\x00" + row.tobytes() for row in part if row.size)
    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 2, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(data))
        + png_chunk(b"IEND", b"")
    )


def test_a_png_with_missing_rows_is_refused_although_all_its_checksums_are_right(folder):
    head = struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0)
    short = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(bytes(31 * 9)))
        + png_chunk(b"IEND", b"")
    )
    with pytest.raises(UserError, match="short.png is cut off"):
        let_in(folder, "short.png", short)


# --- other formats ----------------------------------------------------------------------------------------------


def test_an_animated_png_gives_its_still_picture(folder):
    clean = let_in(folder, "a.png", saved(corners(), "PNG", save_all=True, append_images=[corners().rotate(90)]))
    assert clean.facts["animated"] and b"acTL" not in clean.path.read_bytes()
    assert difference(picture.open_picture(clean.path), corners()) == 0


@pytest.mark.parametrize(("form", "suffix"), [("GIF", ".gif"), ("WEBP", ".webp")])
def test_an_animation_gives_its_first_frame(form, suffix, folder):
    frames = [corners().rotate(angle) for angle in (90, 180, 270)]
    clean = let_in(folder, "a" + suffix, saved(corners(), form, save_all=True, append_images=frames, lossless=True))
    assert clean.suffix == ".png" and clean.facts["animated"] and clean.facts["pages"] == 4
    assert difference(picture.open_picture(clean.path), corners()) < 8  # a GIF has 256 colours


def test_a_tiff_of_many_pages_gives_its_first(folder):
    pages = [corners(40, 30), corners(50, 20), corners(10, 10)]
    clean = let_in(
        folder, "a.tif", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    )
    assert clean.suffix == ".png" and clean.facts["pages"] == 3 and not clean.facts["animated"]
    assert difference(picture.open_picture(clean.path), pages[0]) == 0


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg"])
def test_tiffs_come_in_however_they_are_packed(compression, folder):
    clean = let_in(folder, "a.tif", saved(corners(), "TIFF", compression=compression))
    assert difference(picture.open_picture(clean.path), corners()) < 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB"])
def test_tiffs_come_in_whatever_their_colours_are(mode, folder):
    image = Image.merge("LAB", corners().convert("RGB").split()) if mode == "LAB" else corners().convert(mode)
    clean = let_in(folder, "a.tif", saved(image, "TIFF"))
    assert picture.open_picture(clean.path).mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")


def test_a_phones_heic_becomes_a_jpeg_without_loss_of_colour_resolution(folder):
    from PIL import JpegImagePlugin

    profile = wide_gamut_profile()
    clean = let_in(
        folder, "phone.heic", saved(corners(), "HEIF", exif=telling_exif(1), icc_profile=profile, quality=90)
    )
    assert clean.suffix == ".jpg" and clean.facts["taken"] == "2024-05-17T14:03:22+02:00"
    with Image.open(clean.path) as stored:
        assert JpegImagePlugin.get_sampling(stored) == 0 and stored.info["icc_profile"] == profile
        assert difference(stored, corners()) < 4


def test_a_heic_with_transparency_keeps_it(folder):
    clear = corners().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    clean = let_in(folder, "sticker.heic", saved(clear, "HEIF"))
    assert clean.suffix == ".png" and picture.open_picture(clean.path).mode == "RGBA"


def test_a_cameras_raw_file_is_refused_with_advice(folder):
    tiff = saved(corners(), "TIFF", tiffinfo={50706: b"\x01\x04\x00\x00"})
    with pytest.raises(UserError, match="photo.dng is a camera's raw file") as refusal:
        let_in(folder, "photo.dng", tiff)
    assert "Export it" in refusal.value.fix


def test_measured_numbers_are_not_a_picture(folder):
    with pytest.raises(UserError, match="holds measured numbers"):
        let_in(folder, "heights.tif", saved(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"))


# --- 16 bits ----------------------------------------------------------------------------------------------------


def deep_pixels() -> np.ndarray:
    """(H, W, 3), all of 16 bits in use."""
    return np.random.default_rng(7).integers(0, 65536, (8, 12, 3), dtype=np.uint16)


def read_deep(path) -> np.ndarray:
    """The pixels of a PNG of 16 bits a channel, (H, W, 3)."""
    by_ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "rgb48le", path.parent / "deep.raw")
    with Image.open(path) as image:
        return np.frombuffer((path.parent / "deep.raw").read_bytes(), "<u2").reshape(image.height, image.width, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_deep_colour_tiff_keeps_its_16_bits_and_stands_upright(orientation, folder):
    import tifffile

    pixels, source, profile = deep_pixels(), folder.parent / "scan.tif", wide_gamut_profile()
    tifffile.imwrite(
        source, pixels, photometric="rgb", iccprofile=profile, extratags=[(274, "H", 1, orientation, True)]
    )
    clean = clean_copy(source, folder)
    turned = Image.fromarray(np.arange(96, dtype=np.uint8).reshape(8, 12))
    turned.getexif()[0x0112] = orientation
    order = np.asarray(ImageOps.exif_transpose(turned))
    assert np.array_equal(read_deep(clean.path), pixels.reshape(96, 3)[order])
    assert (clean.facts["height"], clean.facts["width"]) == order.shape
    with Image.open(clean.path) as stored:
        assert stored.info["icc_profile"] == profile


def test_a_deep_png_stays_deep_even_when_it_is_turned(folder):
    import tifffile

    tifffile.imwrite(folder.parent / "scan.tif", deep_pixels(), photometric="rgb")
    upright = clean_copy(folder.parent / "scan.tif", folder).path.read_bytes()
    exif = telling_exif(6).tobytes().removeprefix(b"Exif\x00\x00")
    clean = let_in(folder, "a.png", upright[:33] + png_chunk(b"eXIf", exif) + upright[33:])
    assert np.array_equal(read_deep(clean.path), np.rot90(deep_pixels(), -1))


def test_a_deep_grey_picture_stays_deep_and_opens_evenly(folder):
    grey = np.array([[0, 257, 32896, 65535]], np.uint16)
    for form in ("TIFF", "PNG"):
        clean = let_in(folder, "grey", saved(Image.fromarray(grey), form))
        with Image.open(clean.path) as stored:
            assert np.array_equal(np.asarray(stored), grey)
        assert np.asarray(picture.open_picture(clean.path))[0, :, 0].tolist() == [0, 1, 128, 255]


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_wide_gamut_picture_opens_in_srgb(folder):
    image = Image.new("RGB", (8, 8), (200, 60, 60))
    for form in ("PNG", "JPEG", "TIFF", "WEBP", "HEIF"):
        options = {"quality": 100} if form in ("JPEG", "HEIF") else {"lossless": True}
        clean = let_in(folder, "p3", saved(image, form, icc_profile=wide_gamut_profile(), **options))
        red, green, blue = picture.open_picture(clean.path).getpixel((4, 4))
        assert red > 206 and green < 58 and "icc_profile" not in picture.open_picture(clean.path).info


def linear(colour) -> np.ndarray:
    given = np.asarray(colour, float) / 255
    return np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)


def through(primaries, colour) -> list[int]:
    """A colour of these primaries with sRGB's curve, in sRGB: by the matrices, cut where sRGB ends."""
    light = np.linalg.inv(np.array(SRGB).T) @ np.array(primaries).T @ linear(colour)
    light = np.clip(light, 0, 1)
    return np.rint(255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)).astype(int).tolist()


COLOURS = [(200, 60, 60), (40, 180, 90), (30, 60, 200), (128, 128, 128), (250, 240, 20), (12, 8, 30)]
CALLED_SRGB = "sRGB IEC61966-2.1"


def seen(folder, mode: str, colour, icc: bytes | None, form: str = "PNG") -> list[int]:
    clean = let_in(folder, f"a.{form.lower()}", saved(Image.new(mode, (8, 8), colour), form, icc_profile=icc))
    return list(picture.open_picture(clean.path).convert("RGB").getpixel((4, 4)))


@pytest.mark.parametrize("name", [CALLED_SRGB, "Display P3", "sRGB", "c2"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_profile_is_read_by_its_numbers_whatever_it_calls_itself(name, colour, folder):
    wide = seen(folder, "RGB", colour, profile(name, P3, srgb_curve()))
    assert np.abs(np.subtract(wide, through(P3, colour))).max() <= 2
    for same in (profile(name, SRGB, srgb_curve()), profile(name, SRGB, srgb_curve(1024)), None):
        assert seen(folder, "RGB", colour, same) == list(colour)  # and no number is touched


def test_primaries_of_srgb_with_another_curve_are_not_srgb(folder):
    for colour in COLOURS[:4]:
        dark = seen(folder, "RGB", colour, profile(CALLED_SRGB, SRGB, curve(1.0)))
        light = np.asarray(colour) / 255
        wanted = 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        assert np.abs(np.subtract(dark, wanted)).max() <= 2


@pytest.mark.parametrize("grey", [0, 20, 128, 200, 255])
def test_a_grey_profile_is_read_by_its_curve(grey, folder):
    light = (grey / 255) ** 1.8
    wanted = 255 * (light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)
    for name in ("Gray Gamma 1.8", CALLED_SRGB):
        red, green, blue = seen(folder, "L", grey, profile(name, (), curve(1.8), b"GRAY"))
        assert abs(red - wanted) <= 2 and red == green == blue


def test_a_grey_picture_with_a_profile_for_colours_keeps_its_neutrals(folder):
    for form in ("PNG", "JPEG"):
        assert seen(folder, "L", 90, profile(CALLED_SRGB, SRGB, srgb_curve()), form) == [90, 90, 90]
        assert np.abs(np.subtract(seen(folder, "L", 90, profile("Display P3", P3, srgb_curve()), form), 90)).max() <= 1


@pytest.mark.parametrize("broken", [
    b"", b"sRGB", b"sRGB IEC61966-2.1" * 20, wide_gamut_profile()[:200], wide_gamut_profile()[:60] + bytes(400),
    profile(CALLED_SRGB, (), curve(1.8), b"GRAY"), profile(CALLED_SRGB, (), curve(1.8), b"CMYK"),
])  # fmt: skip
def test_a_profile_that_is_broken_or_for_other_colours_leaves_them_as_they_are(broken, folder):
    for colour in COLOURS[:3]:
        assert seen(folder, "RGB", colour, broken) == list(colour)
    assert seen(folder, "RGBA", (200, 60, 60, 90), broken) == [200, 60, 60]
    printed = Image.new("CMYK", (8, 8), (10, 200, 200, 20))
    clean = let_in(folder, "print.tif", saved(printed, "TIFF", icc_profile=broken))
    assert difference(picture.open_picture(clean.path), printed.convert("RGB")) < 1


def test_a_printers_jpeg_keeps_its_inks_and_opens_in_srgb(folder):
    clean = let_in(folder, "print.jpg", saved(corners().convert("CMYK"), "JPEG", quality=95))
    with Image.open(clean.path) as stored:
        assert stored.mode == "CMYK"
    assert difference(picture.open_picture(clean.path), corners()) < 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_picture_opens_as_rgb_or_rgba(mode, folder):
    image = Image.new("I;16", (9, 7), 9000) if mode == "I;16" else corners(9, 7).convert(mode)
    opened = picture.open_picture(let_in(folder, "a.png", saved(image, "PNG")).path)
    assert opened.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB") and opened.size == (9, 7)


def test_transparency_survives_opening_and_colours(folder):
    clear = corners().convert("RGBA")
    clear.putalpha(128)
    opened = picture.open_picture(let_in(folder, "a.png", saved(clear, "PNG", icc_profile=wide_gamut_profile())).path)
    assert opened.mode == "RGBA" and set(opened.getchannel("A").tobytes()) == {128}


def test_a_picture_with_a_wrong_profile_still_opens(folder):
    for damaged in (b"nonsense", wide_gamut_profile()[:200]):
        opened = picture.open_picture(let_in(folder, "a.jpg", saved(corners(), "JPEG", icc_profile=damaged)).path)
        assert difference(opened, corners()) < 4
    grey = saved(corners().convert("L"), "PNG", icc_profile=wide_gamut_profile())
    assert picture.open_picture(let_in(folder, "grey.png", grey).path).mode == "RGB"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe", blank_png(13_000, 13_000)])
def test_what_is_not_a_sound_picture_does_not_open(content, tmp_path):
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    for use in (picture.open_picture, picture.thumbnail):
        with pytest.raises(UserError, match=r"odd\.png") as refusal:
            use(path)
        assert refusal.value.fix


def test_the_date_of_a_photo_is_read_and_a_wrong_one_is_not(folder):
    for written, read in (
        ("2024:05:17 14:03:22", "2024-05-17T14:03:22"),
        ("0000:00:00 00:00:00", None),
        ("yesterday", None),
    ):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = written
        assert let_in(folder, "a.jpg", saved(corners(), "JPEG", exif=exif)).facts["taken"] == read
    assert let_in(folder, "a.jpg", saved(corners(), "JPEG")).facts["taken"] is None


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_keep_a_picture_out(folder):
    noise = random.Random(3)
    for length in (0, 3, 20, 500):
        broken = b"Exif\x00\x00MM\x00*" + noise.randbytes(length)
        assert let_in(folder, "a.jpg", saved(corners(), "JPEG", exif=broken)).facts["width"] == 96


# --- small ------------------------------------------------------------------------------------------------------


def test_a_thumbnail_is_a_small_webp_without_notes(folder):
    for form in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF"):
        clean = let_in(
            folder,
            "a",
            saved(corners(1200, 800), form, exif=telling_exif(6)) if form != "GIF" else saved(corners(1200, 800), form),
        )
        small = picture.thumbnail(clean.path, 128)
        with Image.open(io.BytesIO(small)) as image:
            assert image.format == "WEBP" and max(image.size) == 128 and not image.getexif()
            assert "icc_profile" not in image.info and "xmp" not in image.info
    assert max(Image.open(io.BytesIO(picture.thumbnail(sample_photo()))).size) == 256


def test_a_thumbnail_shows_the_same_colours_as_the_picture(folder):
    image = Image.new("RGB", (600, 400), (200, 60, 60))
    clean = let_in(folder, "p3.jpg", saved(image, "JPEG", quality=98, icc_profile=wide_gamut_profile()))
    small = Image.open(io.BytesIO(picture.thumbnail(clean.path))).convert("RGB")
    assert difference(small, picture.open_picture(clean.path).resize(small.size)) < 4


def test_a_thumbnail_keeps_transparency_and_stays_as_small_as_the_picture(folder):
    clear = corners(20, 10).convert("RGBA")
    clear.putalpha(90)
    small = Image.open(io.BytesIO(picture.thumbnail(let_in(folder, "a.png", saved(clear, "PNG")).path)))
    assert small.mode == "RGBA" and small.size == (20, 10)


def test_a_contact_sheet_sets_pictures_on_paper():
    sheet = picture.contact_sheet([corners(64, 64), corners(200, 100), corners(10, 10).convert("RGBA")], 2, 64, 4)
    assert sheet.mode == "RGB" and sheet.size == (2 * 68 + 4, 2 * 68 + 4)
    assert sheet.getpixel((1, 1)) == (0xFB, 0xF8, 0xF2) == sheet.getpixel((72 + 10, 4 + 2))
    assert sheet.getpixel((4, 4)) == corners(64, 64).getpixel((0, 0))
    with pytest.raises(UserError):
        picture.contact_sheet([], 2, 64)
