"""The viewer's watermark (水印): who looks and when, over the whole page, so that a picture of it says whose it is."""

from datetime import datetime
from uuid import UUID

from markupsafe import Markup

TILE = Markup(
    '<svg class="watermark" aria-hidden="true" focusable="false" xmlns="http://www.w3.org/2000/svg">'
    '<defs><pattern id="viewer" width="300" height="150" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(-24)">'
    '<text x="8" y="44">{}</text><text x="8" y="68">{}</text><text x="158" y="118">{}</text>'
    '<text x="158" y="142">{}</text></pattern></defs>'
    '<rect width="100%" height="100%" fill="url(#viewer)"/></svg>'
)


def watermark(*, name: str, person: UUID, at: datetime) -> Markup:
    """The pattern, as SVG within the page: no picture is fetched, and it is printed with the rest."""
    who, when = f"{name} {person.hex[-8:]}", at.isoformat(" ", "minutes")
    return TILE.format(who, when, who, when)
