"""Which route needs no key, and which roles may use the others: one table for all three services.

A route that is in neither table keeps its app from starting. What a role may see or move within a route is decided
by the relation to the case, in the room's own verbs.
"""

from services.roles import Role

R = Role
FIELD = frozenset({R.OFFICER, R.LEADER})
DESK = frozenset({R.DISPATCHER, R.SUPERVISOR})
READERS = FIELD | DESK | {R.AUDITOR}
FRONT = frozenset({R.HOTLINE, R.CLERK})
EVERYONE = frozenset(Role)
ANALYSTS = DESK | {R.LEADER, R.AUDITOR}
OF_THE_LISTS = frozenset({R.EDITOR, R.PUBLISHER, R.AUDITOR, R.SUPERVISOR})
OF_THE_FIGURES = frozenset({R.SUPERVISOR, R.LEADER, R.DISPATCHER, R.EVALUATOR, R.AUDITOR})
OF_THE_BRIDGE = frozenset({R.HOTLINE, R.ADMINISTRATOR})
OF_THE_MAPPINGS = OF_THE_BRIDGE | {R.EDITOR, R.PUBLISHER, R.AUDITOR}
OF_CASE = "/{case_no}"
DESK_PAGES = (
    *("", "/next", "/grids", "/cases/{case_no}"),
    *("/analysis", "/analysis/{figure}", "/analysis/{figure}/cases"),
)
DESK_FORMS = tuple(
    f"/cases/{{case_no}}/{each}"
    for each in ("{move}", "proposals/{proposal}/agreement", "proposals/{proposal}/refusal")
)

OPEN311 = ("/open311/v2", "/open311/test/v2")
"""Where GeoReport v2 is spoken, and where it may be tried out. Its reads need no key."""

PUBLIC: frozenset[tuple[str, str]] = frozenset(
    (service, path)
    for service in ("intake", "routing", "feedback")
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/v1/messages")
) | {
    *(
        ("intake", f"{base}/{path}.{{form}}")
        for base in OPEN311
        for path in (
            "discovery",
            "services",
            "services/{code}",
            "requests",
            "requests/{case_no}",
            "tokens/{token}",
            "servicerequestupdates",
        )
    ),
    ("routing", "/v1/advice"),
    ("routing", "/v1/advice/repeats"),
    ("routing", "/v1/responsible"),
    ("routing", "/who"),
    ("intake", "/status"),
    ("routing", "/v1/votes"),
    ("routing", "/v1/votes/paper"),
    ("routing", "/v1/oauth/token"),
    ("feedback", "/v1/public/totals"),
    ("feedback", "/public"),
    ("feedback", "/v1/callbacks"),
    ("feedback", "/v1/links"),
    ("intake", "/v1/notices/receipts"),
    ("routing", "/v1/held/{case_no}"),
    ("feedback", "/v1/held/{case_no}"),
    ("feedback", "/s/{token}"),
    ("intake", "/contacts/{case_no}"),
    *(
        (service, path)
        for service in ("routing", "feedback")
        for path in (
            "/sign-in",
            "/sign-in/code",
            "/sign-in/password",
            "/sign-in/enrol",
            "/sign-out",
            "/session",
            "/oidc/start",
            "/oidc/callback",
        )
    ),
}
"""Health, metrics, docs; signing in and out, which sees to itself; messages, links and callbacks carry a signature
instead, a token's request the client's secret, the citizen's page its token, the caller's way to a person an errand.

"Who is responsible" and the public totals are anybody's question, a vote carries its one-time code, the status page
wants a case's number and code; all are limited by address (`limits_of_use`)."""

OF_THE_QUEUE = {(method, "/admin/queue"): frozenset({R.ADMINISTRATOR}) for method in ("GET", "POST")}
"""Each service shows its own queue to its own administrators."""

