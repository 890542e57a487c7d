"""What races over real HTTP share: callers at running web processes, and what must hold when all have answered."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Resource
from booking.reservations.models import Reservation
from core import clock
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.conftest import DEEP
from tests.factories.booking import claims_of, token_for
from tests.servers import Servers
from tests.threads import at_once

ROUNDS = 10 if DEEP else 1
CROWD = 50
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
PROBLEM = "application/problem+json"


class Answer:
    """Status, headers and JSON of an HTTP answer. began, ended: when it was asked for and had come, in seconds."""

    def __init__(self, response: Any, began: float) -> None:
        self.status, self.headers, self.content = response.status, response.headers, response.read()
        self.began, self.ended = began, time.monotonic()

    @property
    def document(self) -> Any:
        return json.loads(self.content)


class Caller:
    """Somebody with a token at the running servers."""

    def __init__(self, servers: Servers, viewer: Viewer) -> None:
        self.address = servers.address
        self.headers = {"Authorization": f"Bearer {token_for(viewer)}", "Content-Type": "application/json"}

    def post(self, path: str, body: Any, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        return self.send("POST", path, body, headers)

    def send(self, method: str, path: str, body: Any, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        data = json.dumps(body).encode()
        request = Request(f"{self.address}/api/v1/{path}", data, {**self.headers, **headers}, method=method)
        return answered(request)


def answered(request: Request, send: Callable[..., Any] = urlopen) -> Answer:
    """Send it; a refusal is an answer too."""
    began = time.monotonic()
    try:
        with send(request, timeout=60) as response:
            return Answer(response, began)
    except HTTPError as error:
        return Answer(error, began)


def together(*calls: Callable[[], Answer], crowd: int = CROWD) -> list[Answer]:
    """So many requests at the same moment, the calls in turn; their answers in the same order."""
    found = at_once([calls[n % len(calls)] for n in range(crowd)], seconds=60)
    unexpected = [each for each in found if not isinstance(each, Answer)]
    assert unexpected == []
    return found


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    """How many of each."""
    found = [answer.status for answer in answers]
    return {status: found.count(status) for status in set(found)}


def refusals(answers: Sequence[Answer]) -> set[str]:
    """The codes of everybody who was refused, each cleanly: 409 or 422, as a problem document."""
    refused = [answer for answer in answers if answer.status not in (200, 201)]
    assert {answer.status for answer in refused} <= {409, 422}, [each.content[:300] for each in refused]
    assert all(answer.headers["Content-Type"] == PROBLEM for answer in refused)
    return {answer.document["code"] for answer in refused}


def gaps_are_right(*instruments: Instrument) -> bool:
    """The index of free time is what the open windows and claims say."""
    resources = Resource.objects.filter(instrument__in=instruments)
    return all(functions.wrong_gaps(each.pk, clock.now()) == [] for each in resources)


def state_of(reservation_id: int) -> str:
    """The status it has come to."""
    return str(Reservation.objects.values_list("status", flat=True).get(pk=reservation_id))


def taken_windows(instrument: Instrument) -> list[TimeWindow]:
    """What is claimed, in order."""
    return [window for _place, window in claims_of(instrument)]


def times(window: TimeWindow) -> dict[str, str]:
    """As a body names a window."""
    return {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
