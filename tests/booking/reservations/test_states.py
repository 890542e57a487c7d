"""Every state × every command × every role, by the one table; and the page that is made from it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Enterprise, Role
from accounts.selectors import viewer_of
from accounts.viewers import ANONYMOUS, Viewer
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.commands.waive_retaken_fees import waive_retaken_fees
from booking.reservations.models import Reservation, Status
from booking.reservations.states import TRANSITIONS, Party, Transition, allows
from core import clock
from core.errors import DomainError
from frontend.presenters.history import worded_commands
from tests.booking.reservations.commands_by_name import CALLS, ELSEWHERE, Call
from tests.factories.accounts import make_enterprise, make_viewer, manager_of
from tests.factories.booking import booked, firm_user, make_bookable, open_instrument, operator_of, slot

REGION = "330100"
STAFF = ("operator", "manager", "institution admin", "platform admin")
STRANGERS = ("stranger", "manager of another", "reviewer of another")
ONLOOKERS = ("colleague", "reviewer")
"""Who sees it and may do nothing with it."""


def roles(reservation: Reservation, owner: Viewer, firm: Enterprise) -> Mapping[str, Viewer]:
    institution = reservation.instrument.institution
    assert reservation.booked_by is not None
    return {
        "owner": owner,
        "who booked it": viewer_of(reservation.booked_by),
        "stranger": firm_user(),
        "colleague": firm_user(firm),
        "reviewer": make_viewer(Role.REVIEWER, region=REGION),
        "reviewer of another": make_viewer(Role.REVIEWER, region="440300"),
        "institution admin": make_viewer(Role.ADMIN, institution=institution),
        "operator": operator_of(institution),
        "manager": manager_of(institution),
        "manager of another": manager_of(make_bookable().institution),
        "anonymous": ANONYMOUS,
        "platform admin": make_viewer(Role.ADMIN),
    }


def expected(row: Transition, call: Call, status: str, role: str) -> set[str]:
    """By the access rules first, then by the table, which may leave a choice."""
    if role == "anonymous":
        return {"NotSignedIn"}
    if role in STRANGERS or (call.by_hold and role != "owner"):
        return {"NotFound"}
    if role in ONLOOKERS:
        return {"Forbidden"}
    if (Party.STAFF if role in STAFF else Party.OWNER) not in row.by:
        return {"Forbidden"}
    if allows(row.command, status):
        return {str(row.target or status), *map(str, row.otherwise)}
    return {refusal(row, status)}


def refusal(row: Transition, status: str) -> str:
    if row.sources == (Status.REQUESTED,):
        return "NotRequested"
    if status == Status.EXPIRED:
        return "HoldLapsed"
    if row.command == "reschedule" and status == Status.HELD:
        return "HoldStays"
    if status == Status.IN_USE:
        return "ReservationRunning"
    too_early = Status.IN_USE in row.sources and status in (Status.HELD, Status.REQUESTED, Status.CONFIRMED)
    return "ReservationNotBegun" if too_early else "ReservationEnded"


def outcome(call: Call, viewer: Viewer, reservation: Reservation) -> str:
    """The new status or the error's name; nothing of it stays."""
    point = transaction.savepoint()
    try:
        call(viewer, reservation.pk)
        return Reservation.objects.get(pk=reservation.pk).status
    except DomainError as error:
        return type(error).__name__
    finally:
        transaction.savepoint_rollback(point)


def put_into(status: str, reservation: Reservation) -> None:
    """As if it had come to this, with a fee; a hold's time is not up yet, unless it has expired."""
    Reservation.objects.filter(pk=reservation.pk).update(
        status=status,
        created_at=clock.now(),
        hold_expires_at=clock.now() + timedelta(minutes=5),
        request_expires_at=clock.now() + timedelta(minutes=5),
        late_during=reservation.during,
        fee_fen=1,
        use_is_assumed=status == Status.IN_USE,
        used_from=slot().starts_at if status == Status.IN_USE else None,
    )


def scene() -> tuple[Reservation, Mapping[str, Viewer]]:
    """A booking for a firm that somebody else entered for its user, and everybody who may meet it."""
    firm = make_enterprise()
    owner = firm_user(firm)
    reservation = booked(make_bookable(region=REGION), owner, account_id=firm.pk)
    reservation.booked_by_id = firm_user().person_id
    reservation.save(update_fields=["booked_by"])
    return reservation, roles(reservation, owner, firm)


