"""Idempotency keys: the first answer again, also under parallel sending. Source: engine.md.

The record is inserted before anything else in the same transaction, so that a parallel sender of the same
key waits on the unique index. Only a 2xx is kept; a refusal rolls the key back with everything else.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.commands.forget_expired import ANSWERS_KEPT
from accounts.models import IdempotencyRecord
from config.api.auth import caller
from config.api.problems import problem_of
from core import clock
from core.errors import DomainError, Invalid
from core.locks import limit_lock_wait, retried_when_busy

HEADER = "Idempotency-Key"

Run = Callable[..., HttpResponse]


class IdempotencyMismatch(Invalid):
    """The key was used for another request."""

    code = "idempotency_mismatch"
    title = _("This Idempotency-Key was already used for a different request.")


class KeyInvalid(Invalid):
    """Empty or overlong."""

    code = "idempotency_key_invalid"
    title = _("An Idempotency-Key has 1 to 200 printable ASCII characters.")


def idempotent(run: Run) -> Run:
    """Wraps an operation: a POST with an Idempotency-Key runs at most once per caller and key."""

    @wraps(run)
    def guarded(request: HttpRequest, **params: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None:
            return run(request, **params)
        try:
            return _once(run, request, key, params)
        except DomainError as error:
            return problem_of(request, error)
        except RequestDataTooBig:
            return run(request, **params)  # it refuses with the proper answer

    return guarded


@retried_when_busy
def _once(run: Run, request: HttpRequest, key: str, params: dict[str, Any]) -> HttpResponse:
    viewer = caller(request)
    if viewer.user_id is None:
        return run(request, **params)
    if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
        raise KeyInvalid
    digest = _digest(request)
    with transaction.atomic():
        limit_lock_wait()
        record = IdempotencyRecord(
            user_id=viewer.user_id, key=key, method="POST", path=request.path[:400], body_digest=digest
        )
        if not _inserted(record):
            return _replayed(viewer.user_id, key, request.path[:400], digest)
        response = run(request, **params)
        if 200 <= response.status_code < 300:
            IdempotencyRecord.objects.filter(pk=record.pk).update(
                status=response.status_code, body=response.content
            )
        else:
            transaction.set_rollback(True)
    return response


def _digest(request: HttpRequest) -> bytes:
    """SHA-256 of what was sent. An upload by its parts: its body may be large, and its boundary is arbitrary."""
    if request.content_type != "multipart/form-data":
        return hashlib.sha256(request.body).digest()
    digest = hashlib.sha256(repr(sorted(request.POST.lists())).encode())
    for name, file in sorted(request.FILES.items()):
        assert isinstance(file, UploadedFile)
        digest.update(f"{name}\0{file.name}\0".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.digest()


def _inserted(record: IdempotencyRecord) -> bool:
    """Whether the key is new; an expired one is replaced."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_idempotencyrecord AS r (user_id, key, method, path, body_digest, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (user_id, key) DO UPDATE"
            " SET method = excluded.method, path = excluded.path, body_digest = excluded.body_digest,"
            "     created_at = excluded.created_at, status = NULL, body = NULL"
            " WHERE r.created_at < %s RETURNING id",
            [
                record.user_id,
                record.key,
                record.method,
                record.path,
                bytes(record.body_digest),
                record.created_at,
                clock.now() - ANSWERS_KEPT,
            ],
        )
        row = cursor.fetchone()
    record.pk = row[0] if row else None
    return row is not None


def _replayed(user_id: int, key: str, path: str, digest: bytes) -> HttpResponse:
    record = IdempotencyRecord.objects.get(user_id=user_id, key=key)
    if record.path != path or bytes(record.body_digest) != digest:
        raise IdempotencyMismatch
    response = HttpResponse(
        bytes(record.body or b""), status=record.status or 200, content_type="application/json; charset=utf-8"
    )
    response["Idempotency-Replayed"] = "true"
    return response