ROLES: dict[str, dict[tuple[str, str], frozenset[Role]]] = {
    "intake": {
        **OF_THE_QUEUE,
        ("GET", "/v1/audit"): frozenset({R.AUDITOR}),
        ("POST", "/v1/cases"): FRONT | {R.OFFICER},
        ("POST", "/v1/cases/bulk"): frozenset({R.HOTLINE}),
        ("GET", "/v1/changes"): frozenset({R.HOTLINE}),
        ("POST", "/v1/reconciliation"): frozenset({R.HOTLINE}),
        **{
            (method, f"/v1/subscriptions{path}"): OF_THE_BRIDGE
            for method, path in (
                ("POST", ""),
                ("GET", ""),
                ("GET", "/{subscription}"),
                ("DELETE", "/{subscription}"),
                ("POST", "/{subscription}/rotation"),
                ("POST", "/{subscription}/test"),
                ("GET", "/{subscription}/dead-letters"),
                ("POST", "/{subscription}/dead-letters/requeue"),
            )
        },
        ("POST", "/v1/mappings"): frozenset({R.EDITOR, R.ADMINISTRATOR}),
        ("GET", "/v1/mappings"): OF_THE_MAPPINGS,
        ("GET", "/v1/mappings/unknown"): OF_THE_MAPPINGS,
        ("GET", "/v1/mappings/{version}"): OF_THE_MAPPINGS,
        ("GET", "/v1/mappings/{version}/workbook"): OF_THE_MAPPINGS,
        ("POST", "/v1/mappings/{version}/publication"): frozenset({R.PUBLISHER, R.ADMINISTRATOR}),
        ("POST", "/v1/mappings/{version}/refusal"): frozenset({R.PUBLISHER, R.ADMINISTRATOR}),
        ("GET", "/v1/cases"): FRONT | READERS,
        ("GET", "/v1/cases/{case_no}"): FRONT | READERS,
        ("POST", "/v1/cases/{case_no}/amendments"): FRONT,
        ("POST", "/v1/cases/{case_no}/withdrawal"): FRONT,
        ("POST", "/v1/cases/{case_no}/chases"): FRONT,
        ("POST", "/v1/cases/{case_no}/appeals"): FRONT,
        ("POST", "/v1/cases/{case_no}/splits"): FRONT | {R.DISPATCHER},
        **{
            ("POST", f"{base}/{path}.{{form}}"): frozenset({R.HOTLINE})
            for base in OPEN311
            for path in ("requests", "servicerequestupdates")
        },
        ("GET", "/v1/hand-outs"): frozenset({R.CLERK}),
        ("GET", "/v1/hand-outs/{deliberation}/{grid}/sheet"): frozenset({R.CLERK}),
        ("POST", "/v1/cases/{case_no}/contacts"): frozenset({R.CALLER}),
        ("GET", "/desk"): frozenset({R.CLERK}),
        ("POST", "/desk"): frozenset({R.CLERK}),
        ("POST", "/desk/advice"): frozenset({R.CLERK}),
        ("GET", "/desk/{case_no}"): frozenset({R.CLERK}),
        ("GET", "/visits"): frozenset({R.OFFICER}),
        ("POST", "/visits"): frozenset({R.OFFICER}),
        ("GET", "/visits/worker.js"): frozenset({R.OFFICER}),
        ("POST", "/v1/cases/{case_no}/reveals"): frozenset({R.OFFICER}),
        ("GET", "/v1/cases/{case_no}/reveals/{reveal}"): frozenset({R.OFFICER}),
        ("POST", "/v1/cases/{case_no}/calls"): frozenset({R.OFFICER}),
        ("GET", "/contact/{case_no}"): frozenset({R.OFFICER}),
        ("POST", "/contact/{case_no}/reveals"): frozenset({R.OFFICER}),
        ("POST", "/contact/{case_no}/calls"): frozenset({R.OFFICER}),
        ("GET", "/contact/{case_no}/{reveal}"): frozenset({R.OFFICER}),
        ("GET", "/v1/cases/{case_no}/pictures"): FIELD | DESK,
        ("GET", "/v1/cases/{case_no}/pictures/{number}"): FIELD | DESK,
        ("GET", "/pictures/{case_no}"): FIELD | DESK,
        ("GET", "/v1/reveal-requests"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/reveal-requests/{reveal_request}/grant"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/reveal-requests/{reveal_request}/refusal"): frozenset({R.SUPERVISOR}),
        ("GET", "/v1/cases/{case_no}/disclosures"): FRONT | {R.AUDITOR},
        ("GET", "/v1/notices/templates"): FRONT | {R.ADMINISTRATOR, R.AUDITOR},
        ("GET", "/v1/notices/templates/{key}"): FRONT | {R.ADMINISTRATOR, R.AUDITOR},
        ("GET", "/v1/cases/{case_no}/notices"): FRONT | {R.AUDITOR},
        ("PUT", "/v1/cases/{case_no}/notices"): FRONT,
        ("POST", "/v1/cases/{case_no}/exports"): FRONT,
        ("GET", "/v1/cases/{case_no}/exports/{export}"): FRONT,
        ("POST", "/v1/cases/{case_no}/corrections"): FRONT,
        ("POST", "/v1/cases/{case_no}/erasure"): FRONT,
        **{("GET", f"/rights{each}"): frozenset({R.CLERK}) for each in ("", OF_CASE, f"{OF_CASE}/exports/{{export}}")},
        **{
            ("POST", f"/rights{OF_CASE}/{each}"): frozenset({R.CLERK}) for each in ("exports", "corrections", "erasure")
        },
        ("GET", "/holds"): frozenset({R.SUPERVISOR, R.AUDITOR}),
        ("POST", "/holds"): frozenset({R.SUPERVISOR}),
        ("POST", "/holds/{hold}/{decision}"): frozenset({R.SUPERVISOR}),
        ("GET", "/v1/holds"): frozenset({R.SUPERVISOR, R.AUDITOR}),
        ("POST", "/v1/cases/{case_no}/holds"): frozenset({R.SUPERVISOR}),
        **{
            ("POST", f"/v1/holds/{{hold}}/{each}"): frozenset({R.SUPERVISOR})
            for each in ("agreement", "refusal", "lifting")
        },
    },
    "routing": {
        **OF_THE_QUEUE,
        **{
            ("GET", f"/admin{path}"): frozenset({R.ADMINISTRATOR})
            for path in ("", "/people", "/people/{person}", "/units", "/duties", "/presets", "/calendar/{year}")
        },
        **{
            ("POST", f"/admin{path}"): frozenset({R.ADMINISTRATOR})
            for path in ("/people", "/people/{person}/{what}", "/units", "/duties", "/calendar/{year}")
        },
        **{
            ("GET", f"/lists{path}"): OF_THE_LISTS
            for path in (
                "",
                "/grids",
                "/{version}",
                "/{version}/replay",
                "/{version}/issues",
                "/{version}/issues/{code}",
                "/{version}/responsibilities",
                "/{version}/responsibilities/{row}",
            )
        },
        **{
            ("POST", f"/lists{path}"): frozenset({R.EDITOR})
            for path in (
                "",
                "/uploads",
                "/{version}/discard",
                "/{version}/issues/{code}",
                "/{version}/responsibilities/{row}",
            )
        },
        ("POST", "/lists/{version}/check"): frozenset({R.EDITOR, R.PUBLISHER}),
        ("POST", "/lists/{version}/publication"): frozenset({R.PUBLISHER}),
        ("GET", "/v1/audit"): frozenset({R.AUDITOR}),
        ("GET", "/account"): EVERYONE,
        ("POST", "/account/password"): EVERYONE,
        ("POST", "/account/sign-out-everywhere"): EVERYONE,
        ("POST", "/v1/matches"): FRONT | READERS | {R.EDITOR, R.PUBLISHER},
        ("GET", "/v1/orders"): READERS,
        ("GET", "/v1/worklists"): READERS,
        ("GET", "/v1/orders/export"): READERS,
        ("PUT", "/v1/orders/{case_no}/tags"): FIELD | DESK,
        **{
            ("GET", f"/v1/analysis/{each}"): ANALYSTS
            for each in ("rising", "repeat-places", "slow-steps", "disputes-by-row", "share-in-area", "visits")
        },
        **{("GET", f"/dispatch{each}"): frozenset({R.DISPATCHER}) for each in DESK_PAGES},
        **{("POST", f"/dispatch{each}"): frozenset({R.DISPATCHER}) for each in DESK_FORMS},
        **{("GET", f"/board{each}"): frozenset({R.SUPERVISOR, R.AUDITOR}) for each in (*DESK_PAGES, "/cases")},
        **{("POST", f"/board{each}"): frozenset({R.SUPERVISOR}) for each in DESK_FORMS},
        **{("GET", f"/team{each}"): frozenset({R.LEADER}) for each in (*DESK_PAGES, "/cases")},
        **{("POST", f"/team{each}"): frozenset({R.LEADER}) for each in DESK_FORMS},
        ("GET", "/v1/views"): READERS,
        ("POST", "/v1/views"): READERS,
        ("DELETE", "/v1/views/{view}"): READERS,
        ("GET", "/v1/orders/{case_no}"): READERS,
        ("GET", "/v1/orders/{case_no}/repeats"): DESK,
        ("POST", "/v1/repeats"): FRONT | {R.DISPATCHER, R.OFFICER},
        ("GET", "/mine"): frozenset({R.OFFICER}),
        ("GET", "/mine/worker.js"): frozenset({R.OFFICER}),
        ("POST", "/mine/photos/{case_no}"): frozenset({R.OFFICER}),
        ("GET", "/mine/{case_no}"): frozenset({R.OFFICER}),
        ("POST", "/mine/{case_no}/{move}"): frozenset({R.OFFICER}),
        ("GET", "/v1/orders/{case_no}/photos"): READERS,
        ("POST", "/v1/orders/{case_no}/photos"): frozenset({R.OFFICER}),
        ("GET", "/v1/orders/{case_no}/photos/{photo}"): READERS,
        ("POST", "/v1/orders/{case_no}/ask"): frozenset({R.DISPATCHER}),
        ("POST", "/v1/orders/{case_no}/dispatch"): DESK,
        ("POST", "/v1/orders/{case_no}/redirect"): DESK,
        ("POST", "/v1/orders/{case_no}/reclassify"): frozenset({R.DISPATCHER}),
        ("POST", "/v1/orders/{case_no}/merge"): frozenset({R.DISPATCHER}),
        ("POST", "/v1/orders/{case_no}/unmerge"): frozenset({R.DISPATCHER}),
        ("POST", "/v1/orders/{case_no}/decline"): frozenset({R.DISPATCHER}),
        ("POST", "/v1/orders/{case_no}/hand-over"): frozenset({R.DISPATCHER, R.OFFICER, R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/accept"): frozenset({R.OFFICER}),
        ("POST", "/v1/orders/{case_no}/contact"): frozenset({R.OFFICER}),
        ("POST", "/v1/orders/{case_no}/dispute"): frozenset({R.OFFICER}),
        ("POST", "/v1/orders/{case_no}/rule"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/transfer"): frozenset({R.LEADER, R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/summon"): frozenset({R.LEADER, R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/arrive"): FIELD,
        ("POST", "/v1/orders/{case_no}/release"): frozenset({R.LEADER}),
        ("POST", "/v1/orders/{case_no}/extend"): frozenset({R.LEADER, R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/defer"): frozenset({R.LEADER, R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/resume"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/raise-level"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/supervise"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/note"): FIELD | DESK,
        ("POST", "/v1/orders/{case_no}/report-done"): frozenset({R.OFFICER}),
        ("POST", "/v1/orders/{case_no}/send-back"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/approve"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/orders/{case_no}/proposals/{proposal}/refusal"): DESK,
        ("POST", "/v1/orders/{case_no}/deliberations"): frozenset({R.LEADER}),
        ("GET", "/v1/deliberations"): READERS,
        ("GET", "/v1/deliberations/thresholds"): READERS,
        ("GET", "/v1/deliberations/{deliberation}"): READERS,
        ("POST", "/v1/deliberations/{deliberation}/statements"): FIELD,
        ("POST", "/v1/deliberations/{deliberation}/close"): frozenset({R.LEADER}),
        ("POST", "/v1/deliberations/{deliberation}/withdraw"): frozenset({R.LEADER}),
        ("POST", "/v1/deliberations/{deliberation}/set-aside"): frozenset({R.SUPERVISOR}),
        ("POST", "/v1/projects"): frozenset({R.LEADER}),
        ("GET", "/v1/projects"): READERS,
        ("GET", "/v1/projects/export"): READERS,
        ("GET", "/v1/projects/{project}"): READERS,
        ("POST", "/v1/projects/{project}/cases"): frozenset({R.LEADER}),
        ("DELETE", "/v1/projects/{project}/cases/{case_no}"): frozenset({R.LEADER}),
        ("PUT", "/v1/projects/{project}/groups/{grid}"): FIELD,
        ("POST", "/v1/projects/{project}/milestones"): frozenset({R.LEADER}),
        ("POST", "/v1/projects/{project}/milestones/{milestone}/reached"): FIELD,
        ("POST", "/v1/projects/{project}/close"): frozenset({R.LEADER}),
        ("POST", "/v1/resources"): frozenset({R.LEADER}),
        ("GET", "/v1/resources"): READERS,
        ("POST", "/v1/resources/{resource}/withdraw"): frozenset({R.LEADER}),
        ("POST", "/v1/needs"): FIELD,
        ("GET", "/v1/needs"): READERS,
        ("GET", "/v1/needs/{need}/matches"): READERS,
        ("POST", "/v1/needs/{need}/allotments"): frozenset({R.LEADER}),
        ("POST", "/v1/needs/{need}/withdraw"): FIELD,
        ("GET", "/v1/reminders"): READERS,
        ("GET", "/v1/events"): frozenset({R.SUBSCRIBER, R.AUDITOR}),
        ("GET", "/v1/events/stream"): frozenset({R.SUBSCRIBER, R.AUDITOR}),
        ("GET", "/v1/calendar/{year}"): EVERYONE,
        ("PUT", "/v1/calendar/{year}"): frozenset({R.ADMINISTRATOR}),
        **{
            ("GET", f"/v1/maps{path}"): EVERYONE
            for path in (
                "",
                "/conformance",
                "/collections",
                "/collections/{collection}",
                "/collections/{collection}/items",
                "/collections/{collection}/items/{feature}",
            )
        },
        ("GET", "/v1/grids"): EVERYONE,
        ("GET", "/v1/grids/{code}"): EVERYONE,
        ("GET", "/v1/grids/{code}/shapes"): EVERYONE,
        ("GET", "/v1/grids/export"): READERS | OF_THE_LISTS | {R.ADMINISTRATOR},
        ("POST", "/v1/grids/imports"): frozenset({R.EDITOR}),
        ("GET", "/v1/grids/{code}/people"): READERS | OF_THE_LISTS | {R.ADMINISTRATOR},
        ("POST", "/v1/grids/{code}/people"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/grids/{code}/people/{duty}"): frozenset({R.ADMINISTRATOR}),
        ("GET", "/v1/issues"): EVERYONE,
        ("GET", "/v1/issues/{code}"): EVERYONE,
        ("GET", "/v1/responsibilities"): EVERYONE,
        ("GET", "/v1/lists"): OF_THE_LISTS,
        ("POST", "/v1/lists"): frozenset({R.EDITOR}),
        ("GET", "/v1/lists/template"): OF_THE_LISTS,
        ("GET", "/v1/lists/proposals"): OF_THE_LISTS,
        ("GET", "/v1/lists/{version}"): OF_THE_LISTS,
        ("GET", "/v1/lists/{version}/workbook"): OF_THE_LISTS,
        ("DELETE", "/v1/lists/{version}"): frozenset({R.EDITOR}),
        ("PUT", "/v1/lists/{version}/issues/{code}"): frozenset({R.EDITOR}),
        ("DELETE", "/v1/lists/{version}/issues/{code}"): frozenset({R.EDITOR}),
        ("PUT", "/v1/lists/{version}/responsibilities/{row}"): frozenset({R.EDITOR}),
        ("DELETE", "/v1/lists/{version}/responsibilities/{row}"): frozenset({R.EDITOR}),
        ("POST", "/v1/lists/{version}/check"): frozenset({R.EDITOR, R.PUBLISHER}),
        ("POST", "/v1/lists/{version}/publication"): frozenset({R.PUBLISHER}),
        ("POST", "/v1/lists/{version}/replay"): OF_THE_LISTS,
        ("GET", "/v1/models"): OF_THE_LISTS,
        ("POST", "/v1/models/{version}/publication"): frozenset({R.PUBLISHER}),
        ("GET", "/v1/units"): EVERYONE,
        ("GET", "/v1/units/{code}"): EVERYONE,
        ("POST", "/v1/units"): frozenset({R.ADMINISTRATOR}),
        ("GET", "/v1/people"): frozenset({R.ADMINISTRATOR, R.AUDITOR}),
        ("POST", "/v1/people"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/people/{person}/grants"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/people/{person}/grants/{grant}"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/people/{person}/account"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/people/{person}/account"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/people/{person}/account/reset"): frozenset({R.ADMINISTRATOR}),
        ("PUT", "/v1/people/{person}/subject"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/people/{person}/subject"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/keys"): frozenset({R.ADMINISTRATOR}),
        ("GET", "/v1/keys"): frozenset({R.ADMINISTRATOR, R.AUDITOR}),
        ("POST", "/v1/keys/{key}/rotation"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/keys/{key}"): frozenset({R.ADMINISTRATOR}),
    },
    "feedback": {
        **OF_THE_QUEUE,
        ("GET", "/v1/audit"): frozenset({R.AUDITOR}),
        ("GET", "/account"): EVERYONE,
        ("POST", "/account/password"): EVERYONE,
        ("POST", "/account/sign-out-everywhere"): EVERYONE,
        ("GET", "/v1/figures"): OF_THE_FIGURES,
        ("GET", "/v1/figures/by/{facet}"): OF_THE_FIGURES,
        ("GET", "/v1/figures/cases"): OF_THE_FIGURES,
        ("GET", "/v1/figures/cases/export"): OF_THE_FIGURES,
        ("GET", "/v1/figures/export"): OF_THE_FIGURES,
        ("GET", "/v1/figures/formulas"): EVERYONE,
        ("GET", "/v1/reports/{year}-{month}"): OF_THE_FIGURES,
        ("GET", "/v1/exclusions"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("POST", "/v1/exclusions"): frozenset({R.EVALUATOR}),
        ("POST", "/v1/exclusions/{number}/refusal"): frozenset({R.EVALUATOR}),
        ("POST", "/v1/exclusions/{number}/undoing"): frozenset({R.EVALUATOR}),
        ("GET", "/v1/surveys"): frozenset({R.CALLER, R.EVALUATOR, R.AUDITOR}),
        ("GET", "/v1/surveys/{case_no}"): frozenset({R.CALLER, R.EVALUATOR, R.AUDITOR}),
        ("POST", "/v1/people/{person}/account"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/people/{person}/account"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/people/{person}/account/reset"): frozenset({R.ADMINISTRATOR}),
        ("PUT", "/v1/people/{person}/subject"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/people/{person}/subject"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/people"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/people/{person}"): frozenset({R.ADMINISTRATOR}),
        ("DELETE", "/v1/keys/{key}"): frozenset({R.ADMINISTRATOR}),
        ("POST", "/v1/keys"): frozenset({R.ADMINISTRATOR}),
        ("GET", "/calls"): frozenset({R.CALLER}),
        ("POST", "/calls/next"): frozenset({R.CALLER}),
        ("GET", "/calls/{survey}"): frozenset({R.CALLER}),
        **{("POST", f"/calls/{{survey}}/{each}"): frozenset({R.CALLER}) for each in ("take", "attempts", "answers")},
        ("GET", "/evaluation"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("GET", "/evaluation/findings/{finding}"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("GET", "/evaluation/cases/{case_no}"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("GET", "/evaluation/cases"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("GET", "/evaluation/looks/{survey}"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("GET", "/evaluation/ratings/{rating}/photo"): frozenset({R.EVALUATOR}),
        **{
            ("POST", f"/evaluation/{each}"): frozenset({R.EVALUATOR})
            for each in (
                "findings/{finding}/review",
                "ratings/{rating}/corrections",
                "corrections/{correction}/agreement",
                "corrections/{correction}/refusal",
                "cases/{case_no}/exclusions",
                "exclusions/{number}/agreement",
                "exclusions/{number}/refusal",
                "exclusions/{number}/undoing",
                "looks/{survey}/take",
                "looks/{survey}/finding",
            )
        },
        ("GET", "/evaluation/figures"): OF_THE_FIGURES,
        ("GET", "/evaluation/figures/cases"): OF_THE_FIGURES,
        ("GET", "/v1/calls"): frozenset({R.CALLER}),
        ("GET", "/v1/calls/{survey}"): frozenset({R.CALLER}),
        ("POST", "/v1/calls/{survey}/take"): frozenset({R.CALLER}),
        ("POST", "/v1/calls/{survey}/attempts"): frozenset({R.CALLER}),
        ("POST", "/v1/calls/{survey}/answers"): frozenset({R.CALLER}),
        ("GET", "/v1/looks"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("POST", "/v1/looks/{survey}/take"): frozenset({R.EVALUATOR}),
        ("POST", "/v1/looks/{survey}/finding"): frozenset({R.EVALUATOR}),
        ("GET", "/v1/ratings/{rating}/photo"): frozenset({R.EVALUATOR}),
        ("POST", "/v1/ratings/{rating}/corrections"): frozenset({R.EVALUATOR}),
        ("POST", "/v1/corrections/{correction}/refusal"): frozenset({R.EVALUATOR}),
        ("GET", "/v1/anomalies"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("GET", "/v1/anomalies/{finding}"): frozenset({R.EVALUATOR, R.AUDITOR}),
        ("POST", "/v1/anomalies/{finding}/review"): frozenset({R.EVALUATOR}),
    },
}


def roles_for(service: str, method: str, path: str) -> frozenset[Role] | None:
    """The roles that may use a route; None where it is public. Raises LookupError where nobody decided.

    A method with roles of its own needs them also where the others of its path are public.
    """
    found = ROLES[service].get((method, path))
    if found is None and (service, path) not in PUBLIC:
        raise LookupError(f"{method} /{service}{path} is in no table of services/access.py")
    return found
