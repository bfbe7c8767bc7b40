"""A script that somebody writes into a text field is shown as the text it is, on every page that shows it."""

import re
from pathlib import Path

import pytest
from fortress import CITY, STREET, Fortress

from services.pages import HERE
from services.roles import Role

ROOT = HERE.parent.parent
SCRIPT = "<script>alert(1)</script>"
PLANTED = f"路灯不亮{SCRIPT}\"' onmouseover=alert(2) x='{{{{7*7}}}}"
ROOMS = ("services", "intake", "routing", "feedback")
TEMPLATES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.html"))]
SCRIPTS = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.js"))]
OWN_MARKUP = {
    "feedback/report_page.py", "intake/pages/desk/showing.py", "intake/pages/watermark.py",
    "services/accounts/pages.py", "services/staff_pages.py",
}  # fmt: skip
"""Where markup is made by us: of random texts, of a token, of numbers, of charts that escape."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_no_template_lets_a_text_through_as_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|\bmarkup\b", source, re.I)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)", source), "a script lies in a file of its own"
    assert not re.search(r"\son[a-z]+\s*=", source), "no handler lies in the markup"


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_no_script_of_ours_makes_markup_of_a_text(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)


def test_markup_is_made_where_it_is_known_to_be_ours() -> None:
    found = {
        named(path)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\bMarkup\(", path.read_text(encoding="utf-8"))
    }
    assert found <= OWN_MARKUP


async def test_what_a_citizen_and_those_at_work_write_is_shown_as_text(fortress: Fortress) -> None:
    """Reports, notes and names through intake's and routing's pages."""
    form = {"external_id": "x-1", "item_type": "complaint", "description": PLANTED, "address": PLANTED, "name": PLANTED}
    clerk, officer = fortress.as_("clerk"), fortress.as_("officer")
    made = await clerk.post("/intake/desk", data=form)
    assert made.status_code == 303, made.text
    seen = [
        await clerk.get(made.headers["location"]),
        await clerk.post("/intake/desk", data={**form, "item_type": "x"}),
    ]
    noted = await officer.post("/intake/visits", data={**form, "external_id": "x-2"})
    seen += [await officer.get("/intake/visits"), await officer.get(noted.headers["location"])]
    await fortress.somebody(PLANTED, Role.OFFICER, STREET)
    await fortress.somebody("top", Role.ADMINISTRATOR, CITY)
    top = fortress.as_("top")
    seen += [await top.get(f"/routing/admin/people/{fortress.people[PLANTED]}"), await top.get("/routing/admin/people")]
    for page in seen:
        assert page.headers["content-type"].startswith("text/html"), page.text
        assert "<script>alert" not in page.text
        assert "' onmouseover=" not in page.text
        assert "49" not in re.findall(r"x=.{0,40}", page.text)
    assert sum("&lt;script&gt;alert" in page.text for page in seen) >= 3
