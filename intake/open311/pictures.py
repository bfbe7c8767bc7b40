"""Pictures that come with a post: known by their content, bounded in size, made anew without what a camera adds."""

import base64
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image, ImageOps
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import Report, Reporter
from intake.open311.arguments import Upload
from intake.open311.records import Open311Picture
from intake.reporters import key_of
from intake.vault import Vault

READ = ("JPEG", "PNG", "WEBP")
MOST, LARGEST, PIXELS = 5, 5 * 2**20, 40_000_000
LONGEST_URL = 1_000
UNQUOTED = "\"'<>`\\"
"""What no address has (RFC 3986, but for the single quote), and a careless page would take for its own markup."""
QUALITY = 85


class NotAPicture(ValueError):
    """The file is no JPEG, PNG or WebP picture of at most 5 MiB and 40 megapixels."""


@dataclass(frozen=True)
class Picture:
    kind: str
    data: bytes = field(repr=False)


def checked(upload: Upload) -> Picture:
    """The picture made anew: upright, without place, time and camera. Raises NotAPicture; takes a moment."""
    if not 0 < len(upload.data) <= LARGEST:
        raise NotAPicture
    try:
        with Image.open(BytesIO(upload.data), formats=READ) as image:
            if image.width * image.height > PIXELS:
                raise NotAPicture
            return _anew(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture from None


def _anew(image: Image.Image) -> Picture:
    made, lossless = BytesIO(), image.mode in ("RGBA", "LA", "PA", "P")
    plain = image.convert("RGBA" if lossless else "RGB")
    plain.info.clear()
    plain.save(made, "PNG") if lossless else plain.save(made, "JPEG", quality=QUALITY)
    return Picture("image/png" if lossless else "image/jpeg", made.getvalue())


def address(text: str) -> str | None:
    """The address of a picture that lies elsewhere, if it is a plain one of the web; it is shown, never fetched."""
    if len(text) > LONGEST_URL or not text.isascii() or any(char.isspace() or char in UNQUOTED for char in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    return text if plain else None


async def keep(session: AsyncSession, vault: Vault, report: Report, pictures: list[Picture]) -> None:
    """Sealed under the reporter's data key: who erases the reporter erases them."""
    if not pictures:
        return
    reporter = await session.get_one(Reporter, report.reporter)
    for number, picture in enumerate(pictures, start=1):
        text = base64.b64encode(picture.data).decode()
        sealed = vault.seal(key_of(reporter), f"picture {number}", text, str(reporter.id))
        session.add(Open311Picture(case_no=report.case_no, number=number, kind=picture.kind, sealed=sealed))
