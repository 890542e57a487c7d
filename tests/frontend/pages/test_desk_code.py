"""The sheet with the code for check-in: what it encodes, what stands on it, who may print it."""

from typing import Any

import pytest
import segno

from accounts.viewers import Viewer
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import firm_user, open_instrument, operator_of
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(make_institution(), name_zh="拉力试验机", name_en="Tensile tester")


def address(instrument: Instrument) -> str:
    return f"/desk/instruments/{instrument.pk}/code/"


def test_code__encodes_the_absolute_address(instrument: Instrument, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Any] = []
    make = segno.make_qr

    def spied(content: Any, **more: Any) -> segno.QRCode:
        encoded.append(content)
        return make(content, **more)

    monkeypatch.setattr(segno, "make_qr", spied)
    page = text_of(browser_of(operator_of(instrument.institution)).get(address(instrument)))
    leads_to = f"http://testserver/instruments/{instrument.slug}/check-in/"
    assert encoded == [leads_to]
    assert f"{leads_to}</p>" in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_code__on_the_sheet__names_number_and_how_to_check_in(instrument: Instrument, language: str) -> None:
    page = text_of(browser_of(manager_of(instrument.institution), language).get(address(instrument)))
    for text in ("拉力试验机", "Tensile tester", instrument.number, "Scan and sign in", "扫码登录", "<svg xmlns="):
        assert text in page
    assert "style=" not in page[page.index("<svg xmlns=") : page.index("</svg>", page.index("<svg xmlns="))]


@pytest.mark.parametrize(("caller", "status"), [(firm_user, 403), (lambda: manager_of(make_institution()), 403)])
def test_code__not_of_the_institution__refused(instrument: Instrument, caller: Any, status: int) -> None:
    viewer: Viewer = caller()
    assert browser_of(viewer).get(address(instrument)).status_code == status


def test_code__posted__refused(instrument: Instrument) -> None:
    assert browser_of(operator_of(instrument.institution)).post(address(instrument)).status_code == 405
