"""The bridge's routes, for intake's app."""

from intake.bridge import bulk_api, changes_api, mappings_api, subscriptions_api

ROUTERS = (bulk_api.api, changes_api.api, subscriptions_api.api, mappings_api.api)
BODY_LIMITS = {
    bulk_api.PATH: bulk_api.BYTES,
    changes_api.RECONCILIATION: changes_api.BYTES,
    mappings_api.BASE: mappings_api.BYTES,
}
