"""Orders by the million to list: synthetic ones over the installed city, made inside the database.

Where they lie and what they are about come from the city's own committees, departments and lists; states, ages and
texts are made up, the same each time. One in eight is open, as if the orders of two months were kept.
"""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Boolean, Integer

from routing.catalogue import Catalogue
from routing.city import GridKind
from routing.classifying import starter_corpus
from routing.matched import path_of
from routing.models import Order, OrderText, OrderUnit

TABLES: tuple[Table, ...] = tuple(cast(Table, each.__table__) for each in (Order, OrderText, OrderUnit))
FILLED = "(SELECT string_agg(md5(n::text || part), '') FROM generate_series(1, 20) AS part)"
"""As long as an explanation is."""
UNSURE = "(state = 'discover.triage' AND n / 8 % 3 = 0)"
"""Every third one in triage has neither a sure matter nor a sure place: the desk is shown what was guessed."""
PLACED = f"(n % 50 > 0 AND NOT {UNSURE})"
GUESSES = """(SELECT jsonb_build_object('issue', jsonb_build_object('candidates', issues),
    'place', jsonb_build_object('candidates', grids))
    FROM (SELECT jsonb_agg(jsonb_build_array(issue, 0.3)) AS issues FROM matters WHERE i < 5) AS five
    CROSS JOIN (SELECT jsonb_agg(grid) AS grids FROM spots WHERE i < 3) AS three)"""
STATES = (
    ("discover.triage", 5), ("handle.dispatched", 20), ("handle.working", 62), ("handle.disputed", 64),
    ("handle.deferred", 68), ("supervise.checking", 82), ("feedback.surveying", 100),
)  # fmt: skip
"""Of a hundred open orders, up to which number they stand where."""
FACTS: Mapping[str, str] = {
    "case_no": "'209901' || lpad(n::text, 10, '0')",
    "district": "s.district",
    "state": "state",
    "outcome": "CASE WHEN state = 'closed' THEN 'resolved' END",
    "version": "1",
    "channel": "CASE WHEN n % 10 = 0 THEN 'visit' ELSE 'hotline' END",
    "item_type": "'complaint'",
    "text": "s.grid_name || '，' || w.text",
    "reporter": "n % 9 > 0",
    "received_at": "received",
    "grid": f"CASE WHEN {PLACED} THEN s.grid END",
    "grid_name": f"CASE WHEN {PLACED} THEN s.grid_name END",
    "grid_path": f"CASE WHEN {PLACED} THEN s.grid_path END",
    "issue": f"CASE WHEN NOT {UNSURE} THEN m.issue END",
    "issue_name": f"CASE WHEN NOT {UNSURE} THEN m.name END",
    "grade": f"CASE WHEN NOT {UNSURE} THEN m.grade END",
    "tags": "CASE WHEN n % 40 = 0 THEN ARRAY['safety'] WHEN n % 97 = 0 THEN ARRAY['many', 'conflict'] ELSE '{}' END",
    "explanation": f"jsonb_build_object('sentence', {FILLED}) || CASE WHEN {UNSURE} THEN {GUESSES} ELSE '{{}}' END",
    "lead_unit": "CASE WHEN led THEN lead END",
    "lead_name": "CASE WHEN led THEN lead END",
    "lead_path": "CASE WHEN led THEN lead_path END",
    "desk_unit": "s.desk",
    "desk_path": "s.desk_path",
    "officer": "CASE WHEN led THEN s.officer END",
    "handler": "CASE WHEN state IN ('supervise.checking', 'feedback.surveying', 'closed') THEN s.officer END",
    "case_due": "received + interval '7 days'",
    "due_at": "CASE WHEN state NOT IN ('feedback.surveying', 'merged', 'closed') THEN received + due_in END",
    "state_since": "received + interval '1 hour'",
    "round_since": "received",
    "closed_at": "CASE WHEN state = 'closed' THEN received + interval '4 days' END",
    "round": "1",
    "rounds_allowed": "3",
    "chain": "'\\x00'::bytea",
}
OFFICE = "CASE WHEN n % 10 < 3 THEN s.office"
LEADS = f"{OFFICE} ELSE s.unit END AS lead, {OFFICE}_path ELSE s.unit_path END AS lead_path"


