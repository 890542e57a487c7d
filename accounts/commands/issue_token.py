"""Issue an API token."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Final

from accounts.models import ApiToken, Scope, User
from accounts.selectors import token_digest

PREFIX: Final = "bs_"


def issue_token(
    *, user: User, name: str, scopes: Collection[Scope], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token for a user; returns the record and the token itself, which is not stored anywhere.

    expires_at: aware UTC, None for no expiry.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    record = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=token[:8],
        digest=token_digest(token),
        scopes=sorted(scope.value for scope in scopes),
        expires_at=expires_at,
    )
    return record, token
