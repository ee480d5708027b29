"""HEIC and AVIF as JPEG: what phones write and half of the offices cannot open. Runs in the reader's child (reading.py), which is
killed when a picture takes too long or too much memory; a decoder in C stops for nothing else."""

from __future__ import annotations

import io
from typing import Final

# Decoded, a pixel costs about eight octets here; the child has two gigabytes. Phones write 12 to 50 million.
PIXELS: Final = 64_000_000
OCTETS: Final = 26_214_400
QUALITY: Final = 90


def jpeg_of(octets: bytes) -> bytes | None:
    """The first picture of a HEIC or AVIF file as JPEG, the right way up, with its colour profile and nothing else of what the
    camera wrote; None when it is over the budget or cannot be read."""
    from PIL import Image
    from pillow_heif import HeifImagePlugin  # noqa: F401  registers the format

    if len(octets) > OCTETS:
        return None
    try:
        with Image.open(io.BytesIO(octets), formats=("HEIF", "AVIF")) as picture:
            if picture.width * picture.height > PIXELS:
                return None
            made = io.BytesIO()
            profile = picture.info.get("icc_profile")
            picture.convert("RGB").save(made, "JPEG", quality=QUALITY, icc_profile=profile, exif=b"")
    except Exception:  # noqa: BLE001  whatever the decoder dislikes: the picture is told to its sender
        return None
    return made.getvalue()
