"""`gridloop cases evaluate-repeats` and `learn-repeats`: how well repeats are found, and fitting what decides it."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from routing.evaluating import lines
from routing.lists_commands import DataDir, snapshot
from routing.repeats import pairs
from routing.repeats.training import fit
from routing.terms import Terms, terms
from services.settings import Settings

PairsFile = Annotated[
    Path, typer.Argument(exists=True, help="Lines `{id, a: {text, address, hours_apart}, b: {text, address}, same}`.")
]
MEASURED_ON = ("held", "blind", "after")


def evaluate_repeats(
    file: PairsFile,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures and the single cases here.")] = None,
    data_dir: DataDir = Path(".gridloop"),
    threshold: Annotated[float | None, typer.Option(help="In place of the preset's `same_from`.")] = None,
    half: Annotated[str | None, typer.Option(help="Only the lines that are marked with this `half`.")] = None,
) -> None:
    """Measure on pairs with known answers how well repeats are found; an empty directory means the starter city."""
    agreed = _terms().agreed
    from_ = agreed.repeats.same_from if threshold is None else threshold
    with snapshot(data_dir) as (catalogue, _):
        wanted = [line for line in lines(file) if half is None or line.get("half") == half]
        found = pairs.figures(wanted, catalogue, threshold=from_, over_after_days=agreed.over_after_days)
    typer.echo(told(found))
    if output:
        output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def learn_repeats(
    file: PairsFile,
    output: Annotated[Path, typer.Argument(help="Where to write the weights.")],
    data_dir: DataDir = Path(".gridloop"),
) -> None:
    """Fit the weights on pairs with known answers; lines of the `half` held, blind or after are left for measuring."""
    with snapshot(data_dir) as (catalogue, _):
        wanted = [line for line in lines(file) if line.get("half") not in MEASURED_ON]
        weights = fit(pairs.lessons(wanted, catalogue, over_after_days=_terms().agreed.over_after_days))
    output.write_text(json.dumps(asdict(weights), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"{len(wanted)} pairs, weights in {output}")


def _terms() -> Terms:
    return terms(Settings())


def told(found: dict[str, Any]) -> str:
    """The figures for a terminal, with the reasons that most often stood in a wrong merge."""
    rows = [f"{name:>16}  {value}" for name, value in found.items() if name != "cases"]
    wrong = Counter(why for case in found["cases"] if case["answer"] and not case["same"] for why in case["agree"])
    return "\n".join([*rows, *(f"{'wrongly merged':>16}  {why}: {times}" for why, times in wrong.most_common(5))])
