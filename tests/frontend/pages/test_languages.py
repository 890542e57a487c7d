"""Each page speaks one language: the other's words appear on none."""

from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser

import pytest

from accounts.viewers import Viewer
from frontend import translations
from instruments.catalogue.models import Instrument
from instruments.catalogue.search import has_cjk
from tests.factories.accounts import make_enterprise, make_institution
from tests.factories.booking import booked, firm_user, open_instrument, slot
from tests.frontend.pages.desk_scenario import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

SPOKEN = ("aria-label", "placeholder", "title", "alt")
SILENT = ("style", "template")


class Reader(HTMLParser):
    """Everything a person reads or hears on a page, without what is marked as another language or no language."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        marked = tag in SILENT or given.get("translate") == "no" or (tag != "html" and "lang" in given)
        if tag not in ("input", "meta", "link", "br", "img") and (self.skipped or marked):
            self.skipped.append(tag)
        elif not marked:
            self.said += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self.skipped and data.strip():
            self.said.append(" ".join(data.split()))


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """Source texts whose translation differs."""
    catalog = translations.read(translations.paths()[0])
    pairs = ((each.id, each.string) for each in catalog if each.id)
    return frozenset(source for source, text in pairs if isinstance(source, str) and source != text)


def scene() -> tuple[Viewer, Instrument, Iterator[str]]:
    """Somebody who books, and the pages they may open."""
    place = make_institution(name_zh="示例大学", name_en="Example University")
    instrument = open_instrument(place, name_zh="光谱仪", name_en="Spectrometer")
    viewer = firm_user(make_enterprise(name_zh="示例公司", name_en="Example Ltd"))
    reservation = booked(instrument, viewer, slot(day=1), purpose="")
    pages = (
        "/",
        "/instruments/",
        "/instruments/?q=zzz&duration=60",
        f"/instruments/{instrument.slug}/",
        "/rules/",
        "/profile/",
    )
    own = ("/bookings/", *(f"/bookings/{reservation.pk}/{name}" for name in ("", "cancel/", "move/")))
    return viewer, instrument, iter((*pages, *own, "/no-such-page/"))


def said(viewer: Viewer | None, address: str, language: str) -> list[str]:
    reader = Reader()
    reader.feed(browser_of(viewer, language).get(address).content.decode())
    return reader.said


def test_pages__in_chinese__have_no_english_sentence() -> None:
    viewer, _instrument, pages = scene()
    for address in (*pages,):
        mixed = [text for text in said(viewer, address, "zh-hans") if text in english_words()]
        assert not mixed, (address, mixed)


def test_pages__in_english__have_no_chinese_character() -> None:
    viewer, _instrument, pages = scene()
    for address in (*pages,):
        mixed = [text for text in said(viewer, address, "en") if has_cjk(text) and "json" not in text]
        assert not mixed, (address, mixed)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_sign_in_and_instrument__anonymous__one_language(language: str) -> None:
    _viewer, instrument, _pages = scene()
    for address in ("/sign-in/", f"/instruments/{instrument.slug}/"):
        texts = said(None, address, language)
        wrong = [text for text in texts if (has_cjk(text) if language == "en" else text in english_words())]
        assert not wrong, (address, wrong)


def test_islands__get_their_words_in_the_pages_language() -> None:
    viewer, instrument, _pages = scene()
    page = browser_of(viewer, "zh-hans").get(f"/instruments/{instrument.slug}/").content.decode()
    assert "\\u6b64\\u65f6\\u6bb5\\u53ef\\u4ee5\\u9884\\u7ea6" in page or "此时段可以预约" in page
    assert "This time can be booked" not in page


def test_language__chosen_in_the_header__stays() -> None:
    client = browser_of(None, "en")
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-hans">' in client.get("/").content.decode()
