"""The database is the truth: what no command and no raw statement can break."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg.types.range import DateRange, TimestamptzRange

from accounts.models import Membership, Role
from booking.calendars import functions
from booking.calendars.errors import SlotTaken
from booking.calendars.models import Claim, OpeningAssignment, OpeningProfile, Resource
from booking.pricing.models import HourlyRate, RateCard
from booking.reservations.commands import book as book_module
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.models import PolicyValue, Reservation, Waiver
from booking.reservations.selectors import moving as moving_module
from booking.reservations.selectors.contexts import read_context
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, make_user
from tests.factories.booking import booked, claims_of, firm_user, make_bookable, open_instrument, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def run(statement: str, *parameters: Any) -> int:
    """One statement as if in a transaction of its own: what is checked at commit is checked before and after."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement, parameters)
        count = int(cursor.rowcount)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        return count


def violated(statement: str, *parameters: Any) -> str:
    """The constraint a statement runs into."""
    with pytest.raises(IntegrityError) as error:
        run(statement, *parameters)
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def span(window: TimeWindow) -> TimestamptzRange:
    return TimestamptzRange(window.starts_at, window.ends_at)


CLAIM = "INSERT INTO calendars_claim (reservation_id, resource_id, place, occupies) VALUES (%s, %s, %s, %s)"


@pytest.mark.parametrize(("start", "hours"), [("09:00", 2), ("08:00", 9), ("10:59", 1), ("10:00", 0.5)])
def test_claim__same_place_and_time__refused(instrument: Instrument, start: str, hours: float) -> None:
    reservation = booked(instrument)
    resource = Resource.objects.get(instrument=instrument)
    clash = violated(CLAIM, reservation.pk, resource.pk, 1, span(slot(start, hours)))
    assert clash == "claim_place_taken_once"


def test_claim__touching_other_place_or_other_resource__fine(instrument: Instrument) -> None:
    reservation = booked(instrument)
    resource, other = Resource.objects.get(instrument=instrument), Resource.objects.get(instrument=make_bookable())
    for key, place, window in (
        (resource.pk, 1, slot("11:00", 1)),
        (resource.pk, 2, slot()),
        (other.pk, 1, slot()),
    ):
        assert run(CLAIM, reservation.pk, key, place, span(window)) == 1


def test_claim__moved_onto_another_by_hand__refused(instrument: Instrument) -> None:
    booked(instrument, window=slot("09:00", 1))
    booked(instrument, window=slot("12:00", 1))
    assert violated("UPDATE calendars_claim SET occupies = %s", span(slot("09:00", 1))) == "claim_place_taken_once"


@pytest.mark.parametrize("status", ["held", "requested", "confirmed", "in_use"])
def test_reservation__occupying_without_a_claim__refused_at_commit(instrument: Instrument, status: str) -> None:
    reservation = booked(instrument)
    run("UPDATE reservations_reservation SET status = 'completed' WHERE id = %s", reservation.pk)
    run("DELETE FROM calendars_claim")
    times = "hold_expires_at = now(), request_expires_at = now()"
    statement = f"UPDATE reservations_reservation SET status = %s, {times} WHERE id = %s"
    assert violated(statement, status, reservation.pk) == "reservation_occupies"


@pytest.mark.parametrize("status", ["declined", "cancelled", "expired", "no_show"])
def test_reservation__let_go_with_its_claim__refused_at_commit(instrument: Instrument, status: str) -> None:
    booked(instrument)
    assert violated("UPDATE reservations_reservation SET status = %s", status) == "reservation_let_go"


def test_claim__deleted_under_a_booking__refused_at_commit(instrument: Instrument) -> None:
    booked(instrument)
    assert violated("DELETE FROM calendars_claim") == "reservation_occupies"
    assert len(claims_of(instrument)) == 1


def test_claim__handed_to_another_reservation__refused_at_commit(instrument: Instrument) -> None:
    booked(instrument)
    other = booked(instrument, window=slot("14:00"))
    assert violated("UPDATE calendars_claim SET reservation_id = %s", other.pk) == "reservation_occupies"


def test_completed__with_or_without_a_claim__both_fine(instrument: Instrument) -> None:
    booked(instrument)
    run("UPDATE reservations_reservation SET status = 'completed'")
    run("DELETE FROM calendars_claim")
    assert Reservation.objects.get().status == "completed"


