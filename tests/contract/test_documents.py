"""What is written down is what the code does: the contract, the reference pages, the README's promises."""

import re
from pathlib import Path

import pytest

from services import cli
from services.settings import Settings

ROOT = Path(__file__).parents[2]


def test_openapi_yaml_is_what_the_code_serves() -> None:
    assert (ROOT / "openapi.yaml").read_text(encoding="utf-8") == cli.described(), "run `make openapi`"


@pytest.mark.parametrize("name", sorted(cli.pages()))
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == cli.pages()[name], "run `gridloop docs`"


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


GUIDES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]


def code_of(guide: Path) -> list[str]:
    """What stands between backticks on a line, and the lines of the blocks."""
    found, in_block = [], False
    for line in guide.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            in_block = not in_block
        elif in_block:
            found.append(line.strip().removeprefix("$ "))
        else:
            found += line.split("`")[1::2]
    return found


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_command_a_guide_names_exists(guide: Path) -> None:
    known = re.findall(r"^## `gridloop ([a-z -]+?)(?: \[|`| [A-Z])", cli.pages()["commands.md"], re.MULTILINE)
    firsts = {command.split()[0] for command in known}
    for text in code_of(guide):
        if text.startswith("gridloop ") and text.split()[1].isalpha() and text.split()[1].islower():
            assert text.split()[1] in firsts, text


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_link_of_a_guide_leads_somewhere(guide: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", guide.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (guide.parent / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_names_the_two_commands_and_the_licence(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert all(word in text for word in ("make demo", "make test", "Apache-2.0"))
