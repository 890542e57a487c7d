"""If-Match: the version of a reservation that the caller has read."""

from django.utils.translation import gettext_lazy as _

from accounts.schemas import ViewerRequest
from core.errors import Invalid


class VersionInvalid(Invalid):
    """If-Match is not a version."""

    code = "version_invalid"
    title = _('If-Match must be the version as it was given, such as "3".')


def expected_version(request: ViewerRequest) -> int | None:
    """The version in If-Match, None without it. Raises VersionInvalid."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    digits = header.removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise VersionInvalid
    return int(digits)
