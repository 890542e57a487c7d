"""The command: the same again, nothing over existing data, nothing half done."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from accounts.models import Institution, User
from booking.reservations.models import Reservation
from config.demo.management.commands import seed_demo
from config.demo.progress import Progress
from config.demo.seed import DemoDataExists
from config.demo.steps import derived
from tests.config.demo.conftest import FEW, sown, triggers_off
from tests.factories.accounts import make_institution

pytestmark = pytest.mark.django_db


def test_seed__second_time__is_refused_in_one_sentence() -> None:
    User.objects.create(email="sme@demo.example", name="Somebody")
    with pytest.raises(DemoDataExists):
        sown()
    with pytest.raises(CommandError, match="already"):
        call_command("seed_demo", skip_checks=True)


def test_seed__interrupted__leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(derived, "make_free_gaps", broken)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        sown(scale=FEW)
    assert not Institution.objects.exists()
    assert not Reservation.objects.exists()
    assert triggers_off() == 0


def test_seed__if_empty_with_an_institution__does_nothing() -> None:
    make_institution()
    out = StringIO()
    call_command("seed_demo", "--if-empty", stdout=out, skip_checks=True)
    assert "nothing was changed" in out.getvalue()
    assert Institution.objects.count() == 1


def test_seed__command__names_the_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_demo, "seed", lambda plan, progress: 5)
    out = StringIO()
    call_command("seed_demo", "--scale=small", "--date=2026-03-11", stdout=out, skip_checks=True)
    assert "manager@demo.example" in out.getvalue()
    assert "benchshare-demo" in out.getvalue()


def test_plan__with_a_date__is_half_past_ten_in_china() -> None:
    plan = seed_demo._plan("small", 1, date(2026, 3, 11))
    assert plan.now.isoformat() == "2026-03-11T02:30:00+00:00"


def test_progress__on_a_terminal__draws_a_bar() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    progress = Progress({"first": 1.0, "second": 3.0}, stream)
    with progress.step("first"):
        pass
    with progress.step("second") as report:
        report(0.5)
    assert "62% second" in stream.getvalue()


def test_progress__elsewhere__writes_a_line_per_step() -> None:
    stream = StringIO()
    progress = Progress({"first": 1.0}, stream)
    with progress.step("first") as report:
        report(0.5)
    assert stream.getvalue().startswith("  first: ")
    assert progress.finish() >= 0
