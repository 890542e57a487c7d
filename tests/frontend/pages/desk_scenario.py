"""What the tests of the desk and the review share: somebody at a browser, in English."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.viewers import Viewer


def browser_of(viewer: Viewer | None = None, language: str = "en") -> Client:
    """A browser in which this person is signed in; None: nobody."""
    client = Client(headers={"Accept-Language": language})
    if viewer is not None:
        client.force_login(User.objects.get(pk=viewer.user_id or 0))
    return client


def queries_of(client: Client, address: str, **query: Any) -> int:
    """How many statements a page costs, once the session is warm."""
    assert client.get(address, query).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address, query)
    return len(captured)


def text_of(response: Any) -> str:
    """The page, with white space made single."""
    return " ".join(response.content.decode().split())
