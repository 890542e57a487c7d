"""Who runs a booking changes at the same moment as something else, over HTTP with two web processes."""

from functools import partial
from typing import Any

import pytest

from accounts.models import Institution
from booking.calendars.models import Absence
from booking.reservations.models import Reservation
from tests.booking.http_races import (
    ROUNDS,
    Answer,
    Caller,
    gaps_are_right,
    refusals,
    statuses,
    taken_windows,
    times,
    together,
)
from tests.booking.reservations.sharing import needing, operator, taken
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, coming_slot, firm_user
from tests.servers import Servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

rounds = pytest.mark.parametrize("round_", range(ROUNDS))
AS_READ = {"If-Match": '"1"'}


class Scene:
    """A booking that Ann runs on an instrument that Bob runs too, and its owner."""

    def __init__(self, servers: Servers, lab: Institution) -> None:
        self.lab, self.servers, viewer = lab, servers, firm_user()
        self.ann, self.bob = operator(lab, "Ann"), operator(lab, "Bob")
        self.instrument = needing(lab, [self.ann, self.bob])
        self.made = booked(self.instrument, viewer, coming_slot(), operator_id=self.ann.pk)
        self.owner = Caller(servers, viewer)

    def patched(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> partial[Answer]:
        return partial(self.owner.send, "PATCH", f"reservations/{self.made.pk}", body, headers or {})

    def runs(self) -> tuple[bool, bool]:
        """Whether Ann and whether Bob holds the time of the booking, and all of it."""
        window = taken_windows(self.instrument)
        return taken(self.ann) == window, taken(self.bob) == window


@rounds
def test_two_bookings__ask_for_the_same_operator__one_gets_them(
    web_pair: Servers, lab: Institution, round_: int
) -> None:
    cem, runs = operator(lab, "Cem"), []
    for name in ("Ann", "Bob"):
        viewer, own = firm_user(), operator(lab, name)
        instrument = needing(lab, [own, cem])
        runs.append((instrument, own, booked(instrument, viewer, coming_slot(), operator_id=own.pk), viewer))
    asked = [
        partial(Caller(web_pair, viewer).send, "PATCH", f"reservations/{made.pk}", {"operator": cem.pk})
        for _instrument, _own, made, viewer in runs
    ]
    answers = together(*asked)
    assert statuses(answers) == {200: 25, 409: 25}
    assert refusals(answers) == {"slot_taken"}
    assert sorted(map(str, (statuses(answers[::2]), statuses(answers[1::2])))) == ["{200: 25}", "{409: 25}"]
    first_won = answers[0].status == 200
    assert [taken(own) for _, own, _, _ in runs] == ([[], [coming_slot()]] if first_won else [[coming_slot()], []])
    assert taken(cem) == [coming_slot()]
    assert gaps_are_right(*(instrument for instrument, *_ in runs))


@rounds
def test_operator__asked_for_while_their_absence_is_entered__booked_or_away(
    web_pair: Servers, lab: Institution, round_: int
) -> None:
    scene = Scene(web_pair, lab)
    staff = Caller(web_pair, manager_of(lab))
    away = partial(staff.post, f"resources/{scene.bob.pk}/absences", times(coming_slot()))
    answers = together(scene.patched({"operator": scene.bob.pk}), away)
    changes, absences = answers[::2], answers[1::2]
    assert refusals(answers) == {"slot_taken"}
    is_away = Absence.objects.filter(resource=scene.bob).count()
    assert (statuses(absences).get(201, 0), statuses(changes).get(200, 0)) == ((1, 0) if is_away else (0, 25))
    assert scene.runs() == ((True, True) if is_away else (False, True))  # the absence is as long
    assert gaps_are_right(scene.instrument)


@rounds
@pytest.mark.parametrize("headers", [AS_READ, {}], ids=["as read", "whatever it was"])
def test_operator__changed_while_the_booking_moves__in_one_order_or_refused(
    web_pair: Servers, lab: Institution, headers: dict[str, str], round_: int
) -> None:
    scene, later = Scene(web_pair, lab), coming_slot("14:00")
    answers = together(scene.patched({"operator": scene.bob.pk}, headers), scene.patched(times(later), headers))
    changes, moves = statuses(answers[::2]), statuses(answers[1::2])
    refused = [each for each in answers if each.status != 200]
    assert {(each.status, each.document["code"]) for each in refused} <= {(412, "stale")}
    if headers:
        assert len(refused) == 49
    else:
        assert moves == {200: 25}
    assert taken_windows(scene.instrument) == [later if 200 in moves else coming_slot()]
    assert scene.runs() == ((False, True) if 200 in changes else (True, False))
    assert Reservation.objects.get(pk=scene.made.pk).version > 1
    assert gaps_are_right(scene.instrument)
