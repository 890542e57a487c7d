"""Listing, changing, publishing and suspending."""

from typing import Any

import pytest

from accounts.models import Institution
from accounts.viewers import ANONYMOUS, Viewer
from core.errors import Forbidden, NotFound, NotSignedIn, Stale
from core.events import Event
from instruments.catalogue.commands import (
    list_instrument,
    publish_instrument,
    suspend_instrument,
    update_instrument,
)
from instruments.catalogue.errors import InstrumentInvalid, InstrumentNotPublished, InstrumentRetired
from instruments.catalogue.events import (
    InstrumentChanged,
    InstrumentListed,
    InstrumentPublished,
    InstrumentSuspended,
)
from instruments.catalogue.models import Category, Instrument
from instruments.catalogue.selectors import Filters, matching
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Institution:
    return make_institution()


@pytest.fixture
def manager(place: Institution) -> Viewer:
    return manager_of(place)


def listed(manager: Viewer, place: Institution, **details: Any) -> Instrument:
    return list_instrument(viewer=manager, institution_id=place.pk, details={"name_en": "Microscope"} | details)


def test_list_instrument__by_its_manager__draft_with_number_and_slug(
    manager: Viewer, place: Institution, published: list[Event]
) -> None:
    instrument = listed(manager, place, name_en="Zeiss LSM 900")
    instrument.refresh_from_db()
    assert (instrument.status, instrument.version) == ("draft", 1)
    assert (instrument.number, instrument.slug) == (f"BS{instrument.pk:08d}", f"zeiss-lsm-900-{instrument.pk}")
    assert published == [InstrumentListed(place.pk, (instrument.pk,))]


def test_list_instrument__history__names_the_actor(manager: Viewer, place: Institution) -> None:
    instrument = listed(manager, place)
    (event,) = instrument.events.all()  # type: ignore[attr-defined]
    assert event.pgh_context["actor"] == manager.user_id
    assert event.pgh_context["command"] == "list_instrument"


def test_list_instrument__chinese_name_only__readable_ascii_slug(manager: Viewer, place: Institution) -> None:
    instrument = listed(manager, place, name_en="", name_zh="显微镜")
    assert instrument.slug == f"instrument-{instrument.pk}"


def test_list_instrument__anonymous__not_signed_in(place: Institution) -> None:
    with pytest.raises(NotSignedIn):
        listed(ANONYMOUS, place)


def test_list_instrument__of_another_institution__forbidden(manager: Viewer) -> None:
    with pytest.raises(Forbidden):
        listed(manager, make_institution())


def test_list_instrument__unknown_institution__not_found(manager: Viewer) -> None:
    with pytest.raises(NotFound):
        list_instrument(viewer=manager, institution_id=10**12, details={"name_en": "x"})


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"name_en": "  "}, "name_zh"),
        ({"name_en": "x" * 201}, "name_en"),
        ({"name_en": "a\x00b"}, "name_en"),
        ({"name_en": "\ud800"}, "name_en"),
        ({"status": "published"}, "status"),
        ({"category": "999998"}, "category"),
        ({"category": "x"}, "category"),
        ({"access_modes": ["teleport"]}, "access_modes"),
        ({"original_value_fen": 10**30}, "original_value_fen"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"contact_url": "javascript:alert(1)"}, "contact_url"),
        ({"commissioned_on": "yesterday"}, "commissioned_on"),
        ({"group_id": 10**9}, "group_id"),
    ],
)
def test_list_instrument__bad_detail__named_with_its_reason(
    manager: Viewer, place: Institution, details: dict[str, Any], field: str
) -> None:
    with pytest.raises(InstrumentInvalid) as refusal:
        listed(manager, place, **details)
    assert list(refusal.value.extra["fields"]) == [field]
    assert not Instrument.objects.exists()


def test_update_instrument__new_name__version_event_and_search(
    manager: Viewer, place: Institution, published: list[Event]
) -> None:
    instrument = make_instrument(place)
    changed = update_instrument(
        viewer=manager, instrument_id=instrument.pk, details={"name_zh": "質譜儀"}, expected_version=1
    )
    assert (changed.version, changed.name_zh, changed.name_en) == (2, "質譜儀", "Spectrometer")
    assert published == [InstrumentChanged(place.pk, (instrument.pk,))]
    assert instrument in matching(manager, Filters(q="质谱"))


def test_update_instrument__same_details__changes_nothing(
    manager: Viewer, place: Institution, published: list[Event]
) -> None:
    instrument = make_instrument(place)
    details = {"name_en": "Spectrometer", "access_modes": []}
    assert update_instrument(viewer=manager, instrument_id=instrument.pk, details=details).version == 1
    assert published == []


def test_update_instrument__old_version__stale(manager: Viewer, place: Institution) -> None:
    instrument = make_instrument(place, version=3)
    with pytest.raises(Stale):
        update_instrument(viewer=manager, instrument_id=instrument.pk, details={"name_en": "x"}, expected_version=2)


def test_update_instrument__category_by_code_and_none__set_and_cleared(manager: Viewer, place: Institution) -> None:
    Category.objects.create(code="010000", name_zh="分析仪器", level=1)
    instrument = make_instrument(place)
    first = update_instrument(viewer=manager, instrument_id=instrument.pk, details={"category": "010000"})
    assert first.category_id is not None
    second = update_instrument(viewer=manager, instrument_id=instrument.pk, details={"category": ""})
    assert second.category_id is None


def test_update_instrument__by_a_stranger__forbidden(place: Institution) -> None:
    instrument = make_instrument(place)
    with pytest.raises(Forbidden):
        update_instrument(viewer=make_viewer(), instrument_id=instrument.pk, details={})


def test_publish_instrument__draft__public_once(
    manager: Viewer, place: Institution, published: list[Event]
) -> None:
    instrument = make_instrument(place, status="draft")
    for _ in range(2):
        instrument = publish_instrument(viewer=manager, instrument_id=instrument.pk)
    assert (instrument.status, instrument.version) == ("published", 2)
    assert published == [InstrumentPublished(place.pk, (instrument.pk,))]


def test_publish_instrument__retired__refused(manager: Viewer, place: Institution) -> None:
    instrument = make_instrument(place, status="retired")
    with pytest.raises(InstrumentRetired):
        publish_instrument(viewer=manager, instrument_id=instrument.pk)


def test_suspend_instrument__published__reason_shown_and_cleared_by_publishing(
    manager: Viewer, place: Institution, published: list[Event]
) -> None:
    instrument = make_instrument(place)
    instrument = suspend_instrument(viewer=manager, instrument_id=instrument.pk, reason=" Laser broken ")
    assert (instrument.status, instrument.status_reason) == ("suspended", "Laser broken")
    assert published == [InstrumentSuspended(place.pk, (instrument.pk,))]
    instrument = publish_instrument(viewer=manager, instrument_id=instrument.pk)
    assert instrument.status_reason == ""


def test_suspend_instrument__draft__refused(manager: Viewer, place: Institution) -> None:
    instrument = make_instrument(place, status="draft")
    with pytest.raises(InstrumentNotPublished):
        suspend_instrument(viewer=manager, instrument_id=instrument.pk, reason="x")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_suspend_instrument__no_or_endless_reason__refused(
    manager: Viewer, place: Institution, reason: str
) -> None:
    with pytest.raises(InstrumentInvalid):
        suspend_instrument(viewer=manager, instrument_id=make_instrument(place).pk, reason=reason)
