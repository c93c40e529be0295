"""What anybody may see without signing in is written down here: a page that becomes public is so on purpose."""

from __future__ import annotations

from django.test import Client

from security.marks import Door
from tests.walls.corpus import Address, addresses, console_addresses

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PAGES = {
    "accessibility", "contact", "gallery", "healthz", "home", "privacy", "retention", "robots", "terms",
    "shipments:quote", "suspension:appeal", "tracking:item", "tracking:search",
}  # fmt: skip
API = {
    "api-destinations", "api-docs", "api-quotes", "api-schema", "api-services", "tracking-item", "tracking-search",
}  # fmt: skip
SOAP = {"soap", "soap-trial"}  # their descriptions; what is called there asks by its own mark: tests/soap


def public(*, console: bool) -> set[str]:
    """Return the names of addresses which answer anybody in some way, but for those of signing in."""
    every = console_addresses() if console else addresses()
    ours = [address for address in every if not address.is_foreign]
    return {address.name for address in ours for method in METHODS if is_open(address, method)}


def is_open(address: Address, method: str) -> bool:
    view = getattr(address.pattern.callback, "cls", None)  # an operation of the API
    mark = address.mark(method)
    is_there = view is None or hasattr(view, method.lower())
    return is_there and mark is not None and mark.door is Door.PUBLIC


def test_what_anybody_may_see_is_written_down() -> None:
    assert public(console=False) == PAGES | API | SOAP


def test_of_the_console_anybody_sees_that_it_lives() -> None:
    assert public(console=True) == {"healthz"}


def test_search_engines_are_kept_from_item_numbers_and_the_api(client: Client, db: None) -> None:
    answer = client.get("/robots.txt")

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert {"Disallow: /api/", "Disallow: /*/track/"} <= set(answer.text.splitlines())