def fill(connection: Connection, catalogue: Catalogue, number: int, officers: Mapping[str, UUID]) -> None:
    """Orders with their texts and units; the indexes are made afterwards, which is as they would be, only sooner."""
    _sources(connection, catalogue, officers)
    indexes = [index for table in TABLES for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    connection.execute(text("ALTER TABLE orders DISABLE TRIGGER ALL"))
    connection.execute(text(_orders()), {"number": number})
    connection.execute(text(_TEXTS), {"number": number})
    connection.execute(text(_UNITS))
    connection.execute(text(_CO_UNITS))
    connection.execute(text(_DISPUTES))
    connection.execute(text(_TIMELINE))
    connection.execute(text("ALTER TABLE orders ENABLE TRIGGER ALL"))
    for index in indexes:
        index.create(connection)


def _sources(connection: Connection, catalogue: Catalogue, officers: Mapping[str, UUID]) -> None:
    connection.execute(text(_TABLES))
    city = catalogue.city
    committees = [grid for grid in city.grids if grid.kind is GridKind.COMMITTEE]
    offices: dict[str, list[str]] = {}
    for unit in city.units:
        if unit.function and unit.parent:
            offices.setdefault(unit.parent, []).append(unit.code)
    spots = [_spot(place, grid.code, catalogue, offices, officers) for place, grid in enumerate(committees)]
    connection.execute(text(_SPOT), spots)
    matters = [issue for issue in catalogue.lists.issues if issue.parent]
    told = [
        {"i": at, "issue": each.code, "name": each.name, "grade": each.grade.value} for at, each in enumerate(matters)
    ]
    connection.execute(text("INSERT INTO matters VALUES (:i, :issue, :name, :grade)"), told)
    words = [{"i": at, "text": each.text} for at, each in enumerate(starter_corpus())]
    connection.execute(text("INSERT INTO wordings VALUES (:i, :text, text_pairs(:text))"), words)
    connection.execute(text("ANALYZE spots, matters, wordings"))


def _spot(
    place: int, code: str, catalogue: Catalogue, offices: Mapping[str, list[str]], officers: Mapping[str, UUID]
) -> dict[str, Any]:
    city = catalogue.city
    grids, units = city.chain(code), city.unit_chain(code)
    desk = next(at for at, unit in enumerate(units) if unit.level.value == "street")
    district = next(at for at, unit in enumerate(units) if unit.level.value == "district")
    over, choice = units[district].code, offices.get(units[district].code) or [units[district].code]
    office = choice[place % len(choice)]
    above = path_of(unit.code for unit in reversed(units[district:]))
    return {
        "i": place, "grid": code, "grid_name": grids[0].name,
        "grid_path": path_of(each.code for each in reversed(grids)), "district": grids[0].district,
        "unit": units[0].code,
        "unit_path": path_of(unit.code for unit in reversed(units)), "officer": officers.get(units[0].code),
        "office": office, "office_path": above if office == over else f"{above}{office}/",
        "desk": units[desk].code, "desk_path": path_of(unit.code for unit in reversed(units[desk:])),
    }  # fmt: skip


def _orders() -> str:
    facts = {column.name: FACTS.get(column.name) or _nothing(column) for column in TABLES[0].columns}
    stands = " ".join(f"WHEN n / 8 % 100 < {up_to} THEN '{state}'" for state, up_to in STATES)
    return f"""
        INSERT INTO orders ({", ".join(facts)})
        SELECT {", ".join(facts.values())} FROM (
            SELECT n, state, state NOT IN ('discover.triage') AS led, date_trunc('second', now()) - CASE
                WHEN state IN ('closed', 'merged') THEN interval '1 minute' * (7200 + n % 86400)
                ELSE interval '1 minute' * (n / 8 * 7 % 11520) END AS received,
                interval '1 hour' * (120 + n % 60) AS due_in
            FROM (SELECT n, CASE WHEN n % 8 = 0 THEN CASE {stands} END
                WHEN n % 33 = 1 THEN 'merged' ELSE 'closed' END AS state
                FROM generate_series(1, :number) AS n) AS numbered
        ) AS standing
        CROSS JOIN (SELECT count(*) AS places FROM spots) AS p
        CROSS JOIN (SELECT count(*) AS kinds FROM matters) AS k
        CROSS JOIN (SELECT count(*) AS lines FROM wordings) AS l
        JOIN LATERAL (SELECT s.*, {LEADS} FROM spots AS s WHERE s.i = n::bigint * 7919 % places) AS s ON true
        JOIN matters AS m ON m.i = n::bigint * 31 % kinds
        JOIN wordings AS w ON w.i = n::bigint * 104729 % lines
    """  # noqa: S608 (names and numbers of our own)


def _nothing(column: Any) -> str:
    """What stands in a column that lists do not read."""
    if column.nullable:
        return "NULL"
    if isinstance(column.type, JSONB):
        return "'[]'"
    if isinstance(column.type, Boolean):
        return "false"
    if isinstance(column.type, Integer):
        return "0"
    return "'{}'" if isinstance(column.type, ARRAY) else "''"


_TABLES = """
    CREATE TEMP TABLE spots (i bigint PRIMARY KEY, grid text, grid_name text, grid_path text, district text, unit text,
        unit_path text, officer uuid, office text, office_path text, desk text, desk_path text);
    CREATE TEMP TABLE matters (i bigint PRIMARY KEY, issue text, name text, grade text);
    CREATE TEMP TABLE wordings (i bigint PRIMARY KEY, text text, pairs integer[])
"""
_SPOT = """
    INSERT INTO spots VALUES (:i, :grid, :grid_name, :grid_path, :district, :unit, :unit_path, :officer, :office,
        :office_path, :desk, :desk_path)
"""
_TEXTS = """
    INSERT INTO order_texts (case_no, district, pairs)
    SELECT '209901' || lpad(n::text, 10, '0'), s.district, w.pairs || text_pairs(s.grid_name || '，')
    FROM generate_series(1, :number) AS n
    JOIN spots AS s ON s.i = n::bigint * 7919 % (SELECT count(*) FROM spots)
    JOIN wordings AS w ON w.i = n::bigint * 104729 % (SELECT count(*) FROM wordings)
"""
_UNITS = """
    INSERT INTO order_units (id, case_no, district, unit, name, path, role, since)
    SELECT gen_random_uuid(), case_no, district, lead_unit, lead_name, lead_path, 'lead', received_at
    FROM orders WHERE lead_unit IS NOT NULL
"""
_CO_UNITS = """
    INSERT INTO order_units (id, case_no, district, unit, name, path, role, since, arrive_by)
    SELECT gen_random_uuid(), o.case_no, o.district, s.office, s.office, s.office_path, 'co', o.received_at,
        CASE WHEN right(o.case_no, 1) > '4' THEN o.received_at + interval '1 day' END
    FROM orders AS o JOIN spots AS s ON s.grid = o.grid
    WHERE right(o.case_no, 2) BETWEEN '30' AND '45' AND o.lead_unit <> s.office
"""
_DISPUTES = """
    INSERT INTO disputes (id, case_no, district, unit, person, reason, legal_basis, proposed_unit, raised_at)
    SELECT gen_random_uuid(), case_no, district, lead_unit, officer, '', '', desk_unit, received_at
    FROM orders WHERE state = 'handle.disputed' AND officer IS NOT NULL
"""
_TIMELINE = """
    INSERT INTO timeline (case_no, number, at, move, by_role, by_unit, from_state, to_state, facts, word_digests,
        previous, digest)
    SELECT case_no, number, received_at + number * interval '10 minutes', move, by_role, lead_unit, from_state,
        to_state, jsonb_build_object('lead', lead_unit), '{}', chain, chain
    FROM orders CROSS JOIN (VALUES (1, 'register', 'hotline', NULL, 'discover.registered'),
        (2, 'route', 'matcher', 'discover.registered', 'handle.dispatched'),
        (3, 'accept', 'officer', 'handle.dispatched', 'handle.working'),
        (4, 'contact', 'officer', 'handle.working', 'handle.working'),
        (5, 'note', 'officer', 'handle.working', 'handle.working'))
        AS happened (number, move, by_role, from_state, to_state)
    WHERE state NOT IN ('closed', 'merged')
"""
"""What a case's page reads; no digests, since nothing here is proved."""
