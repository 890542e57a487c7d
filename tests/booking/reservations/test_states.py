"""Every state × every command × every role, by the one table; and the page that is made from it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Role
from accounts.viewers import ANONYMOUS, Viewer
from booking.reservations.models import Reservation, Status
from booking.reservations.states import TRANSITIONS, Party, Transition, allows
from core import clock
from core.errors import DomainError
from frontend.presenters.history import worded_commands
from tests.booking.reservations.commands_by_name import CALLS, ELSEWHERE, Call
from tests.factories.accounts import make_viewer, manager_of
from tests.factories.booking import booked, firm_user, make_bookable, operator_of, slot

STAFF = ("operator", "manager", "platform admin")
STRANGERS = ("stranger", "manager of another")


def roles(reservation: Reservation, owner: Viewer) -> Mapping[str, Viewer]:
    institution = reservation.instrument.institution
    return {
        "owner": owner,
        "stranger": firm_user(),
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


@pytest.mark.django_db
@pytest.mark.parametrize("command", CALLS)
def test_command__in_every_state_by_every_role__as_the_table_says(command: str) -> None:
    row, call, owner = TRANSITIONS[command], CALLS[command], firm_user()
    with time_machine.travel(slot("08:00").starts_at, tick=False) as traveller:
        reservation = booked(make_bookable(), owner)
        people = roles(reservation, owner)
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


def test_commands_of_people__every_one__is_put_through_the_table() -> None:
    by_people = {
        each.command for each in TRANSITIONS.values() if each.sources and {Party.OWNER, Party.STAFF} & set(each.by)
    }
    assert by_people == set(CALLS) | set(ELSEWHERE)


def test_commands__every_one_of_ours__has_a_sentence_in_the_history() -> None:
    ours = {"check_in", "check_out", "extend", "no_show", "end_overrun", "start", "complete", *CALLS}
    assert ours <= worded_commands()


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
