"""Uploads: their names, kinds, sizes, and what happens to those that no booking names."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from booking.intake.commands import keep_file as keeping
from booking.intake.commands.keep_file import TooManyFiles, media_type, safe_name
from booking.intake.commands.remove_unused_files import remove_unused_files
from booking.intake.errors import AnswerFileTooLarge, FileRefused
from booking.intake.models import AnswerFile
from booking.intake.tasks import sweep_files
from core import clock
from instruments.catalogue.models import Instrument
from tests.factories.booking import firm_user
from tests.factories.intake import uploaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("样品 图谱(第二版).pdf", "样品 图谱(第二版).pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\王\\数据.CSV", "数据.CSV"),
        ("/..\\..//x.png", "x.png"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("evil\u202efdp.txt", "evilfdp.txt"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("\ud800x.pdf", "x.pdf"),
        ("长" * 400 + ".xlsx", "长" * 145 + ".xlsx"),
    ],
)
def test_name__odd__shown_without_path_and_tricks(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("name", ["", ".pdf", "..", "run.exe", "page.html", "image.svg", "x.pdf.js", "noend"])
def test_name__of_no_kind__refused(name: str) -> None:
    with pytest.raises(FileRefused, match="pdf"):
        safe_name(name)


def test_keep__chinese_name__random_place_in_storage(instrument: Instrument, settings: Any) -> None:
    kept = uploaded(firm_user(), instrument, "../图谱.pdf")
    assert kept.name == "图谱.pdf"
    assert str(kept.file.name).startswith("answers/")
    assert Path(settings.MEDIA_ROOT) in Path(kept.file.path).parents
    assert "图谱" not in str(kept.file.name)
    assert media_type(kept.name) == "application/pdf"


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04"])
def test_keep__not_what_its_name_says__refused(instrument: Instrument, content: bytes) -> None:
    with pytest.raises(FileRefused):
        uploaded(firm_user(), instrument, "x.pdf", content)
    assert not AnswerFile.objects.exists()


def test_keep__too_large__refused(instrument: Instrument) -> None:
    with pytest.raises(AnswerFileTooLarge):
        uploaded(firm_user(), instrument, "x.txt", b"x" * (keeping.MOST_BYTES + 1))


def test_keep__many_that_nobody_books_with__refused(
    instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_WAITING", 1)
    viewer = firm_user()
    uploaded(viewer, instrument)
    with pytest.raises(TooManyFiles):
        uploaded(viewer, instrument)
    uploaded(firm_user(), instrument)


def test_sweep__a_day_old__unused_ones_go(instrument: Instrument, django_capture_on_commit_callbacks: Any) -> None:
    viewer = firm_user()
    old, used, fresh = (uploaded(viewer, instrument) for _ in range(3))
    past = clock.now() - timedelta(days=1, minutes=1)
    AnswerFile.objects.filter(pk__in=[old.pk, used.pk]).update(uploaded_at=past)
    AnswerFile.objects.filter(pk=used.pk).update(is_used=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_unused_files() == 1
    assert {each.pk for each in AnswerFile.objects.all()} == {used.pk, fresh.pk}
    assert [default_storage.exists(str(each.file.name)) for each in (old, used, fresh)] == [False, True, True]
    sweep_files(timestamp=0)
    assert AnswerFile.objects.count() == 2
