"""Covers lib/media/jpeg_data.py, heif.py and what picture.py refuses: pictures of which a part is missing, and whole ones.

A decoder fills up what is missing, without a word. None of the whole pictures here may be refused for that.
"""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from made_files import corners, sample_photo, saved, skimage_picture
from PIL import Image, ImageFile

from lib.errors import UserError
from lib.media import picture
from lib.media.intake import clean_copy

END = b"\xff\xd9"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def let_in(folder, content, name="a.jpg"):
    source = folder.parent / name
    source.write_bytes(content)
    return clean_copy(source, folder)


def refused(folder, content, name="a.jpg") -> str:
    before = set(folder.iterdir())
    with pytest.raises(UserError, match=rf"^{name} is (cut off|broken)\.") as refusal:
        let_in(folder, content, name)
    assert set(folder.iterdir()) == before
    return str(refusal.value)


def photo(width: int = 320, height: int = 213) -> Image.Image:
    with Image.open(sample_photo("china.jpg")) as image:
        return image.convert("RGB").resize((width, height))


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8))


def soft() -> Image.Image:
    y, x = np.mgrid[:512, :512]
    return Image.fromarray(np.stack([x / 2, y / 2, (x + y) / 4], -1).astype(np.uint8))


def half_even(tone: int) -> Image.Image:
    """A photograph whose lower half is of one tone, as it was painted so."""
    pixels = np.asarray(photo(640, 426)).copy()
    pixels[213:] = tone
    return Image.fromarray(pixels)