@pytest.mark.django_db
@pytest.mark.parametrize("command", CALLS)
def test_command__in_every_state_by_every_role__as_the_table_says(command: str) -> None:
    row, call = TRANSITIONS[command], CALLS[command]
    with time_machine.travel(slot("08:00").starts_at, tick=False) as traveller:
        reservation, people = scene()
        traveller.move_to(slot(call.at).starts_at)
        wrong = {}
        for status in Status.values:
            put_into(status, reservation)
            for role, viewer in people.items():
                seen, wanted = outcome(call, viewer, reservation), expected(row, call, status, role)
                if seen not in wanted:
                    wrong[status, role] = seen, wanted
        put_into(Status.CONFIRMED, reservation)  # which its claims fit
    assert wrong == {}


def reopened(*, viewer: Viewer, reservation: Reservation) -> Reservation:
    return reopen_instrument(viewer=viewer, closure=reservation)


@pytest.mark.django_db
def test_reopen__a_closure_in_every_state_by_every_role__as_the_table_says() -> None:
    row, call = TRANSITIONS["reopen"], Call(reopened, action="manage")
    with time_machine.travel(slot("08:00").starts_at, tick=False) as traveller:
        booking, people = scene()
        manager, window = people["manager"], slot("13:00")
        key = close_instrument(viewer=manager, instrument=booking.instrument, window=window, reason="Leak")
        closure = Reservation.objects.get(pk=key)
        people = {role: viewer for role, viewer in people.items() if role not in ("owner", "who booked it")}
        traveller.move_to(slot("14:00").starts_at)
        for status in Status.values:
            soon = clock.now() + timedelta(minutes=5)
            given = {"status": status, "hold_expires_at": soon, "request_expires_at": soon}
            Reservation.objects.filter(pk=key).update(**given)
            for role, viewer in people.items():
                # Nobody's firm is behind a closure, so a colleague is a stranger to it.
                wanted = {"NotFound"} if role == "colleague" else expected(row, call, status, role)
                assert outcome(call, viewer, closure) in wanted, (status, role)
        Reservation.objects.filter(pk=key).update(status=Status.CONFIRMED)


CLOCK = (advance_reservations, release_no_shows, expire_holds, waive_retaken_fees)


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["08:50", "09:45", "12:00"])
@pytest.mark.parametrize("mode", ["self_operated", "sample_submission"])
def test_clock__in_every_state__moves_only_as_the_table_says(at: str, mode: str) -> None:
    """Before, during and after the booking, where people check in and where nobody does; twice, as jobs may run."""
    with time_machine.travel(slot("08:00").starts_at, tick=False) as traveller:
        reservation = booked(open_instrument(access_modes=[mode]))
        for status in Status.values:
            traveller.move_to(slot("08:00").starts_at)
            put_into(status, reservation)
            traveller.move_to(slot(at).starts_at)
            point = transaction.savepoint()
            for work in CLOCK * 2:
                work()
            reached = Reservation.objects.values_list("status", flat=True).get(pk=reservation.pk)
            transaction.savepoint_rollback(point)
            assert reached in by_clock(status), (status, reached)
        put_into(Status.CONFIRMED, reservation)


def by_clock(status: str) -> set[str]:
    """Where the clock may take it, in one step after the other."""
    found, before = {status}, set[str]()
    rows = [row for row in TRANSITIONS.values() if Party.CLOCK in row.by and row.sources and row.target]
    while found != before:
        before = set(found)
        found |= {str(row.target) for row in rows if set(row.sources) & before}
    return found


def test_commands_of_people__every_one__is_put_through_the_table() -> None:
    by_people = {
        each.command for each in TRANSITIONS.values() if each.sources and {Party.OWNER, Party.STAFF} & set(each.by)
    }
    assert by_people == set(CALLS) | set(ELSEWHERE)


def test_commands__every_one_of_ours__has_a_sentence_in_the_history() -> None:
    assert {*TRANSITIONS, "set_capacity"} <= worded_commands()


def test_states__every_one__is_reached_or_begun() -> None:
    reached = {status for each in TRANSITIONS.values() for status in (each.target, *each.otherwise)}
    assert set(Status) <= reached


def test_page__as_committed__is_what_the_table_says(tmp_path: Path, settings: Any) -> None:
    call_command("export_states_docs", "--check", skip_checks=True)
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError):
        call_command("export_states_docs", "--check", skip_checks=True)
    call_command("export_states_docs", skip_checks=True)
    page = (tmp_path / "docs" / "states.md").read_text("utf-8")
    assert "confirmed --> in_use: check_in, start" in page
    assert all(f"| `{command}` |" in page for command in TRANSITIONS)
