"""The API instance: routers of the rooms under their prefixes."""

from accounts.api import router as accounts_router
from booking.calendars.api import router as calendars_router
from booking.conduct.api import router as conduct_router
from booking.discovery.api import router as discovery_router
from booking.reservations.api import routers as reservations_routers
from booking.utilisation.api import router as utilisation_router
from config.api.auth import Caller
from config.api.document import Api
from config.api.idempotency import idempotent
from config.api.known_fields import known_fields_only
from config.api.problems import install
from instruments.catalogue.api import router as catalogue_router
from instruments.exchange.api import router as exchange_router
from instruments.qualifications.api import router as qualifications_router
from instruments.upkeep.api import router as upkeep_router

api = Api(
    title="Benchshare",
    version="1",
    description="Shared scientific instruments: catalogue, availability, booking, utilisation.",
    urls_namespace="api-v1",
    auth=Caller(),
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_decorator(idempotent, mode="view")
api.add_decorator(known_fields_only, mode="view")
install(api)

for router in (
    accounts_router,
    catalogue_router,
    calendars_router,
    discovery_router,
    *reservations_routers,
    conduct_router,
    utilisation_router,
    exchange_router,
    qualifications_router,
    upkeep_router,
):
    api.add_router("", router)
