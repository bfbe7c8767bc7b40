"""Small charts as SVG of our own: no script, no font, no address; a table beside each says the same."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 220, 44, 96, 14, 28
COLOURS = ("#1f6650", "#8a5a00", "#0b57d0")
DASHES = ("", "6 3", "2 3")
SOFT, LINE = "#55605a", "#d9ded9"


def lines(labels: Sequence[str], series: Mapping[str, Sequence[float | None]], *, title: str) -> str:
    """Shares over time, from the lowest ten per cent up; where there is no value the line breaks."""
    known = [value for values in series.values() for value in values if value is not None]
    floor = min(9, int(min(known, default=0) * 10)) / 10

    def place(number: int, value: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * number / max(1, len(labels) - 1)
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - floor) / (1 - floor))

    body = [_level(place(0, level)[1], level) for level in (floor, (1 + floor) / 2, 1.0)]
    body += [
        f'<text x="{place(number, 1)[0]:.1f}" y="{HEIGHT - 8}" text-anchor="middle" font-size="12" fill="{SOFT}">'
        f"{escape(label)}</text>"
        for number, label in enumerate(labels)
    ]
    ends = _apart([place(0, values[-1] if values[-1] is not None else floor)[1] for values in series.values()])
    for number, (name, values) in enumerate(series.items()):
        points = [place(at, value) if value is not None else None for at, value in enumerate(values)]
        body.append(_path(points, COLOURS[number % 3], DASHES[number % 3]))
        body.append(
            f'<text x="{WIDTH - RIGHT + 8}" y="{ends[number] + 4:.1f}" font-size="12" '
            f'fill="{COLOURS[number % 3]}">{escape(name)}</text>'
        )
    return _svg(HEIGHT, title, body)


def bars(values: Sequence[tuple[str, int]], *, title: str) -> str:
    """One bar for each name, the longest as wide as there is room."""
    most, body = max((number for _, number in values), default=0) or 1, []
    for at, (name, number) in enumerate(values):
        y, width = 8 + 24 * at, 400 * number / most
        body.append(f'<text x="136" y="{y + 13}" text-anchor="end" font-size="12" fill="{SOFT}">{escape(name)}</text>')
        body.append(f'<rect x="144" y="{y}" width="{width:.1f}" height="16" rx="2" fill="{COLOURS[0]}"/>')
        body.append(f'<text x="{150 + width:.1f}" y="{y + 13}" font-size="12" fill="{SOFT}">{number}</text>')
    return _svg(16 + 24 * len(values), title, body)


def _apart(heights: Sequence[float], least: float = 15) -> list[float]:
    """The same heights, moved so that no label lies on another."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    found = list(heights)
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + least)
    return found


def _level(y: float, value: float) -> str:
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="12" fill="{SOFT}">{value:.0%}</text>'
    )


def _path(points: Sequence[tuple[float, float] | None], colour: str, dashes: str) -> str:
    drawn, broken = [], True
    for point in points:
        if point:
            drawn.append(f"{'M' if broken else 'L'}{point[0]:.1f} {point[1]:.1f}")
        broken = point is None
    dots = "".join(f'<circle cx="{p[0]:.1f}" cy="{p[1]:.1f}" r="3" fill="{colour}"/>' for p in points if p)
    pen = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"'
    return f'<path d="{" ".join(drawn)}" {pen}/>{dots}'


def _svg(height: int, title: str, body: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(body)}</svg>'
    )
