"""The bridge's routes, for intake's app."""

from intake.bridge import bulk_api

ROUTERS = (bulk_api.api,)
BODY_LIMITS = {bulk_api.PATH: bulk_api.BYTES}
