"""A real browser before a real server. Without a browser the tests are skipped; CI makes that a failure.

The server works on the test database and sees only what is committed: each test makes its own rows, with the
real clock, and the database is emptied afterwards.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from accounts.models import User
from accounts.viewers import Viewer
from tests.frontend.pages.desk_scenario import browser_of
from tests.servers import Servers, serving

ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update")
WIDTHS = (360, 768, 1440)
PASSWORD = "a browser's password"

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser run.py found, or the usual one."""
    path = shutil.which(os.environ.get("CHROMIUM") or "/usr/bin/chromium")
    if path is None:
        pytest.skip("no browser: set CHROMIUM")
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Until the last test of a module, no longer: no other test may meet Playwright's running loop."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Django would take that loop for an async view.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def site(django_db_setup: None) -> Iterator[Servers]:
    """One web process over the test database."""
    with serving(1) as servers:
        yield servers


class Visitor:
    """One browser window with cookies of its own; what goes wrong in it is written down."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def sign_in(self, viewer: Viewer) -> None:
        """As somebody who signed in a while ago; two pages less than by the form."""
        session = browser_of(viewer).cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.address}])

    def sign_in_by_form(self, viewer: Viewer) -> None:
        """Through the page, as a person does."""
        user = User.objects.get(pk=viewer.user_id or 0)
        user.set_password(PASSWORD)
        user.save()
        page = self.open("/sign-in/")
        page.fill("#id_username", user.email)
        page.fill("#id_password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{self.address}/")

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.troubles.append(text)


NewVisitor = Callable[..., Visitor]


@pytest.fixture
def new_visitor(browser: Browser, site: Servers) -> Iterator[NewVisitor]:
    """Makes visitors: new_visitor(width=360, language="zh-CN", dark=True). None of them may have met an error."""
    visitors: list[Visitor] = []

    def make(*, width: int = 1440, language: str = "en-GB", dark: bool = False) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        visitors.append(Visitor(context, site.address))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    assert not troubles, troubles


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Saves a picture of the whole page where BENCHSHARE_SCREENSHOTS names a folder."""
    folder = os.environ.get("BENCHSHARE_SCREENSHOTS")

    def save(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return save
