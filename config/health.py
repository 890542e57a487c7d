"""Liveness and readiness. Source: api.md."""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import clock

WORKER_SILENT_SECONDS = 60
"""A worker writes its heartbeat every 10 s; silent for longer means that it is gone."""


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Database, worker and channel layer, each with its reason; 503 when one is missing."""
    checks = {"database": _database(), "worker": "", "channel_layer": _channel_layer()}
    checks["worker"] = _worker() if not checks["database"] else "unknown: no database"
    status = 503 if any(checks.values()) else 200
    document = {name: reason or "ok" for name, reason in checks.items()}
    return JsonResponse({"status": "ok" if status == 200 else "not ready", **document}, status=status)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
        return f"not reachable: {type(error).__name__}"
    return ""


def _worker() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        last = cursor.fetchone()[0]
    if last is None:
        return "no worker is running"
    silent = (clock.now() - last).total_seconds()
    return "" if silent < WORKER_SILENT_SECONDS else f"no heartbeat for {int(silent)} s"


def _channel_layer() -> str:
    try:
        async_to_sync(get_channel_layer().group_send)("readiness", {"type": "readiness"})
    except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
        return f"not reachable: {type(error).__name__}"
    return ""
