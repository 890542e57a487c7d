"""Domain errors: a state that prevents what was asked, with a stable code.

Nothing here knows HTTP pages or the API; config/api/ and frontend/ map a DomainError to their medium once.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class DomainError(Exception):
    """Base of all errors that a person can understand and act on.

    code: stable, snake_case, part of the public contract. status: the HTTP status it maps to.
    title: what kind of problem; detail: what was wrong this time and what would be right.
    extra: further members of the problem document (JSON-ready).
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[Text] = _("The request could not be carried out.")
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(self, detail: Text = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail: Text = detail or self.title
        self.extra: Mapping[str, Any] = extra


class NotSignedIn(DomainError):
    """Nobody is signed in and the thing asked for is not public."""

    code = "not_signed_in"
    status = 401
    title = _("Sign in first.")


class Forbidden(DomainError):
    """The viewer may see the thing but not do this with it."""

    code = "forbidden"
    status = 403
    title = _("You may not do this.")


class ScopeMissing(Forbidden):
    """The token was issued without the scope this endpoint needs."""

    code = "scope_missing"
    title = _("The token lacks the scope for this.")


class NotFound(DomainError):
    """It does not exist, or the viewer may not know that it does."""

    code = "not_found"
    status = 404
    title = _("Not found.")


class Invalid(DomainError):
    """The input can't be understood or contradicts itself."""

    code = "invalid"
    status = 422
    title = _("The input is not valid.")


class Conflict(DomainError):
    """The present state does not allow it."""

    code = "conflict"
    status = 409
    title = _("The present state does not allow this.")


class Stale(DomainError):
    """Somebody changed the thing since the caller read it."""

    code = "stale"
    status = 412
    title = _("It has been changed by someone else meanwhile.")


class CalendarBusy(DomainError):
    """The calendar's lock could not be had within its timeout, twice."""

    code = "calendar_busy"
    status = 503
    title = _("Many people are booking this instrument right now. Try again in a moment.")
    retry_after_seconds = 2
