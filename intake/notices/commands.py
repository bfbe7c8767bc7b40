"""`gridloop notices`: the templates, and what each would say."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from intake.notices.occasions import Occasion
from intake.notices.wording import Language, Wording, newest, placeholders_of, read, text_messages

app = typer.Typer(help="Notices to reporters: templates and previews.", no_args_is_help=True)
File = Annotated[
    Path | None,
    typer.Option("--file", envvar="GRIDLOOP_NOTICE_TEMPLATES", exists=True, help="Templates of the city's own."),
]


@app.callback()
def _group() -> None:
    """Notices to reporters: templates and previews."""


@app.command("list")
def list_templates(file: File = None) -> None:
    """The templates of the version that is sent, with their placeholders."""
    wording = _read(file)
    typer.echo(f"version {wording.version}")
    for occasion in Occasion:
        typer.echo(f"{occasion:<14} {' '.join(placeholders_of(occasion))}")


@app.command()
def preview(
    key: Annotated[Occasion | None, typer.Argument(help="A template; without it all of them.")] = None,
    language: Annotated[str, typer.Option(help="`zh` or `en`.")] = "zh",
    file: File = None,
) -> None:
    """What a person would read, with made-up values, and how many text messages it is."""
    if language not in ("zh", "en"):
        raise typer.BadParameter("the languages are zh and en", param_hint="--language")
    wording, tongue = _read(file), _tongue(language)
    for occasion in [key] if key else list(Occasion):
        text = wording.preview(occasion, tongue)
        typer.echo(
            f"{occasion} {wording.version} {tongue} · {len(text)} characters, {text_messages(text)} SMS\n  {text}"
        )


def _tongue(language: str) -> Language:
    return "en" if language == "en" else "zh"


def _read(file: Path | None) -> Wording:
    try:
        return read(file or newest())
    except ValidationError as error:
        raise typer.BadParameter("; ".join(each["msg"] for each in error.errors()), param_hint="--file") from None
