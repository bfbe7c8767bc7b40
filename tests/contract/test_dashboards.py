"""The dashboard and the alert rules ask for metrics that exist, by labels that they have."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from installation import Urls
from prometheus_client import CollectorRegistry

from routing.metering import overdue
from services import queue_readings
from services.cli import ROOMS
from services.database import Database
from services.metrics import REGISTRIES, Metrics, Readings
from services.settings import SERVICES

DOCKER = Path(__file__).parents[2] / "docker"
BOARDS = sorted((DOCKER / "grafana").glob("*.json"))
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DOCKER / "alerts.yaml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
FROM_PROMETHEUS = {"service", "job"}
"""Labels that docker/prometheus.yaml puts on; `le` belongs to histograms."""
NAME = re.compile(r"\b(gridloop_\w+|up)\b(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries() -> list[tuple[str, str]]:
    """What is asked, and where."""
    found = [(f"{rule['alert']}", rule["expr"]) for rule in RULES]
    for path in BOARDS:
        for panel in panels(json.loads(path.read_text("utf-8"))):
            found += [(f"{panel['title']} {target['refId']}", target["expr"]) for target in panel["targets"]]
    return found


def counted(registry: CollectorRegistry) -> dict[str, set[str]]:
    """Every series of a registry with its labels, also those that nothing has been counted in."""
    found = {}
    for collector, names in registry._collector_to_names.items():
        for name in names:
            found[name] = set(collector._labelnames) | ({"le"} if name.endswith("_bucket") else set())
    return found


@pytest.fixture(scope="module")
async def existing(urls: Urls) -> dict[str, set[str]]:
    """Every metric there is, with its labels: what processes count, and what is read from the database."""
    found = {"up": {"job", "instance"}, "gridloop_database_up": set()} | counted(Metrics().registry)
    for registry in REGISTRIES.values():
        found |= counted(registry)
    database = Database(urls["routing"], "routing", pool_size=1)
    async with database.unit() as session:
        for reading in (queue_readings.queue, queue_readings.inbox, overdue):
            found |= {family.name: set(family._labelnames) for family in await reading(session)}
    told = (await Readings(database, [queue_readings.queue, queue_readings.inbox, overdue]).text()).decode()
    await database.close()
    assert {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")} <= set(found)
    return found


@pytest.mark.parametrize(("where", "query"), queries(), ids=[where for where, _ in queries()])
def test_a_query_asks_for_metrics_and_labels_that_exist(where: str, query: str, existing: dict[str, set[str]]) -> None:
    named = NAME.findall(query)
    assert named, where
    labels = set(FROM_PROMETHEUS)
    for name, matchers in named:
        assert name in existing, name
        asked = {matcher.split("=")[0].strip(" !~") for matcher in matchers.split(",") if matcher.strip()}
        assert asked <= existing[name] | FROM_PROMETHEUS, (name, asked)
        labels |= existing[name]
    grouped = {label.strip() for labels_ in GROUPED.findall(query) for label in labels_.split(",")}
    assert grouped <= labels, grouped - labels
    assert query.count("(") == query.count(")")


def test_everything_that_is_counted_is_on_the_dashboard(existing: dict[str, set[str]]) -> None:
    asked = {name for _, query in queries() for name, _ in NAME.findall(query)}
    apart = ("_created", "_sum", "_count", "_bucket")
    wanted = {name for name in existing if name.startswith("gridloop_") and not name.endswith(apart)}
    bases = {name.removesuffix("_total").removesuffix("_bucket") for name in asked}
    assert {name.removesuffix("_total") for name in wanted} <= bases


def test_an_alert_says_what_it_means_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 10
    for rule in RULES:
        assert rule["annotations"]["summary"], rule["alert"]
        assert rule["annotations"]["remedy"], rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        labels = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        grouped = {label.strip() for each in GROUPED.findall(rule["expr"]) for label in each.split(",")}
        assert labels <= grouped | {"job"}, rule["alert"]


def test_a_board_has_a_source_to_choose_and_no_two_panels_of_one_number() -> None:
    assert BOARDS
    for path in BOARDS:
        board = json.loads(path.read_text("utf-8"))
        assert {each["name"] for each in board["templating"]["list"]} == {"source", "service"}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        assert all(panel["datasource"]["uid"] == "${source}" for panel in panels(board))


def test_prometheus_asks_each_service_where_it_tells_and_under_its_own_name() -> None:
    jobs = yaml.safe_load((DOCKER / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    assert {job["job_name"] for job in jobs} == {f"gridloop-{name}{end}" for name in ROOMS for end in ("", "-worker")}
    for job in jobs:
        labelled = job["static_configs"][0]["labels"]["service"]
        assert labelled in SERVICES
        assert job.get("metrics_path", f"/{labelled}/metrics") == f"/{labelled}/metrics"
        assert job["static_configs"][0]["targets"][0].startswith(labelled)
