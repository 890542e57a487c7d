"""How many wrong passwords sign-in stands; the attempts are kept in the database by django-axes."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, Sum
from django.http import HttpRequest

WIDER: Final = 10
"""One account from everywhere, or all accounts from one address, may fail so many times as often as one account
from one address: guessing is stopped, while a campus behind one address, or a person whom others try to lock out,
goes on."""


class SignInLockout(AxesDatabaseHandler):  # type: ignore[misc]  # the package is untyped
    """Counts an account at an address, the account, and the address: one statement."""

    def get_failures(self, request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> int:
        """Wrong passwords of late, on the scale of settings.AXES_FAILURE_LIMIT."""
        account = Q(username=get_client_username(request, credentials))
        address = Q(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]  # set by the package
        recent = AccessAttempt.objects.filter(account | address, attempt_time__gt=get_cool_off_threshold(request))
        failed = recent.aggregate(
            narrow=Sum("failures_since_start", filter=account & address, default=0),
            account=Sum("failures_since_start", filter=account, default=0),
            address=Sum("failures_since_start", filter=address, default=0),
        )
        return max(int(failed["narrow"]), max(int(failed["account"]), int(failed["address"])) // WIDER)


def client_address(request: HttpRequest) -> str | None:
    """Where a request comes from: what the proxy says where one is trusted, else the connection.

    Of IPv6 only the network (/64), because every machine has all addresses of one.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    candidates = (forwarded.rpartition(",")[2].strip(), request.META.get("REMOTE_ADDR", ""))
    return next((found for text in candidates if (found := _network(text))), None)


def _network(text: str) -> str | None:
    try:
        address: IPv4Address | IPv6Address | None = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or ip_network((int(address), 64), strict=False).network_address
    return str(address)
