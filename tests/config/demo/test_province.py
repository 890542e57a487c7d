"""What holds in every demo province."""

import pytest
from django.contrib.auth import authenticate
from django.http import HttpRequest

from accounts.models import Enterprise, Institution, Role, User
from accounts.selectors import viewer_of
from booking.calendars.functions import wrong_gaps
from booking.calendars.models import Resource, ResourceKind, ResourceNeed
from booking.reservations.models import Reservation
from config.demo.steps.organisations import uscc_check
from config.demo.steps.people import DEMO_ACCOUNTS, PASSWORD
from instruments.catalogue.models import Instrument
from instruments.catalogue.search import query_text
from tests.config.demo.conftest import WEDNESDAY, plan, rows, triggers_off, value

pytestmark = pytest.mark.usefixtures("demo")

CROWDED = """
    WITH edge AS (
        SELECT b.instrument_id, lower(b.during) AS at, b.places AS change FROM reservations_reservation b
        UNION ALL SELECT b.instrument_id, upper(b.during), -b.places FROM reservations_reservation b
    ), busy AS (
        SELECT instrument_id, sum(change) OVER (PARTITION BY instrument_id ORDER BY at, change) AS places FROM edge
    )
    SELECT count(*) FROM busy JOIN calendars_resource r USING (instrument_id) WHERE busy.places > r.capacity
"""
OUTSIDE_OPENING_HOURS = """
    SELECT count(*) FROM reservations_reservation b JOIN calendars_resource r ON r.instrument_id = b.instrument_id
    WHERE b.kind IN ('use', 'training') AND NOT EXISTS (
        SELECT 1 FROM calendar_open_windows(r.id, b.during) w
        WHERE b.during <@ w.during
          AND w.tiers & CASE b.tier WHEN 'internal' THEN 1 WHEN 'member' THEN 2
                                    WHEN 'enterprise' THEN 4 ELSE 8 END <> 0)
"""
_CLAIMS_MISFIT = """
    SELECT count(*) FROM reservations_reservation b
    WHERE (b.status IN ('held', 'requested', 'confirmed', 'in_use'))
          > EXISTS (SELECT 1 FROM calendars_claim c WHERE c.reservation_id = b.id)
       OR b.status IN ('cancelled', 'declined', 'expired', 'no_show')
          AND EXISTS (SELECT 1 FROM calendars_claim c WHERE c.reservation_id = b.id)
"""
_LENGTH_BROKEN = """
    SELECT count(*) FROM reservations_reservation b
    JOIN reservations_policyvalue v ON v.instrument_id = b.instrument_id
    CROSS JOIN LATERAL (SELECT extract(epoch FROM upper(b.during) - lower(b.during)) / 60 AS minutes) l
    WHERE b.kind IN ('use', 'training') AND (
        v.code = 'min_duration' AND l.minutes < v.value OR v.code = 'max_duration' AND l.minutes > v.value
        OR v.code = 'on_grid' AND mod(l.minutes::int, v.value) <> 0)
"""


def test_province__small__has_the_promised_size(demo: int) -> None:
    assert (Institution.objects.count(), Instrument.objects.count(), Enterprise.objects.count()) == (12, 60, 40)
    assert demo == Reservation.objects.count()
    assert 4_000 <= demo <= 6_500


def test_plan__another_seed__throws_other_dice() -> None:
    assert plan(1).dice("people").random() != plan(2).dice("people").random()


def test_province__all_reservations__never_exceed_the_places() -> None:
    assert value(CROWDED) == 0


def test_province__uses__lie_within_opening_hours_of_their_tier() -> None:
    assert value(OUTSIDE_OPENING_HOURS) == 0


def test_province__uses__keep_grid_and_lengths() -> None:
    assert value(_LENGTH_BROKEN) == 0


def test_province__claims__fit_the_reservations() -> None:
    assert value(_CLAIMS_MISFIT) == 0
    assert value("SELECT count(*) FROM calendars_claim") > 100


def test_province__free_gaps_of_every_third_resource__are_right() -> None:
    resources = Resource.objects.order_by("pk").values_list("pk", flat=True)[::3]
    assert [wrong for resource in resources for wrong in wrong_gaps(resource, plan().now)] == []


def test_province__week__is_busier_on_working_days() -> None:
    by_day = dict(
        rows("SELECT extract(isodow FROM lower(during))::int, count(*) FROM reservations_reservation GROUP BY 1")
    )
    assert min(by_day[day] for day in range(1, 6)) > 2 * max(by_day[6], by_day[7])


