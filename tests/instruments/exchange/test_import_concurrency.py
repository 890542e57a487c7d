"""Two people confirm at the same moment; real threads, real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from instruments.catalogue.models import Instrument
from instruments.exchange.commands import confirm_import, preview_import
from instruments.exchange.errors import CatalogueChanged
from tests.factories.accounts import make_institution

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = b"Name\n" + b"".join(b"Laser %d\n" % n for n in range(200))


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run them at the same moment; answers, or the exceptions, in the same order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return call()
        except Exception as error:  # noqa: BLE001 - the exception is the answer
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def preview(institution_id: int) -> int:
    return preview_import(viewer=None, institution_id=institution_id, file_name="x.csv", content=CONTENT).pk


def test_confirm_import__same_import_twice_at_once__applied_once() -> None:
    key = preview(make_institution().pk)
    answers = at_once(*[lambda: confirm_import(viewer=None, import_id=key)] * 2)
    assert [answer.state for answer in answers] == ["confirmed", "confirmed"]
    assert Instrument.objects.count() == 200


def test_confirm_import__two_previews_of_one_file_at_once__one_is_refused() -> None:
    place = make_institution().pk
    keys = [preview(place), preview(place)]
    answers = at_once(*(lambda key=key: confirm_import(viewer=None, import_id=key) for key in keys))
    assert sorted(type(answer).__name__ for answer in answers) == ["CatalogueChanged", "ImportRun"], answers
    assert any(isinstance(answer, CatalogueChanged) for answer in answers)
    assert Instrument.objects.count() == 200
