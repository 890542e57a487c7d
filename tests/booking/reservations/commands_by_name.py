"""How each command of the table of states is called, the way its endpoint does: fetch for the viewer, then act.

A new command takes its place here, or names in ELSEWHERE the test that covers it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.viewers import Viewer
from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.change_operator import change_operator
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.decline_reservation import decline_reservation
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.let_go import let_go
from booking.reservations.commands.mark_no_show import mark_no_show
from booking.reservations.commands.renew_hold import renew_hold
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.waive_fee import waive_fee
from booking.reservations.selectors.access import Action, access_hold, access_reservation
from tests.factories.booking import slot


@dataclass(frozen=True)
class Call:
    """act: on a reservation booked for slot(). at: what time it is then. action: that access is asked for.

    by_hold: fetched as one's own hold instead.
    """

    act: Callable[..., Any]
    arguments: Mapping[str, Any] | None = None
    at: str = "08:50"
    action: Action = "change"
    by_hold: bool = False

    def __call__(self, viewer: Viewer, reservation_id: int) -> Any:
        if self.by_hold:
            found = {"hold": access_hold(viewer, reservation_id)}
        else:
            found = {"reservation": access_reservation(viewer, reservation_id, self.action)}
        return self.act(viewer=viewer, **found, **(self.arguments or {}))


CALLS: Final[Mapping[str, Call]] = {
    "renew": Call(renew_hold, by_hold=True),
    "let_go": Call(let_go, by_hold=True),
    "confirm": Call(confirm_hold, {"window": slot(), "wanted": Wanted()}, by_hold=True),
    "approve": Call(approve_reservation, action="manage"),
    "decline": Call(decline_reservation, {"reason": "x"}, action="manage"),
    "cancel": Call(cancel_reservation, {"reason": "x"}),
    "reschedule": Call(reschedule_reservation, {"window": slot(day=1)}),
    "change_operator": Call(change_operator, {"operator": "any"}),
    "edit": Call(edit_reservation, {"purpose": "x"}),
    "check_in": Call(check_in),
    "check_out": Call(check_out),
    "extend": Call(extend_reservation, {"ends_at": slot("12:00").starts_at}),
    "waive_fee": Call(waive_fee, {"reason": "x"}, action="manage"),
    "no_show": Call(mark_no_show, {"reason": "x"}, at="09:10"),
}

ELSEWHERE: Final[Mapping[str, str]] = {
    "cut_short": "a step of a closure's plan: test_replanning.py",
    "reopen": "of closures: test_reopen_instrument.py",
}
