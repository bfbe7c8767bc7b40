"""A picture that somebody sends: looked at by what it is, never by its name, and made anew so that no place and no
camera stays. What is kept is a JPEG of at most 1600 pixels a side.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE, MOST_PIXELS, MOST_BYTES = 1600, 50_000_000, 5 * 2**20
QUALITY = 80
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, *BOMBS)


class NotAPicture(ValueError):
    """No JPEG, PNG or WebP that can be read, or one of more than 50 million pixels or 5 MiB."""


@dataclass(frozen=True)
class Picture:
    """A picture made anew."""

    jpeg: bytes
    width: int
    height: int


def renewed(sent: bytes) -> Picture:
    """The picture upright and small, with its pixels alone. Raises NotAPicture. Takes a moment: call it in a thread."""
    if len(sent) > MOST_BYTES:
        raise NotAPicture
    try:
        with Image.open(io.BytesIO(sent), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotAPicture
            opened.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except BROKEN:
        raise NotAPicture from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=QUALITY, optimize=True)
    return Picture(written.getvalue(), *bare.size)
