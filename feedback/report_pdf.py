# mypy: disable-error-code="import-untyped"
"""The monthly report as a PDF of A4 pages.

Chinese is set in STSong-Light, one of the fonts that PDF readers bring for Chinese: no font is in the file. No
package we lock carries a Chinese font that could be put in, and a font of the machine would differ from place to place.
"""

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from feedback.charts import COLOURS, DASHES
from feedback.monthly import TREND, Monthly
from feedback.report_tables import notes, summary, tables

FONT, SOFT, RULE = "STSong-Light", colors.HexColor("#55605a"), colors.HexColor("#d9ded9")
WIDTH = A4[0] - 36 * mm
SHARES = {6: (0.15, 0.11, 0.11, 0.17, 0.18, 0.28), 2: (0.6, 0.4)}


def pdf(facts: Monthly) -> bytes:
    """The file's bytes."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    file = io.BytesIO()
    made = SimpleDocTemplate(
        file,
        pagesize=A4,
        title=facts.title,
        author="gridloop",
        lang="zh-CN",
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
    )
    made.build(_story(facts), onFirstPage=_foot, onLaterPages=_foot)
    return file.getvalue()


def _story(facts: Monthly) -> list[Any]:
    story: list[Any] = [
        Paragraph(escape(facts.title), _style(18, 26)),
        Paragraph(escape(facts.scope), _style(10, 16, SOFT)),
        Spacer(1, 4 * mm),
        Paragraph(escape(summary(facts)), _style(11, 18)),
        Spacer(1, 4 * mm),
        _trend(facts),
    ]
    for title, heads, rows in tables(facts):
        story.append(KeepTogether([Paragraph(escape(title), _style(12, 22)), _table(heads, rows)]))
    story.append(Paragraph("统计口径", _style(12, 22)))
    return story + [Paragraph(escape(line), _style(9, 14)) for line in notes(facts)]


def _style(size: int, leading: int, colour: Any = colors.black) -> ParagraphStyle:
    return ParagraphStyle(f"s{size}", fontName=FONT, fontSize=size, leading=leading, wordWrap="CJK", textColor=colour)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    cells = [[Paragraph(escape(cell), _style(9, 13, SOFT)) for cell in heads]]
    cells += [[Paragraph(escape(cell), _style(9, 13)) for cell in row] for row in rows]
    shares = SHARES.get(len(heads)) or (0.3, *(0.7 / (len(heads) - 1),) * (len(heads) - 1))
    made = Table(cells, colWidths=[WIDTH * share for share in shares], repeatRows=1)
    made.setStyle(TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return made


def _trend(facts: Monthly) -> Drawing:
    """Half a year of three shares, between the lowest ten per cent and all."""
    width, height, left = WIDTH, 120.0, 30.0
    right = width - 70
    drawing = Drawing(width, height + 16)
    known = [each.rates[name].value for name in TREND for _, each in facts.trend if each.rates[name].value is not None]
    floor = min(9, int(min((value for value in known if value is not None), default=0) * 10)) / 10

    def place(at: int, value: float) -> tuple[float, float]:
        return left + (right - left) * at / (len(facts.trend) - 1), 20 + (height - 20) * (value - floor) / (1 - floor)

    for level in (floor, (1 + floor) / 2, 1.0):
        y = place(0, level)[1]
        drawing.add(Line(left, y, right, y, strokeColor=RULE))
        drawing.add(String(0, y - 3, f"{level:.0%}", fontName=FONT, fontSize=8, fillColor=SOFT))
    for at, (month, _) in enumerate(facts.trend):
        x = place(at, floor)[0]
        drawing.add(String(x, 6, f"{month.month}月", fontName=FONT, fontSize=8, fillColor=SOFT, textAnchor="middle"))
    for number, name in enumerate(TREND):
        _draw(drawing, facts, name, number, place, right)
    return drawing


def _draw(drawing: Drawing, facts: Monthly, name: str, number: int, place: Any, right: float) -> None:
    colour = colors.HexColor(COLOURS[number])
    dashes = [int(each) for each in DASHES[number].split()] or None
    points = [
        place(at, each.rates[name].value)
        for at, (_, each) in enumerate(facts.trend)
        if each.rates[name].value is not None
    ]
    for x, y in points:
        drawing.add(Circle(x, y, 2, fillColor=colour, strokeColor=colour, strokeWidth=0.5))
    if len(points) > 1:
        flat = [part for point in points for part in point]
        drawing.add(PolyLine(flat, strokeColor=colour, strokeWidth=1.5, strokeDashArray=dashes))
    drawing.add(
        String(
            right + 8,
            100 - 14 * number,
            facts.formulas.rates[name].chinese,
            fontName=FONT,
            fontSize=9,
            fillColor=colour,
        )
    )


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.setFillColor(SOFT)
    canvas.drawCentredString(A4[0] / 2, 10 * mm, f"第 {document.page} 页")