def jpeg(image: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    before, ImageFile.MAXBLOCK = ImageFile.MAXBLOCK, 1 << 22  # Pillow's own buffer is too small for noise
    try:
        image.save(buffer, "JPEG", **{"quality": 90, **options})
    finally:
        ImageFile.MAXBLOCK = before
    return buffer.getvalue()


FORMS = {
    "4:4:4": {"subsampling": 0}, "4:2:2": {"subsampling": 1}, "4:2:0": {"subsampling": 2}, "fine": {"quality": 100}, "coarse": {"quality": 20},
    "own codes": {"optimize": True}, "progressive": {"progressive": True}, "progressive, coarse": {"progressive": True, "quality": 20},
    "restarts": {"restart_marker_blocks": 7}, "restart rows": {"restart_marker_rows": 1}, "progressive, restarts": {"progressive": True, "restart_marker_rows": 2},
}  # fmt: skip
IMAGES = {"photo": photo, "noise": noise, "soft": soft}


def cut(content: bytes, share: float) -> tuple[bytes, int]:
    """What is left of a JPEG, and how many bytes of its data are missing."""
    start, end = content.index(b"\xff\xda") + 14, len(content) - 2
    at = start + int((end - start) * share)
    return content[:at], end - at


def closed_again(content: bytes, share: float) -> dict[str, bytes]:
    left, missing = cut(content, share)
    return {
        "ended": left + END, "zeros": left + bytes(missing) + END, "ones": left + b"\xff" * missing + END,
        "some zeros": left + bytes(missing // 2) + END, "more zeros": left + bytes(3 * missing) + END,
        "not ended": left, "zeros, not ended": left + bytes(missing),
    }  # fmt: skip


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("image", IMAGES)
def test_a_jpeg_that_was_cut_and_closed_again_is_refused(image, form, share, folder):
    for content in closed_again(jpeg(IMAGES[image](), **FORMS[form]), share).values():
        refused(folder, content)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
@pytest.mark.parametrize("form", ["own codes", "progressive", "restarts"])
def test_grey_and_printed_ones_too(mode, form, folder):
    options = {name: value for name, value in FORMS[form].items() if name != "subsampling"}
    for content in closed_again(jpeg(photo().convert(mode), **options), 0.5).values():
        refused(folder, content)


@pytest.mark.parametrize("form", FORMS)
def test_a_jpeg_with_a_piece_gone_from_its_middle_is_refused(form, folder):
    content = jpeg(photo(640, 426), **FORMS[form])
    left, missing = cut(content, 0.4)
    refused(folder, left + content[len(left) + missing // 3:])


def test_a_progressive_jpeg_without_its_last_scans_is_refused(folder):
    content = jpeg(photo(), progressive=True)
    scans = [at for at in range(len(content)) if content[at:at + 2] == b"\xff\xda"]
    tables = [content.rindex(b"\xff\xc4", 0, at) for at in scans[1:]]
    assert len(scans) > 5
    for at in tables:
        assert "finer parts" in refused(folder, content[:at] + END)


def test_restart_marks_that_do_not_count_on_are_refused(folder):
    content = jpeg(photo(), restart_marker_rows=1)
    first, second, third = (content.index(bytes([0xFF, 0xD0 + number])) for number in range(3))
    refused(folder, content[:first] + content[second:])  # a row is gone
    swapped = content[:first] + content[second:third] + content[first:second] + content[third:]
    assert "another order" in refused(folder, swapped)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("image", [photo, noise, soft, lambda: half_even(128), lambda: half_even(0), lambda: half_even(255),
                                   lambda: Image.new("RGB", (300, 300), "white"), lambda: photo(37, 19), lambda: Image.new("RGB", (1, 1))])  # fmt: skip
def test_no_whole_jpeg_is_refused(image, form, folder):
    for mode in ("RGB", "L", "CMYK"):
        options = {name: value for name, value in FORMS[form].items() if name != "subsampling" or mode == "RGB"}
        content = jpeg(image().convert(mode), **options)
        assert let_in(folder, content).path.read_bytes().endswith(END)


@pytest.mark.parametrize("form", FORMS)
def test_padding_and_what_lies_behind_a_jpeg_do_not_matter(form, folder):
    content = jpeg(photo(), **FORMS[form])
    plain = let_in(folder, content)
    for behind in (bytes(70_000), b"\xff" * 999, b"SEFT and other notes of a camera" * 30, content):
        assert let_in(folder, content + behind).sha256 == plain.sha256
    for padding in (bytes(40), bytes(4096), b"\xff" * 4096, bytes(300) + b"\xff" * 300):
        kept = let_in(folder, content[:-2] + padding + END)
        assert np.array_equal(np.asarray(picture.open_picture(kept.path)), np.asarray(picture.open_picture(plain.path)))


def test_real_photographs_and_pictures_come_in(folder):
    for path in (sample_photo("flower.jpg"), sample_photo("china.jpg"), skimage_picture("rocket.jpg"), skimage_picture("hubble_deep_field.jpg")):
        assert clean_copy(path, folder).suffix == ".jpg"
    for name in ("coffee.png", "text.png", "page.png", "moon.png"):
        assert let_in(folder, jpeg(Image.open(skimage_picture(name)).convert("RGB"), optimize=True)).suffix == ".jpg"


def test_a_photo_of_two_pictures_may_be_half_in_its_second_one_only(folder):
    double = saved(photo(), "MPO", save_all=True, append_images=[photo(160, 106)])
    first = double.index(END + b"\xff\xd8") + 2
    assert let_in(folder, double[:first + 2000]).facts["width"] == 320
    left, missing = cut(double[:first], 0.5)
    refused(folder, left + END + double[first:])


# --- other forms ------------------------------------------------------------------------------------------------


def webp_with(content: bytes, change) -> bytes:
    """A WebP whose last chunk is another; all lengths are right."""
    at = max(content.find(name) for name in (b"VP8 ", b"VP8L"))
    data = change(content[at + 8:at + 8 + struct.unpack("<I", content[at + 4:at + 8])[0]])
    body = content[8:at + 4] + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("options", [{"quality": 80}, {"quality": 20}, {"lossless": True}])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_webp_that_was_cut_and_closed_again_is_refused(options, share, folder):
    clear = photo().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    for image in (photo(640, 426), clear):
        content = saved(image, "WEBP", **options)
        refused(folder, webp_with(content, lambda data: data[:int(len(data) * share)]), "a.webp")
        zeros = webp_with(content, lambda data: data[:int(len(data) * share)] + bytes(len(data) - int(len(data) * share)))
        refused(folder, zeros, "a.webp")
        let_in(folder, webp_with(content, lambda data: data + bytes(999)), "a.webp")


@pytest.mark.parametrize("options", [{"quality": 10, "method": 0}, {"quality": 100, "method": 0}, {"quality": 100, "method": 4},
                                     {"lossless": True, "method": 0}])  # fmt: skip
def test_a_webp_of_even_parts_ends_in_zeros_and_is_whole(options, folder):
    for image in (half_even(0), half_even(128), Image.new("RGB", (2000, 1500), "white")):
        let_in(folder, saved(image, "WEBP", **options), "a.webp")


def test_a_gif_whose_picture_ends_too_early_is_refused(folder):
    for frames in ([], [photo().rotate(9), photo().rotate(19)]):
        content = saved(photo(), "GIF", save_all=bool(frames), append_images=frames)
        for half in (content[:9000] + b"\x00;", content[:9000] + b";", content[:9000] + bytes(5000) + b"\x00;", content[:9000]):
            refused(folder, half, "a.gif")


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_a_tiff_with_zeros_or_nothing_in_the_place_of_strips_is_refused(compression, folder):
    content = saved(photo(640, 426), "TIFF", compression=compression)
    tags = Image.open(io.BytesIO(content)).tag_v2
    starts, lengths = tags[273], tags[279]
    last = max(map(sum, zip(starts, lengths, strict=True)))
    refused(folder, content[:starts[2]] + bytes(last - starts[2]) + content[last:], "a.tif")
    let_in(folder, content, "a.tif")
    for tag in (273, 279):
        refused(folder, with_second_number(content, tag, 0), "a.tif")


def with_second_number(tiff: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with another second number under a tag that has several."""
    at = struct.unpack("<I", tiff[4:8])[0] + 2
    while struct.unpack("<H", tiff[at:at + 2])[0] != tag:
        at += 12
    kind, count, place = struct.unpack("<HII", tiff[at + 2:at + 12])
    size = {3: 2, 4: 4}[kind]
    assert count > 2
    return tiff[:place + size] + value.to_bytes(size, "little") + tiff[place + 2 * size:]


@pytest.mark.parametrize("form", ["TIFF", "BMP"])
def test_where_black_may_be_meant_it_is_told_and_not_refused(form, folder):
    content = saved(photo(), form)
    half = content[:len(content) // 2]
    end = len(content) if form == "BMP" else sum(max(zip(*(Image.open(io.BytesIO(content)).tag_v2[tag] for tag in (273, 279)), strict=True)))
    clean = let_in(folder, half + bytes(end - len(half)) + content[end:], "a.bin")
    assert 0.45 < clean.facts["empty_end"] < 0.55
    assert "empty_end" not in let_in(folder, content, "a.bin").facts


def heic_data(content: bytes) -> tuple[int, int]:
    """Where the data of a HEIC of one picture begins and ends."""
    at = content.index(b"mdat")
    return at + 4, at - 4 + int.from_bytes(content[at - 4:at], "big")


@pytest.mark.parametrize("image", [*IMAGES.values(), lambda: photo(1500, 1000)])
def test_a_heic_with_a_hole_is_refused(image, folder):
    content = saved(image(), "HEIF", quality=80)
    start, end = heic_data(content)
    for share in (0.3, 0.5, 0.9):
        at = start + int((end - start) * share)
        assert "Zeros stand" in refused(folder, content[:at] + bytes(end - at) + content[end:], "a.heic")
        refused(folder, content[:start - 8] + struct.pack(">I", at - start + 8) + content[start - 4:at] + content[end:], "a.heic")
        refused(folder, content[:at], "a.heic")


def test_a_whole_heic_is_not_taken_for_one_with_a_hole(folder):
    for image in (photo(), noise(), half_even(0), Image.new("RGB", (900, 900), "black"), corners()):
        for options in ({"quality": 20}, {"quality": 95}, {"quality": -1}):
            let_in(folder, saved(image, "HEIF", **options), "a.heic")


@pytest.mark.parametrize("odd", [b"iloc", b"iinf", b"infe", b"hvc1"])
def test_a_heic_that_says_odd_things_is_left_to_the_decoder(odd, folder):
    content = saved(photo(), "HEIF")
    at = content.index(odd)
    for change in (b"\xff" * 8, bytes(8)):
        try:
            let_in(folder, content[:at + 4] + change + content[at + 12:], "a.heic")
        except UserError as error:
            assert error.what.startswith("a.heic is ")
