"""Booking for a firm on the pages, without a script: choose it, see its price, and who sees the booking."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import Enterprise, Role
from accounts.viewers import Viewer
from booking.reservations.models import Reservation
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_institution, make_viewer
from tests.factories.booking import booked, firm_user, open_instrument, operator_of, slot
from tests.frontend.pages.desk_scenario import browser_of, text_of
from tests.frontend.pages.test_booking import confirmed, send, typed

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def instrument(monday_morning: datetime) -> Instrument:
    return open_instrument(make_institution(name_en="Example University"), name_en="Tensile tester")


@pytest.fixture
def staff(instrument: Instrument) -> Viewer:
    return operator_of(instrument.institution)


@pytest.fixture
def many() -> list[Enterprise]:
    """So many firms that they are found by name."""
    return [make_enterprise(name_en=f"Blue Loom {n:02}", name_zh="") for n in range(22)]


def wanted(**more: str) -> dict[str, str]:
    return {name: value for name, value in typed(**more).items() if name != "account"}


def commissioner(*firms: Enterprise) -> Viewer:
    assert len(firms) == 1
    return make_viewer(Role.COMMISSIONER, enterprise=firms[0])


def test_instrument_page__who_may__is_led_to_the_firm(
    instrument: Instrument, staff: Viewer, many: list[Enterprise]
) -> None:
    address = f"/instruments/{instrument.slug}/"
    assert 'name="for_firm"' in text_of(browser_of(staff).get(address))
    assert 'name="for_firm"' not in text_of(browser_of(firm_user()).get(address))
    page = text_of(send(browser_of(staff), instrument, wanted(for_firm="yes")))
    assert "Book on behalf of a firm" in page
    assert 'name="firm"' in page
    assert 'value="Fibre length"' in page
    assert "This time can be booked." not in page


def test_for_firm__who_may_not__is_asked_for_no_firm(instrument: Instrument, many: list[Enterprise]) -> None:
    page = text_of(send(browser_of(firm_user()), instrument, wanted(for_firm="yes", firm="Blue Loom 07")))
    assert 'name="firm"' not in page
    assert "On behalf of" not in page


def test_by_name__one_fits__its_price_and_then_its_booking(
    instrument: Instrument, staff: Viewer, many: list[Enterprise]
) -> None:
    client = browser_of(staff)
    page = text_of(send(client, instrument, wanted(firm="loom 07")))
    assert "On behalf of Blue Loom 07" in page
    assert "Book for ¥480.00" in page
    answer = confirmed(client, instrument, wanted(firm="loom 07"))
    made = Reservation.objects.get()
    assert answer["Location"] == f"/bookings/{made.pk}/"
    assert (made.user_id, made.booked_by_id, made.account) == (None, staff.user_id, many[7])


def test_by_name__several_fit__a_list_to_choose_from(
    instrument: Instrument, staff: Viewer, many: list[Enterprise]
) -> None:
    client = browser_of(staff)
    answer = send(client, instrument, wanted(firm="loom 1"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Several firms fit. Choose one." in page
    assert page.count('type="radio" name="firm_id"') == 10
    assert "Which of these firms?" in page
    assert "Book on behalf of a firm</h1>" in page
    page = text_of(send(client, instrument, wanted(firm="loom 1", firm_id=str(many[13].pk))))
    assert "On behalf of Blue Loom 13" in page
    assert f'value="{many[13].pk}"' in page


@pytest.mark.parametrize(
    ("typed_in", "chosen", "says"),
    [
        ("Blue Loom", "", "Many firms fit, these are some."),
        ("nobody knows it", "", "There is no such firm among those you may book for."),
        ("loom 07", "999999999", "On behalf of Blue Loom 07"),
        ("loom 1", "999999999", "Several firms fit. Choose one."),
        ("loom 1", "x", "Enter a whole number."),
    ],
)
def test_by_name__many_none_or_forged__says_so(
    instrument: Instrument, staff: Viewer, many: list[Enterprise], typed_in: str, chosen: str, says: str
) -> None:
    assert says in text_of(send(browser_of(staff), instrument, wanted(firm=typed_in, firm_id=chosen)))


def test_confirmation__for_another_firm_than_shown__shows_anew(
    instrument: Instrument, staff: Viewer, many: list[Enterprise]
) -> None:
    client = browser_of(staff)
    shown: Any = send(client, instrument, wanted(firm="loom 07")).context["form"].signature
    answer = send(client, instrument, wanted(firm="loom 08", checked=shown, confirm="yes"))
    assert answer.status_code == 200
    assert not Reservation.objects.exists()


def test_few_firms__assigned__are_a_plain_list(instrument: Instrument) -> None:
    mine, other = make_enterprise(name_en="Red Kiln", name_zh=""), make_enterprise()
    client = browser_of(commissioner(mine))
    page = text_of(send(client, instrument, wanted(for_firm="yes")))
    assert '<select name="firm_id"' in page
    assert "Red Kiln" in page
    refused = text_of(send(client, instrument, wanted(firm_id=str(other.pk))))
    assert "There is no such firm among those you may book for." in refused
    assert "On behalf of Red Kiln" in text_of(send(client, instrument, wanted(firm_id=str(mine.pk))))


def test_series__on_behalf__planned_and_booked(
    instrument: Instrument, staff: Viewer, many: list[Enterprise]
) -> None:
    client, address = browser_of(staff), f"/instruments/{instrument.slug}/repeat/"
    form = wanted(firm="loom 07", every="week", interval="1", count="3")
    plan = client.post(address, form)
    assert "On behalf of Blue Loom 07" in text_of(plan)
    client.post(address, form | {"checked": plan.context["form"].signature, "confirm": "all"})
    assert list(Reservation.objects.values_list("account_id", flat=True)) == [many[7].pk] * 3


def test_pages__booked_on_behalf__show_the_firm_and_who_booked(instrument: Instrument, staff: Viewer) -> None:
    firm = make_enterprise(name_en="Blue Loom", name_zh="")
    made = booked(instrument, staff, slot("10:00"), account_id=firm.pk, on_behalf=True)
    desk = text_of(browser_of(operator_of(instrument.institution)).get("/desk/"))
    assert ">Blue Loom</a>" in desk
    assert f"booked by {staff.name}" in desk
    member = browser_of(firm_user(firm))
    assert f"Blue Loom · booked by {staff.name}" in text_of(member.get("/bookings/"))
    page = text_of(member.get(f"/bookings/{made.pk}/"))
    assert f"<dt>Booked by</dt><dd>{staff.name}</dd>" in page
    assert "Move to another time" in page
    answer = member.post(f"/bookings/{made.pk}/cancel/", {"version": made.version, "fee": 0})
    assert answer["Location"] == "/bookings/"


def test_requests__on_behalf__name_the_firm(instrument: Instrument) -> None:
    firm, desk = make_enterprise(name_en="Blue Loom", name_zh=""), operator_of(instrument.institution)
    made = booked(instrument, desk, account_id=firm.pk, on_behalf=True)
    Reservation.objects.filter(pk=made.pk).update(status="requested", request_expires_at=made.during.lower)
    page = text_of(browser_of(operator_of(instrument.institution)).get("/desk/requests/"))
    assert f"Blue Loom · booked by {desk.name}" in page
    assert "Your own request" in text_of(browser_of(desk).get("/desk/requests/"))
