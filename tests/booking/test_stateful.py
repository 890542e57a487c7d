"""Any sequence of commands by several people, beside a simple model in memory that knows what must come of it.

The lab is in lab.py, its model in lab_model.py, the commands in lab_people.py, lab_several.py and lab_desk.py.
"""

from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.booking.lab_desk import Desk
from tests.booking.lab_people import People
from tests.booking.lab_several import Several
from tests.booking.reservations.commands_by_name import CALLS, ELSEWHERE
from tests.conftest import DEEP

pytestmark = [pytest.mark.django_db(transaction=True)]

STEPS: Final = 50 if DEEP else 35


class Lab(People, Several, Desk):
    """All of it together."""


PEOPLE: Final = {
    *("hold", "renew", "let_go", "confirm", "book", "cancel", "reschedule", "approve", "decline", "edit"),
    *("check_in", "check_out", "extend", "no_show", "close", "reopen", "expired", "completed"),
}
SEVERAL: Final = {
    *("series", "batch", "join", "offer", "accept_offer", "decline_offer", "leave_waitlist"),
    *(f"series {scope} {done}" for scope in ("this", "following", "all") for done in ("changed", "cancelled")),
}
DESK: Final = {
    *("plan", "move", "end", "repeating", "repeating entered", "withdrawn", "suspended", "capacity"),
    *("turnaround", "hours", "needs", "absence", "absence over"),
}
ELSEWHERE_TOO: Final = {
    "waive_fee": "needs a late cancellation: test_late_cancelling.py, test_http_races.py",
    "change_operator": "needs two operators: test_change_operator.py",
}


def test_lab__any_commands_of_several_people__model_and_database_agree() -> None:
    run_state_machine_as_test(
        Lab,
        settings=settings(
            max_examples=300 if DEEP else 9,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=not DEEP,
            phases=[Phase.generate] if not DEEP else tuple(Phase),
        ),
    )
    everything = PEOPLE | SEVERAL | DESK
    expected = everything if DEEP else {"book", "hold", "cancel", "close", "series", "batch", "join"}
    assert {name for name, times in Lab.happened.items() if times} >= expected, expected - Lab.happened.keys()


def test_lab__every_command_of_the_table__is_among_what_happens() -> None:
    assert PEOPLE | {"cut_short"} | ELSEWHERE_TOO.keys() >= CALLS.keys() | ELSEWHERE.keys()
