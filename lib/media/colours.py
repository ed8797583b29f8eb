"""The same colours everywhere: a picture seen through its colour profile, as sRGB. Read `to_srgb`.

A profile is read by its numbers (primaries and curves, which little CMS takes to D50 and back), never by its name.
"""

from __future__ import annotations

import functools
import io

from PIL import Image, ImageChops, ImageCms

_SAME_COLOUR = 2  # steps of 255: so much do two writings of sRGB differ (a curve as a formula, or as a table)


def to_srgb(image: Image.Image) -> Image.Image:
    """The same colours in sRGB with 8 bits a channel: mode RGB, or RGBA where there is transparency."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if image.mode in ("RGBa", "La", "PA", "LA") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("P", "1", "I", "F", "RGBX"):
        image = image.convert("RGB")
    converted = _through_profile(image, profile) or image
    if converted.mode not in ("RGB", "RGBA"):
        converted = converted.convert("RGB")
    converted.info.pop("icc_profile", None)
    return converted


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 grey bits to 8, rounded: 65,535 is 257 times 255."""
    import numpy as np

    return Image.fromarray(((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8))


def _through_profile(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """The image seen through its colour profile, as sRGB; None where there is no profile that fits."""
    if image.mode == "LAB":
        return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"),
                                         outputMode="RGB")
    if not profile or _is_srgb(profile):
        return None
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        in_colours = given.profile.xcolor_space.strip() == "RGB"  # a grey picture may carry one too, and means its neutrals
        seen = image.convert("RGB") if image.mode == "RGBA" or (image.mode == "L" and in_colours) else image
        seen = _as_srgb(seen, given)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a profile for other colours than the picture has
    if image.mode == "RGBA":
        seen.putalpha(image.getchannel("A"))
    return seen


def _as_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"),
                                     renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
                                     flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)


@functools.lru_cache(maxsize=8)
def _is_srgb(profile: bytes) -> bool:
    """True for a profile whose numbers are those of sRGB, whatever it calls itself: it changes no colour by more than 2."""
    steps = [0, 8, *range(32, 256, 32), 255]
    colours = Image.new("RGB", (len(steps) ** 2, len(steps)))
    colours.putdata([(red, green, blue) for red in steps for green in steps for blue in steps])
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if given.profile.xcolor_space.strip() != "RGB":
            return False
        seen = _as_srgb(colours, given)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return False
    return max(high for _, high in ImageChops.difference(colours, seen).getextrema()) <= _SAME_COLOUR