def test_province__day__is_busier_in_the_morning_than_at_night() -> None:
    hours = dict(
        rows(
            "SELECT extract(hour FROM lower(during) AT TIME ZONE 'Asia/Shanghai')::int, count(*)"
            " FROM reservations_reservation GROUP BY 1"
        )
    )
    assert hours[9] + hours[10] > 10 * (hours[2] + hours[3])


def test_province__manager__has_a_lively_institution_today() -> None:
    viewer = viewer_of(User.objects.get(email="manager@demo.example"))
    (institution_id,) = viewer.institutions_as(Role.MANAGER)
    todays = Reservation.objects.filter(
        instrument__institution_id=institution_id, during__startswith__date=WEDNESDAY
    )
    assert Instrument.objects.filter(institution_id=institution_id).count() == 15
    assert todays.count() >= 15
    assert todays.filter(status="in_use").exists()


@pytest.mark.parametrize(("email", "name", "role"), DEMO_ACCOUNTS)
def test_province__demo_account__signs_in_with_its_role(email: str, name: str, role: Role) -> None:
    user = authenticate(HttpRequest(), username=email, password=PASSWORD)
    assert isinstance(user, User)
    assert (user.name, viewer_of(user).roles[0].role) == (name, role)


def test_province__firm_user__has_bookings_and_the_admin_the_platform() -> None:
    assert Reservation.objects.filter(user__email="sme@demo.example", account__isnull=False).exists()
    assert viewer_of(User.objects.get(email="admin@demo.example")).is_platform_admin


def test_province__names__show_that_they_are_invented() -> None:
    for organisation in [*Institution.objects.all(), *Enterprise.objects.all()]:
        assert organisation.name_zh.startswith("示例")
        assert organisation.name_en.startswith("Example ")


def test_province__firm_codes__are_well_formed() -> None:
    assert uscc_check("91350100M000100Y4") == "3"  # the example of the standard
    for code in Enterprise.objects.values_list("uscc", flat=True):
        assert code
        assert uscc_check(code[:17]) == code[17]


def test_province__institutions__lie_in_three_zones() -> None:
    zones = set(Institution.objects.values_list("zone", flat=True))
    assert zones == {"Asia/Shanghai", "Europe/London", "America/New_York"}


def test_province__text_search__finds_instruments() -> None:
    assert (
        value("SELECT count(*) FROM catalogue_instrument WHERE search @@ %s::tsquery", query_text("Example")) == 60
    )


def test_province__daily_facts__count_every_booking_of_the_year() -> None:
    counted = value(
        "SELECT count(*) FROM reservations_reservation b JOIN catalogue_instrument i ON i.id = b.instrument_id"
        " JOIN accounts_institution n ON n.id = i.institution_id"
        " WHERE b.kind IN ('use', 'training') AND b.status IN ('confirmed', 'in_use', 'completed', 'no_show')"
        "   AND (lower(b.during) AT TIME ZONE n.zone)::date BETWEEN %s::date - 365 AND %s::date",
        WEDNESDAY,
        WEDNESDAY,
    )
    assert value("SELECT sum(bookings) FROM utilisation_dailyfact") == counted > 3_000


def test_province__past__has_no_booking_that_is_still_to_come() -> None:
    late = Reservation.objects.filter(status__in=("confirmed", "requested"), during__startswith__lt=plan().now)
    assert not late.exclude(kind__in=("maintenance", "closure")).exists()


def test_province__triggers__are_all_on_again() -> None:
    assert triggers_off() == 0


def test_province__prices__are_frozen_on_the_bookings() -> None:
    wrong = """
        SELECT count(*) FROM reservations_reservation b
        JOIN pricing_ratecard c ON c.instrument_id = b.instrument_id
        JOIN pricing_hourlyrate h ON h.card_id = c.id AND h.tier = b.tier
        WHERE b.user_id IS NOT NULL
          AND b.total_fen <> round(h.hourly_fen * extract(epoch FROM upper(b.during) - lower(b.during)) / 3600)
    """
    assert value(wrong) == 0


def test_province__an_instrument_of_both_ways__needs_the_operator_where_staff_run_it() -> None:
    need = ResourceNeed.objects.select_related("resource__user", "instrument").get()
    assert (need.modes, need.resource.kind) == (["operator_assisted"], ResourceKind.OPERATOR)
    assert need.resource.user is not None
    assert need.resource.user.email == "operator@demo.example"
    assert "self_operated" in need.instrument.access_modes
