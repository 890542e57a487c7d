"""API of the catalogue as a searcher sees it, and its editing by managers."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from ninja.renderers import JSONRenderer

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.calendars.models import Resource
from booking.discovery.schemas import (
    InstitutionRef,
    InstrumentIn,
    InstrumentOut,
    NewInstrumentIn,
    ResultsOut,
    SearchIn,
)
from booking.discovery.selectors import Card, Results, Search, cards_for, discover
from booking.reservations.api import expected_version
from booking.reservations.rules.registry import all_rules
from booking.reservations.selectors.policy import policy_in_force
from core import money
from core.errors import Invalid
from core.windows import zone
from instruments.catalogue.commands.list_instrument import list_instrument
from instruments.catalogue.commands.publish_instrument import publish_instrument
from instruments.catalogue.commands.update_instrument import update_instrument
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import Facets, Filters, access_instrument

router = Router(tags=["instruments"])


class CursorInvalid(Invalid):
    """The cursor did not come from this list."""

    code = "cursor_invalid"
    title = _("The cursor is not valid: follow `next` as it was given.")


@router.get("instruments", response=ResultsOut)
def list_instruments(request: ViewerRequest, search: Query[SearchIn]) -> HttpResponse:
    """Search the catalogue: text, facets, free time, price. Everybody may."""
    # Checking the answer once more against its schema took as long as the search; a test does it.
    answer = _JSON.render(request, _results(request, search), response_status=200)
    return HttpResponse(answer, content_type="application/json; charset=utf-8")


_JSON = JSONRenderer()


def _results(request: ViewerRequest, search: SearchIn) -> dict[str, Any]:
    """The fields of ResultsOut."""
    if search.free_from and search.free_to and search.free_to <= search.free_from:
        raise Invalid(_("free_to must be after free_from."))
    offset = _offset(search.cursor)
    results = discover(request.auth, _search(search), offset=offset, limit=search.limit)
    return {
        "items": [_card(card) for card in results.cards],
        "next": _next(request, results),
        "count": results.count,
        "count_exact": results.count_exact,
        "facets": _facets(results.facets),
    }


@router.get("instruments/{int:instrument_id}", response=InstrumentOut)
def get_instrument(request: ViewerRequest, response: HttpResponse, instrument_id: int) -> dict[str, Any]:
    """One instrument with price, rules and next free time for the caller. Its ETag is its version."""
    instrument = access_instrument(request.auth, instrument_id)
    response["ETag"] = f'"{instrument.version}"'
    return _detail(request, instrument)


@router.post("instruments", response={201: InstrumentOut})
def create_instrument(request: ViewerRequest, new: NewInstrumentIn) -> Status[dict[str, Any]]:
    """List an instrument of an institution one manages."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = list_instrument(viewer=request.auth, institution_id=new.institution, details=new.given())
    if new.publish:
        publish_instrument(viewer=request.auth, instrument_id=instrument.pk)
    return Status(201, _detail(request, access_instrument(request.auth, instrument.pk)))


@router.patch("instruments/{int:instrument_id}", response=InstrumentOut)
def change_instrument(request: ViewerRequest, instrument_id: int, change: InstrumentIn) -> dict[str, Any]:
    """Change what the catalogue says. If-Match: the version that was read, else 412."""
    require_scope(request.auth, Scope.MANAGE)
    update_instrument(
        viewer=request.auth,
        instrument_id=instrument_id,
        details=change.given(),
        expected_version=expected_version(request),
    )
    return _detail(request, access_instrument(request.auth, instrument_id))


def _search(asked: SearchIn) -> Search:
    return Search(
        filters=Filters(
            q=asked.q.replace("\x00", ""),
            category=asked.category,
            institution=asked.institution,
            region=asked.region,
            access_mode=asked.access_mode,
        ),
        free_from=asked.free_from,
        free_to=asked.free_to,
        minutes=asked.duration,
        max_hourly_fen=asked.max_hourly_fen,
        sort=asked.sort,
    )


def _card(card: Card) -> dict[str, Any]:
    instrument, category, free = card.instrument, card.instrument.category, card.free
    tz = zone(instrument.institution.zone)
    window = free.window if free else None
    starts_at = window.starts_at.astimezone(tz) if window else None
    return {
        **{name: getattr(instrument, name) for name in _PLAIN},
        "institution": {name: getattr(instrument.institution, name) for name in InstitutionRef.model_fields},
        "category": {"code": category.code, "name": category.name} if category else None,
        "hourly_fen": card.hourly_fen,
        "currency": money.CURRENCY,
        "next_free": starts_at,
        "next_window": {"start": starts_at, "end": window.ends_at.astimezone(tz)} if window else None,
        "free_now": bool(free and free.is_now),
        "revision": free.revision if free else None,
    }


_PLAIN = (
    "id",
    "slug",
    "number",
    "name",
    "name_zh",
    "name_en",
    "model",
    "manufacturer",
    "access_modes",
    "status",
)

_DETAILS = (
    "department",
    "country",
    "location",
    "description",
    "technical_indicators",
    "services",
    "methods",
    "sample_requirements",
    "user_notice",
    "status_reason",
    "expected_return_on",
    "version",
)


def _detail(request: ViewerRequest, instrument: Instrument) -> dict[str, Any]:
    (card,) = cards_for(request.auth, [instrument])
    resource = Resource.objects.get(instrument=instrument)
    rules = all_rules()
    return {
        **_card(card),
        **{name: getattr(instrument, name) for name in _DETAILS},
        "zone": instrument.institution.zone,
        "capacity": resource.capacity,
        "turnaround_minutes": resource.turnaround_minutes,
        "rules": [
            {"code": code, "value": each.value, "unit": setting.unit, "source": each.level.name.lower()}
            for code, each in policy_in_force(instrument, card.tier).items()
            if code in rules and (setting := rules[code].setting)
        ],
    }


def _facets(facets: Facets | None) -> dict[str, list[dict[str, Any]]]:
    if facets is None:
        return {}
    return {
        name: [{"value": each.value, "name": each.name.text, "count": each.count} for each in getattr(facets, name)]
        for name in ("category", "institution", "region", "access_mode")
    }


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        raise CursorInvalid
    return int(cursor)


def _next(request: ViewerRequest, results: Results) -> str | None:
    if results.next_offset is None:
        return None
    query = {**request.GET.dict(), "cursor": str(results.next_offset)}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
