"""One Chromium for the journeys of a file; each journey has windows of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.browser import launch

NO_BROWSER = "NO CHROMIUM WAS FOUND: THE JOURNEY IN A REAL BROWSER DID NOT RUN"


@pytest.fixture(scope="module")
def started_browser() -> Iterator[Browser]:
    if not os.environ.get("ECSHIP_BROWSER"):
        if os.environ.get("CI"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    # Playwright keeps an event loop in this thread, which Django would otherwise take for asynchronous code. It ends
    # with the file: no test that has nothing to do with a browser runs beside it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = launch(playwright)
        yield started
        started.close()
        # Beside a running loop Django keeps other connections than without one: these would be left open.
        connections.close_all()


@pytest.fixture
def browser(started_browser: Browser) -> Iterator[Browser]:
    """The file's browser; the windows, cookies and devices of one journey are gone before the next begins."""
    yield started_browser
    for context in started_browser.contexts:
        context.close()