def test_write__without_the_lock_onto_a_claim__is_slot_taken(
    instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules only give early messages: a writer they did not see is caught by the constraint, by its name."""
    seen_before = read_context(
        viewer=(viewer := firm_user()),
        instrument_id=instrument.pk,
        window=slot(),
        tier=viewer.tier_at(instrument.institution_id),
    )
    booked(instrument)
    monkeypatch.setattr(book_module, "read_context", lambda **asked: seen_before)
    with pytest.raises(SlotTaken):
        booked(instrument, viewer)
    assert Reservation.objects.count() == 1


@pytest.fixture
def blind_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """The next reading of a context by a command sees no claim, as if somebody wrote without the lock."""

    def blind(module: Any) -> None:
        seen = iter([True])

        def read(**asked: Any) -> Any:
            context = read_context(**asked)
            return replace(context, taken=()) if next(seen, False) else context

        monkeypatch.setattr(module, "read_context", read)

    return blind


def test_book__the_constraint_fires__says_what_and_what_instead(
    instrument: Instrument, blind_once: Callable[[Any], None]
) -> None:
    booked(instrument)
    blind_once(book_module)
    with pytest.raises(SlotTaken) as refused:
        booked(instrument)
    extra = refused.value.extra
    assert [broken.code for broken in extra["violations"]] == ["place_free"]
    assert extra["alternatives"][0].window == extra["violations"][0].nearest == slot("11:00")
    assert extra["zone"] == "Asia/Shanghai"


def test_reschedule__the_constraint_fires__says_what_and_what_instead(
    instrument: Instrument, blind_once: Callable[[Any], None]
) -> None:
    booked(instrument)
    viewer = firm_user()
    other = booked(instrument, viewer, slot("13:00"))
    blind_once(moving_module)
    with pytest.raises(SlotTaken) as refused:
        reschedule_reservation(viewer=viewer, reservation=other, window=slot("10:00"))
    assert [broken.code for broken in refused.value.extra["violations"]] == ["place_free"]
    assert refused.value.extra["alternatives"][0].window == slot("11:00")
    assert [window for _, window in claims_of(instrument)] == [slot(), slot("13:00")]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("during = 'empty'", "reservation_not_empty"),
        ("places = 0", "reservation_has_places"),
        ("user_id = NULL", "reservation_use_is_for_somebody"),
        ("status = 'held'", "reservation_hold_expires"),
        ("status = 'requested'", "reservation_request_expires"),
        ("fee_fen = 1", "reservation_fee_when_late"),
    ],
)
def test_reservation__impossible_row__refused(instrument: Instrument, change: str, constraint: str) -> None:
    booked(instrument)
    assert violated(f"UPDATE reservations_reservation SET {change}") == constraint


@pytest.mark.parametrize("change", ["capacity = 0", "capacity = 201"])
def test_resource__no_places__refused(instrument: Instrument, change: str) -> None:
    assert violated(f"UPDATE calendars_resource SET {change}") == "resource_has_places"


def test_resource__of_every_instrument__exactly_one(instrument: Instrument) -> None:
    assert Resource.objects.filter(instrument=instrument).count() == 1
    assert violated("UPDATE calendars_resource SET kind = 'shared'") == "resource_instrument_fits_kind"


def test_opening__two_profiles_at_a_time__refused(instrument: Instrument) -> None:
    given = OpeningAssignment.objects.get(resource__instrument=instrument)
    with pytest.raises(IntegrityError, match="opening_assignment_one_at_a_time"), transaction.atomic():
        OpeningAssignment.objects.create(
            resource_id=given.resource_id,
            profile=given.profile,
            effective=TimestamptzRange(datetime(2040, 1, 1, tzinfo=UTC), None),
        )


def test_opening__two_defaults_of_one_zone__refused(instrument: Instrument) -> None:
    platform = OpeningProfile.objects.get(institution=None, instrument=None)
    statement = (
        "INSERT INTO calendars_openingprofile (calendar_id, zone, holidays)"
        " SELECT id + 1000, %s, '' FROM schedule_calendar LIMIT 1"
    )
    assert violated(statement, platform.zone) == "opening_profile_one_platform_default_per_zone"


def test_rate_card__two_at_a_time__refused(instrument: Instrument) -> None:
    with pytest.raises(IntegrityError, match="rate_card_one_at_a_time"), transaction.atomic():
        RateCard.objects.create(instrument=instrument, valid=DateRange(None, None))
    with pytest.raises(IntegrityError, match="hourly_rate_once_per_tier"), transaction.atomic():
        HourlyRate.objects.create(card=RateCard.objects.get(), tier="member", hourly_fen=1)


def test_policy_value__twice_at_a_level_or_at_two_levels__refused(instrument: Instrument) -> None:
    PolicyValue.objects.create(code="on_grid", value=5)
    with pytest.raises(IntegrityError, match="policy_value_once_per_level"), transaction.atomic():
        PolicyValue.objects.create(code="on_grid", value=6)
    with pytest.raises(IntegrityError, match="policy_value_at_one_level"), transaction.atomic():
        PolicyValue.objects.create(
            code="on_grid", value=6, instrument=instrument, institution=instrument.institution
        )


def test_waiver__twice_for_one_rule__refused(instrument: Instrument) -> None:
    fields: dict[str, Any] = {
        "reservation": booked(instrument),
        "code": "on_grid",
        "reason": "x",
        "by": make_user(),
    }
    Waiver.objects.create(**fields)
    with pytest.raises(IntegrityError, match="waiver_once_per_rule"), transaction.atomic():
        Waiver.objects.create(**fields)


@pytest.mark.parametrize(
    ("role", "where"),
    [(Role.FIRM_USER, "institution"), (Role.MANAGER, None), (Role.REVIEWER, "institution"), (Role.OPERATOR, None)],
)
def test_membership__scope_does_not_fit_the_role__refused(role: Role, where: str | None) -> None:
    scope = {where: make_institution()} if where else {}
    with pytest.raises(IntegrityError, match="membership_scope_fits_role"), transaction.atomic():
        Membership.objects.create(user=make_user(), role=role, **scope)


def test_take_claims__taken_place__named_constraint_and_gaps_untouched() -> None:
    instrument = open_instrument(places=2)
    first = booked(instrument)
    resource = Resource.objects.get(instrument=instrument)
    with pytest.raises(IntegrityError, match="claim_place_taken_once"), transaction.atomic():
        functions.take_claims(first.pk, [(resource.pk, 2), (resource.pk, 1)], slot(), turns_around=True)
    assert Claim.objects.count() == 1
    assert functions.wrong_gaps(resource.pk, slot("00:00").starts_at) == []
