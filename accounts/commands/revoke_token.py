"""Revoke an API token."""

from accounts.selectors import own_tokens
from accounts.viewers import Viewer
from core import clock
from core.errors import NotFound


def revoke_token(*, viewer: Viewer, token_id: int) -> None:
    """Make one of the viewer's tokens useless from now on. Raises: NotFound."""
    if not own_tokens(viewer).filter(pk=token_id).update(revoked_at=clock.now()):
        raise NotFound
