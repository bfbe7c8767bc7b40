"""routing's app: the orders, the lists and places they are matched by, and who may act."""

from fastapi import FastAPI

from routing import keys
from routing.access_news import tell_signer
from routing.api import (
    advice,
    catalogue,
    clocks,
    deliberations,
    drafts,
    grid_people,
    grids,
    list_versions,
    models,
    orders,
    people,
    photos,
    projects,
    responsible,
    tokens,
)
from routing.inbound import handlers
from routing.pages import officer
from services.accounts.api import account_routes
from services.accounts.oidc_pages import oidc_pages
from services.accounts.own_page import own_page
from services.accounts.pages import sign_in_pages
from services.application import create
from services.messaging import Peers, messages_endpoint
from services.settings import Settings

DESCRIPTION = "派办：一件诉求归谁办、何时办完；办理、核查与监督。The order, its clocks, the lists."


def create_app(settings: Settings) -> FastAPI:
    """The app, to be mounted under `/routing`."""
    app = create(
        "routing",
        settings=settings,
        routers=[
            orders.api,
            photos.api,
            deliberations.api,
            projects.api,
            clocks.api,
            people.api,
            grids.api,
            grid_people.api,
            catalogue.api,
            advice.api,
            responsible.api,
            list_versions.api,
            drafts.api,
            models.api,
            officer.pages,
            sign_in_pages(),
            own_page("routing"),
            oidc_pages(),
            account_routes(keys.may_keep_account, tag="people"),
            tokens.api,
            messages_endpoint(handlers(settings)),
        ],
        title="gridloop routing",
        description=DESCRIPTION,
        body_limits={**drafts.UPLOADS, **grids.UPLOADS, **officer.UPLOADS},
    )
    app.state.tell_signer = tell_signer
    app.state.peers = Peers(settings, "routing")
    return app
