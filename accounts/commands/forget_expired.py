"""Forget what nobody may rely on any more."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore

from accounts.models import IdempotencyRecord
from core import clock

ANSWERS_KEPT = timedelta(hours=24)
"""How long the answer to an idempotency key can be had again. Source: engine.md."""


def forget_expired() -> int:
    """Delete idempotency records older than 24 hours and expired sessions. Returns the number of records."""
    SessionStore.clear_expired()
    deleted, _by_model = IdempotencyRecord.objects.filter(created_at__lt=clock.now() - ANSWERS_KEPT).delete()
    return deleted
