"""The monthly report as one HTML file that can be sent around: styles and charts are in it, nothing is fetched."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from feedback.charts import bars, lines
from feedback.monthly import TREND, Monthly
from feedback.report_tables import notes, summary, tables
from services.pages import STYLES

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(facts: Monthly) -> str:
    return _PAGES.get_template("report.html").render(
        title=facts.title,
        scope=facts.scope,
        summary=summary(facts),
        tables=tables(facts),
        notes=notes(facts),
        styles=Markup(STYLES.read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        trend=Markup(_trend(facts)),  # noqa: S704 (made by `charts`, which escapes)
        units=Markup(_units(facts)),  # noqa: S704 (likewise)
    )


def _trend(facts: Monthly) -> str:
    labels = [f"{month.month}月" for month, _ in facts.trend]
    shares = {facts.formulas.rates[name].chinese: [each.rates[name].value for _, each in facts.trend] for name in TREND}
    return lines(labels, shares, title="近六个月指标走势")


def _units(facts: Monthly) -> str:
    return bars([(each.name, each.figures.cases) for each in facts.units[:20]], title="各单位受理件数")
