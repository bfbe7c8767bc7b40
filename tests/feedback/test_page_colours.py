"""The style sheet's colours can be read: the contrast that WCAG 2.2 AA asks for, in light and in dark."""

import re

import pytest

from services.pages import STYLES

TEXT, EDGE = 4.5, 3.0
PAIRS = [
    ("ink", "ground", TEXT),
    ("ink", "sheet", TEXT),
    ("ink", "accent-wash", TEXT),
    ("ink-soft", "ground", TEXT),
    ("ink-soft", "sheet", TEXT),
    ("accent", "ground", TEXT),
    ("accent-deep", "ground", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-deep", TEXT),
    ("fault", "fault-wash", TEXT),
    ("fault", "ground", TEXT),
    ("edge", "sheet", EDGE),
    ("edge", "ground", EDGE),
    ("accent", "sheet", EDGE),
    ("fault", "sheet", EDGE),
    ("focus", "ground", EDGE),
]


def tokens(scheme: str) -> dict[str, str]:
    light, dark = STYLES.read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    part = light if scheme == "light" else dark.partition("}\n}")[0]
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", part))


def luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_the_contrast_is_enough(scheme: str, front: str, back: str, least: float) -> None:
    found = tokens(scheme)
    brighter, darker = sorted((luminance(found[front]), luminance(found[back])), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= least


def test_dark_knows_every_colour_of_light() -> None:
    assert tokens("light").keys() == tokens("dark").keys()
