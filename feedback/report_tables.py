"""The tables and sentences of a monthly report, the same for its page and its PDF."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from feedback.breakdowns import Piece
from feedback.figure_sheets import told, told_weights
from feedback.figures import Figure, Opened
from feedback.monthly import TREND, Monthly

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A title, the heads, the rows."""
CHANNELS = {"hotline": "热线", "walk_in": "窗口", "visit": "走访", "open311": "网络", "grid_visit": "巡查"}


def tables(facts: Monthly) -> list[Table]:
    return [
        ("一、总体指标", ("指标", "本月", "上月", "分子／分母", "95%区间", "未计入"), list(_rates(facts))),
        ("二、各单位", _heads(facts, "单位", ranked=True), [_piece(facts, each, ranked=True) for each in facts.units]),
        ("三、诉求类别（件数前十）", _heads(facts, "类别"), [_piece(facts, each) for each in facts.issues]),
        ("四、受理渠道", _heads(facts, "渠道"), [_piece(facts, each) for each in facts.channels]),
        (
            "五、本月剔除公示",
            ("事项", "次数"),
            _excluded(facts),
        ),
    ]


def _excluded(facts: Monthly) -> Sequence[Sequence[str]]:
    return [(name, str(number)) for name, number in facts.exclusions.items()] or [("无", "0")]


def summary(facts: Monthly) -> str:
    """One sentence for who reads no table."""
    whole = facts.whole
    rates = "，".join(f"{facts.formulas.rates[name].chinese}{percent(whole.rates[name])}" for name in TREND)
    change = whole.cases - facts.before.cases
    moved = f"较上月{'增加' if change > 0 else '减少'}{abs(change)}件" if change else "与上月持平"
    return f"{facts.scope}本月受理诉求{whole.cases}件，{moved}；{rates}。"


def notes(facts: Monthly) -> list[str]:
    """How it was counted."""
    made, zone = facts.formulas, ZoneInfo(facts.choice.zone)
    lines = [
        f"按受理时间统计，统计时点 {facts.as_of.astimezone(zone):%Y-%m-%d %H:%M}。",
        f"公式版本 {made.version}，权重版本 {made.rule}。",
        f"分母不足 {made.minimum} 的标“＊”：区间比数值更能说明问题；样本不足的单位不排位次。不统计、不排名任何个人。",
    ]
    lines += [
        f"{each.chinese} = {each.meaning}（{told_weights(made.parts(name))}）" for name, each in made.rates.items()
    ]
    if made.composite:
        parts = "＋".join(f"{weight:g}×{made.rates[name].chinese}" for name, weight in made.composite.items())
        lines.append(f"综合指数 = {parts}")
    return [*lines, "公式与权重为建议口径，国家和地方未公布统一算式。"]


def percent(figure: Figure | None) -> str:
    """98.2%, with a star where it is over few; a dash where it is over nothing."""
    if figure is None or figure.value is None:
        return "—"
    return f"{100 * figure.value:.1f}%{'＊' if figure.small else ''}"


def _rates(facts: Monthly) -> Iterator[Sequence[str]]:
    for name, figure in facts.whole.rates.items():
        low, high = figure.interval or (0.0, 0.0)
        yield (
            facts.formulas.rates[name].chinese,
            percent(figure),
            percent(facts.before.rates[name]),
            f"{figure.numerator:g}／{figure.denominator}",
            f"{100 * low:.1f}–{100 * high:.1f}%" if figure.denominator else "—",
            told(figure.excluded) or "无",
        )
    yield ("综合指数", composite(facts.whole), composite(facts.before), "", "", "")


def composite(opened: Opened) -> str:
    made = opened.composite
    return "—" if made is None or made.value is None else f"{100 * made.value:.1f}{'＊' if made.small else ''}"


def _heads(facts: Monthly, first: str, *, ranked: bool = False) -> Sequence[str]:
    names = (facts.formulas.rates[name].chinese for name in TREND)
    return (first, "受理", *names, "综合指数", *(("位次",) if ranked else ()))


def _piece(facts: Monthly, piece: Piece, *, ranked: bool = False) -> Sequence[str]:
    opened = piece.figures
    place = (str(piece.rank or "—"),) if ranked else ()
    rates = (percent(opened.rates[name]) for name in TREND)
    return (CHANNELS.get(piece.name, piece.name), str(opened.cases), *rates, composite(opened), *place)
