"""Decisions on one request at the same moment: one outcome, the others are told so. Threads and real processes."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Resource
from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.decline_reservation import decline_reservation
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.models import Reservation, Status
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.selectors.history import history_of
from core import clock
from core.errors import DomainError
from instruments.catalogue.models import Instrument
from tests.booking.http_races import ROUNDS, Caller, refusals, statuses, together
from tests.factories.booking import (
    booked,
    claims_of,
    coming_slot,
    firm_user,
    make_bookable,
    operator_of,
    revision_of,
    set_values,
)
from tests.servers import Servers
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]

HAPPENED = {
    "approve": (Status.CONFIRMED, 1),
    "decline": (Status.DECLINED, 0),
    "cancel": (Status.CANCELLED, 0),
    "expire": (Status.EXPIRED, 0),
}


class Scene:
    """A request on an instrument that approves everything, with who may decide on it."""

    def __init__(self) -> None:
        self.instrument: Instrument = make_bookable()
        set_values(self.instrument, approval=ApprovalMode.ALWAYS)
        self.owner, self.staff = firm_user(), operator_of(self.instrument.institution)
        self.request = booked(self.instrument, self.owner, coming_slot())

    def commands(self) -> dict[str, Callable[[], Any]]:
        given: dict[str, Any] = {"reservation": self.request}
        return {
            "approve": partial(approve_reservation, viewer=self.staff, **given),
            "decline": partial(decline_reservation, viewer=self.staff, reason="x", **given),
            "cancel": partial(cancel_reservation, viewer=self.owner, **given),
        }

    def expires_in(self, seconds: float) -> None:
        until = clock.now() + timedelta(seconds=seconds)
        Reservation.objects.filter(pk=self.request.pk).update(request_expires_at=until)

    def assert_one_outcome(self) -> str:
        """The name of the command that ended the request; row, claims, gaps and history agree on it."""
        commands = [entry.command for entry in history_of(self.request) if entry.command in HAPPENED]
        self.request.refresh_from_db()
        status, claims = HAPPENED[commands[-1]]
        assert (self.request.status, len(claims_of(self.instrument))) == (status, claims)
        resource = Resource.objects.get(instrument=self.instrument)
        assert functions.wrong_gaps(resource.pk, clock.now()) == []
        assert len(commands) == 1 or commands == ["approve", "cancel"]
        return commands[0]


def sweep_for(seconds: float) -> None:
    """The minute's sweep, as if it ran all the time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        expire_holds()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_decide__approve_and_decline_at_once__one_of_them(round_: int) -> None:
    scene = Scene()
    commands = scene.commands()
    answers = at_once([commands["approve"], commands["decline"]] * 6)
    assert [type(answer).__name__ for answer in answers].count("Reservation") == 1
    assert {answer.code for answer in answers if isinstance(answer, DomainError)} == {"not_requested"}
    scene.assert_one_outcome()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_decide__approve_and_cancel_at_once__cancelled_in_the_end(round_: int) -> None:
    """Who asked may cancel what was approved, but nobody approves what was cancelled."""
    scene = Scene()
    commands = scene.commands()
    answers = at_once([commands["approve"], commands["cancel"]] * 6)
    refused = {answer.code for answer in answers if isinstance(answer, Exception)}  # type: ignore[attr-defined]
    assert refused <= {"not_requested", "reservation_ended"}
    scene.assert_one_outcome()
    assert scene.request.status == "cancelled"


@pytest.mark.parametrize("milliseconds", [0, 15, 40, 80] * ROUNDS)
def test_decide__approve_while_it_expires__approved_or_expired(milliseconds: int) -> None:
    scene = Scene()
    approve = scene.commands()["approve"]

    def in_time() -> Any:
        time.sleep(0.03)
        return approve()

    scene.expires_in(milliseconds / 1000)
    answer, *_swept = at_once([in_time, partial(sweep_for, 0.3), partial(sweep_for, 0.3)])
    if isinstance(answer, Exception):
        assert getattr(answer, "code", answer) == "not_requested"
    assert scene.assert_one_outcome() == ("expire" if isinstance(answer, Exception) else "approve")


def test_approve__status_alone_changes__the_revision_grows() -> None:
    scene = Scene()
    before = revision_of(scene.instrument)
    scene.commands()["approve"]()
    assert revision_of(scene.instrument) == before + 1


def over_http(servers: Servers, scene: Scene, what: str) -> Callable[[], Any]:
    viewer: Viewer = scene.owner if what == "cancel" else scene.staff
    return partial(Caller(servers, viewer).post, f"reservations/{scene.request.pk}/{what}", {"reason": "x"})


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("other", ["decline", "cancel"])
def test_decide__against_another_over_http__one_outcome_and_clean_409(
    web_pair: Servers, other: str, round_: int
) -> None:
    scene = Scene()
    answers = together(over_http(web_pair, scene, "approve"), over_http(web_pair, scene, other))
    found = statuses(answers)
    assert found[200] == 1 or (other == "cancel" and found[200] == 2)
    assert refusals(answers) <= {"not_requested", "reservation_ended"}
    scene.assert_one_outcome()
