"""The synthetic city is whole and the same each time, and what makes the matcher fast changes no answer."""

from datetime import date
from random import Random

import pytest
from shapely import Point, STRtree, box, union_all

from routing import benching
from routing.benching import lattice, questions
from routing.benching.figures import told
from routing.benching.scan import Scan
from routing.catalogue import Catalogue
from routing.city import GridKind, resolve
from routing.duties import candidates_at
from routing.lists import OverlappingRows, decide
from routing.matching import match
from routing.places.grounds import Grounds
from services.messages import Location

DAY = date(2025, 6, 3)
FEW = 6_600
"""Micro-grids: one for each committee and a second one for some."""


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return lattice.catalogue(Catalogue.starter().classifier.to_bytes(), micro_grids=FEW, rows=1_000)


def test_micro_grids_tile_the_committees(city: Catalogue) -> None:
    outlines = [grid.geometry for grid in city.city.grids if grid.kind is GridKind.MICRO and grid.geometry]
    assert len(outlines) == FEW
    assert {grid.parent for grid in city.city.grids if grid.kind is GridKind.MICRO} == {
        grid.code for grid in city.city.grids if grid.kind is GridKind.COMMITTEE
    }
    ground = union_all(outlines)
    assert sum(each.area for each in outlines) == pytest.approx(ground.area)
    assert ground.within(box(120.8, 30.6, 122.1, 31.9))


def test_rows_name_each_matter_at_a_place_once(city: Catalogue) -> None:
    rows, own = city.lists.responsibilities.rows, len(Catalogue.starter().lists.responsibilities.rows)
    added = rows[own:]
    assert (len(rows), len(added)) == (1_000, 1_000 - own)
    assert len({(row.issue, row.scope) for row in added}) == len(added)


@pytest.mark.parametrize("ask", [questions.by_coordinates, questions.by_address])
def test_what_is_asked_has_an_answer(city: Catalogue, ask: questions.Asking) -> None:
    found = [match(each, city, day=DAY, threshold=0.5) for each in ask(city, 60)]
    assert [each.grid for each in found if each.place.grid is None] == []
    assert all(city.city.grid(str(each.grid)).kind is GridKind.MICRO for each in found)


def test_the_scan_finds_the_same_ground_but_takes_the_first_row(city: Catalogue) -> None:
    asked = questions.by_coordinates(city, 40)
    scan, ours = Scan(city, DAY), [match(each, city, day=DAY, threshold=0.5).lead for each in asked]
    theirs = [scan.lead(each) for each in asked]
    assert None not in theirs
    assert any(one != other for one, other in zip(ours, theirs, strict=True))


def test_the_figures_stand_next_to_floor_and_scan(city: Catalogue) -> None:
    found = benching.measure(city, number=40, threshold=0.5)
    for kind in ("coordinates", "free_text"):
        assert found[kind]["of_floor"]["rate"] > 0
    assert "floor" not in found["address"]
    assert all(found[kind]["match"]["p99_ms"] >= found[kind]["match"]["p50_ms"] for kind in benching.KINDS)
    assert found["micro_grids"] == FEW
    assert "of_floor" in told(found)


def test_a_kept_decision_is_the_one_that_would_be_made(city: Catalogue) -> None:
    """On the starter city and on the synthetic one: many matters, places of every level."""
    for catalogue in (city, Catalogue.starter()):
        dice = Random(7)
        grids, issues = [grid.code for grid in catalogue.city.grids], list(catalogue.lists.issues)
        special = [row.scope for row in catalogue.lists.responsibilities.rows if row.scope in set(grids)]
        for _ in range(1_500):
            issue, grid = dice.choice(issues), dice.choice(dice.choice((grids, special)))
            assert grid is not None
            candidates = candidates_at(issue, grid, catalogue, DAY)
            try:
                made = decide(issue, candidates, lambda lead: resolve(lead, grid, catalogue.city).grassroots)  # noqa: B023
            except OverlappingRows:
                with pytest.raises(OverlappingRows):
                    catalogue.precedents.decision(issue, grid, DAY)
            else:
                assert catalogue.precedents.decision(issue, grid, DAY) == made


def test_the_unit_of_a_duty_is_the_first_one_up_that_stands_as_high() -> None:
    city = Catalogue.starter().city
    for grid in city.grids[::37]:
        chain = city.unit_chain(grid.code)
        assert city.ladder(grid.code) == tuple(
            next(unit for unit in chain if unit.level.rank <= rank) for rank in range(7)
        )


def test_a_point_lies_where_the_tree_of_outlines_says() -> None:
    starter = Catalogue.starter()
    outlined = [grid for grid in starter.city.grids if grid.geometry is not None]
    tree, grounds = STRtree([grid.geometry for grid in outlined]), Grounds(starter.city, starter.places.reader.tree)
    dice, (west, south, east, north) = Random(7), union_all([grid.geometry for grid in outlined]).bounds
    for _ in range(2_000):
        x, y = dice.uniform(west, east), dice.uniform(south, north)
        hits = {outlined[row].code for row in tree.query(Point(x, y), predicate="intersects")}
        found = grounds.at(Location(lon=x, lat=y))
        assert (found is None) == (not hits)
        assert found is None or found in hits or len(hits) > 1
