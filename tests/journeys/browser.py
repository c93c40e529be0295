"""A real Chromium: how it starts, how a form is filled, how a page is photographed and audited."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

from labels import fonts
from tests.conftest import Person

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "test-results" / "journey"
VIOLATIONS = """async () => window.axe && (await axe.run({resultTypes: ["violations"]})).violations
    .map(rule => [rule.id, rule.nodes[0].html])"""
WIDTHS = [1280, 360]  # a desk, and a phone
MOST_STOPS = 60  # of the Tab key on a page
STANDS_AT = "(at => at.labels?.[0]?.innerText || at.innerText || '')(document.activeElement)"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


# A character that no font covers is drawn as the box of a missing glyph, and two of them are the same box.
DRAWS_CHINESE = """() => { const [one, other] = ["中", "文"].map(character => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    pen.font = "48px sans-serif"; pen.fillText(character, 20, 80);
    return canvas.toDataURL(); });
    return one !== other; }"""
FONTS_FILE = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>{folders}</fontconfig>
"""


def launch(playwright: Playwright) -> Browser:
    """Start Chromium with the fonts of our labels beside the machine's, which may have none for Chinese."""
    started = playwright.chromium.launch(
        executable_path=os.environ["ECSHIP_BROWSER"],
        args=[*QUIET, "--disable-sync"],
        env={**os.environ, "FONTCONFIG_FILE": str(fonts_file())},
    )
    page = started.new_page()
    assert page.evaluate(DRAWS_CHINESE), "no font has Chinese: pictures and widths of Chinese pages would be of boxes"
    page.close()
    return started


def fonts_file() -> Path:
    """Write what tells Chromium where fonts are, and return its place."""
    file = PICTURES.parent / "fonts.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    mine = file.with_suffix(f".{os.getpid()}")  # other workers read the file while this one writes
    mine.write_text(FONTS_FILE.format(folders="".join(f"<dir>{folder}</dir>" for folder in fonts.folders())))
    return mine.replace(file)


def enter(context: BrowserContext, person: Person, url: str) -> None:
    """Give a browser the session of one of the cast; how one signs in is seen where that is the journey."""
    cookies = person.client.cookies.items()
    context.add_cookies([{"name": name, "value": cookie.value, "url": url} for name, cookie in cookies])


def fill(page: Page, values: dict[str, Any]) -> None:
    """Fill the fields that a page has, by name; what it does not ask is passed over."""
    for name, value in values.items():
        field = page.locator(f'main [name="{name}"]:not([type=hidden])')
        if not field.count():
            continue
        kind = field.first.evaluate("e => e.tagName == 'SELECT' ? 'select' : e.type")
        if kind == "select":
            field.first.select_option(str(value))
        elif kind in {"radio", "checkbox"}:
            page.locator(f'main [name="{name}"][value="{value}"]').check(force=True)
        else:
            field.first.fill(str(value))


def press(page: Page, target: Locator | str) -> None:
    """Click a link or a button that leads to another page, and wait for that page.

    A bare click may return while the old page is still there or the new one has only its first bytes, and what is then
    looked at is neither.
    """
    with page.expect_navigation():
        (page.locator(target) if isinstance(target, str) else target).click()


def tab_to(page: Page, words: str) -> None:
    """Go by the Tab key to the link, button or field that begins with these words, or whose label does."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(STANDS_AT).strip().startswith(words):
            return
    raise AssertionError(f"The keyboard does not reach “{words}”.")


def by_keyboard(page: Page, words: str) -> None:
    """Go to a link or button by the Tab key, press Enter, and wait for the page that it leads to."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def submit(page: Page, path: str) -> None:
    """Press the button of the form that goes to an address, and wait for the page that answers."""
    press(page, page.locator(f'main form[action*="{path}"] button.govuk-button:not([name])').last)


@lru_cache(maxsize=1)
def _axe() -> str:
    return AXE.read_text()


def audit(page: Page) -> list[str]:
    """Return what axe finds on the page: rule and element. Its script comes in over the debugger, past the CSP.

    Every rule is run; only what it found wrong is worked out and sent here, which takes a fifth of the time. A camera's
    page has the script in each document that it opens; sending it takes as long as running it.
    """
    found: list[list[str]] | None = page.evaluate(VIOLATIONS)
    if found is None:
        page.evaluate(_axe())
        found = page.evaluate(VIOLATIONS)
    assert found is not None
    return [f"{rule}: {element[:120]}" for rule, element in found]


def give_authenticator(page: Page) -> None:
    """Give the browser a device that makes passkeys and verifies its holder, over the debugger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


class Camera:
    """Looks at each step, wide and at phone width, and collects what axe and the console have to say.

    Each step of the main job is photographed (`always`); of other journeys those that axe complains of, and all where
    they are asked for (`make test PICTURES=1`).
    """

    def __init__(self, page: Page, name: str, *, always: bool = False) -> None:
        self.page, self.name, self.count = page, name, 0
        self.always = always or bool(os.environ.get("ECSHIP_PICTURES"))
        self.complaints: list[str] = []
        page.add_init_script(path=AXE)
        page.on("console", lambda message: self._heard(message.type, f"{message.text} {message.location['url']}"))
        page.on("request", lambda request: self._asked(request.url))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "429" not in text and "404" not in text:
            self.complaints.append(f"console after picture {self.count} of {self.name}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://localhost", "http://127.0.0.1", "data:", "blob:")):
            self.complaints.append(f"asked another host: {url}")

    def shoot(self, step: str) -> None:
        self.page.wait_for_load_state("load")
        self.count += 1
        before = len(self.complaints)
        self.complaints += [f"{step}: {found}" for found in audit(self.page)]
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 900})
            if self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                self.complaints.append(f"{step}: wider than {width} px")
            if len(self.complaints) > before or self.always:
                self._photograph(step, width)
        self.page.set_viewport_size({"width": 1280, "height": 900})

    def _photograph(self, step: str, width: int) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{self.name}-{self.count:02}-{step}-{width}.png", full_page=True)


class Walk:
    """A window of one width. The wide one is looked at on the way, at both widths."""

    def __init__(self, browser: Browser, person: Person, url: str, width: int, name: str) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        enter(self.page.context, person, url)
        self.camera, self.looks = Camera(self.page, name), width == max(WIDTHS)

    def shoot(self, step: str) -> None:
        if self.looks:
            self.camera.shoot(step)
