"""The reference pages that the code itself writes: settings, commands. A test fails when they are stale."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup

from services.settings import SERVICES, Settings

SETTINGS_HEAD = """# Settings 设置

All settings come from the environment. On one machine (`gridloop up`, `gridloop demo`) none is needed: addresses and
secrets are made in the data directory on first start. Written by `gridloop docs`.

| variable | default | what it is |
|---|---|---|
"""
COMMANDS_HEAD = """# Commands 命令

`gridloop COMMAND --help` says the same. Written by `gridloop docs`.
"""


def settings_page() -> str:
    """A table of every setting, its default and its meaning; secrets have no default."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        rows.append(f"| `GRIDLOOP_{name.upper()}` | {default} | {field.description} |")
    return SETTINGS_HEAD + "\n".join(rows) + f"\n\nServices: {', '.join(SERVICES)}.\n"


def commands_page(root: TyperGroup) -> str:
    """The help of every command."""
    return COMMANDS_HEAD + "".join(_sections(root, "gridloop"))


def _sections(group: TyperGroup, path: str) -> Iterator[str]:
    for name in sorted(group.commands):
        command = group.commands[name]
        if isinstance(command, TyperGroup):
            yield from _sections(command, f"{path} {name}")
        elif not command.hidden:
            yield _section(command, f"{path} {name}")


def _section(command: Any, path: str) -> str:
    arguments = [
        f"[{param.name.upper()}]" if not param.required else param.name.upper()
        for param in command.params
        if param.param_type_name == "argument"
    ]
    options = [_option(param) for param in command.params if param.param_type_name == "option"]
    usage = " ".join([path, *arguments, *(["[OPTIONS]"] if options else [])])
    text = f"\n## `{usage}`\n\n{' '.join((command.help or '').split())}\n"
    return text + ("\n" + "\n".join(options) + "\n" if options else "")


def _option(param: Any) -> str:
    default = f" (default `{param.default}`)" if param.default not in (None, False) and not param.required else ""
    return f"- `{', '.join(param.opts)}`: {param.help or 'See above.'}{default}"
