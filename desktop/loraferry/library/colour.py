"""Any picture as 8-bit RGB in sRGB: palettes, grey, 16 bits, CMYK, alpha over white, embedded colour profiles."""

import io

from PIL import Image, ImageCms

_SRGB = ImageCms.createProfile("sRGB")
_PROFILE_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def as_srgb(image: Image.Image) -> Image.Image:
    """`image` as RGB in sRGB on white. A profile that is damaged, or made for other channels, is left out."""
    colours, alpha = layers(image)
    if alpha is None:
        return colours
    white = Image.new("RGB", colours.size, "white")
    white.paste(colours, mask=alpha)
    return white


def layers(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours of `image` as RGB in sRGB, and how opaque it is where not all of it is."""
    profile = image.info.get("icc_profile")
    image = _eight_bits(image)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    elif image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("RGB")
    image = _converted(image, profile) if profile else image
    if image.mode != "RGB":
        image = image.convert("RGB")
    opaque = alpha is None or alpha.getextrema() == (255, 255)
    return image, None if opaque else alpha


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits as 8 bits; other modes have 8 already, because Pillow reads 16-bit colour as 8."""
    if image.mode.startswith("I;16") or image.mode == "I":
        # Pillow's own conversion cuts off at 255 instead of scaling.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode == "F":
        # One number for each pixel: a sequence of pairs would mean several bands.
        _, high = image.getextrema()
        brightest = float(high)  # type: ignore[arg-type]
        scale = 255.0 if brightest <= 1 else 1.0 if brightest <= 255 else 255 / 65535
        return image.point(lambda value: value * scale).convert("L")
    return image


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _PROFILE_SPACES.get(source.profile.xcolor_space) != image.mode:
            return image
        if image.mode == "RGB" and "sRGB" in (ImageCms.getProfileDescription(source) or ""):
            return image
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image
