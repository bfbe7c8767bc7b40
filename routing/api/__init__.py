"""routing's app: the orders, the lists and places they are matched by, and who may act."""

from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from routing import keys
from routing.access_news import tell_signer
from routing.api import (
    advice,
    advice_repeats,
    analysis,
    clocks,
    deliberations,
    drafts,
    events,
    grid_people,
    grids,
    list_versions,
    listed,
    maps,
    matches,
    models,
    orders,
    people,
    photos,
    places,
    projects,
    repeats,
    responsible,
    shapes,
    tokens,
    worklists,
)
from routing.held import held
from routing.inbound import handlers
from routing.metering import overdue
from routing.pages import officer
from routing.pages.admin import admin_pages
from routing.pages.admin_people import people_pages
from routing.pages.admin_units import unit_pages
from routing.pages.desks import routes as desks
from routing.pages.list_rows import rows_pages
from routing.pages.lists import LARGEST, lists_pages
from routing.pages.who import who_page
from services.accounts.api import account_routes
from services.accounts.oidc_pages import oidc_pages
from services.accounts.own_page import own_page
from services.accounts.pages import sign_in_pages
from services.application import create
from services.messaging import Peers, messages_endpoint
from services.queue_page import queue_page
from services.retention.held import held_endpoint
from services.settings import Settings

CHARTS = Path(str(resources.files("plotly") / "package_data"))
DESCRIPTION = "派办：一件诉求归谁办、何时办完；办理、核查与监督。The order, its clocks, the lists."


def create_app(settings: Settings) -> FastAPI:
    """The app, to be mounted under `/routing`."""
    app = create(
        "routing",
        settings=settings,
        routers=[
            worklists.api,
            analysis.api,
            orders.api,
            photos.api,
            deliberations.api,
            projects.api,
            clocks.api,
            events.api,
            repeats.api,
            people.api,
            grids.api,
            grid_people.api,
            shapes.api,
            maps.api,
            matches.api,
            places.api,
            listed.api,
            advice.api,
            advice_repeats.api,
            responsible.api,
            who_page,
            list_versions.api,
            drafts.api,
            models.api,
            officer.pages,
            sign_in_pages(),
            own_page("routing"),
            queue_page("routing"),
            admin_pages,
            people_pages,
            unit_pages,
            lists_pages,
            rows_pages,
            oidc_pages(),
            account_routes(keys.may_keep_account, tag="people"),
            tokens.api,
            desks.dispatch,
            desks.board,
            held_endpoint(held),
            desks.team,
            messages_endpoint(handlers(settings)),
        ],
        title="gridloop routing",
        description=DESCRIPTION,
        body_limits={**drafts.UPLOADS, **grids.UPLOADS, **LARGEST, **officer.UPLOADS},
    )
    app.mount("/charts", StaticFiles(directory=CHARTS))
    app.state.tell_signer = tell_signer
    app.state.rises = {}
    app.state.readings.readings.append(overdue)
    app.state.peers = Peers(settings, "routing")
    return app
