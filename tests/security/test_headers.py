"""What every answer tells a browser, for pages, the API, files and refusals alike: the strict policy, and cookies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import Client, override_settings

from ecship.server.refusing import HSTS, answer
from tests.conftest import PASSWORD, Person
from tests.console import ConsoleClient
from tests.security.test_production import read_settings

POLICY = {
    "default-src 'none'",
    "object-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
PATHS = [
    "/en/", "/en/nowhere/", "/api/v1/services/", "/api/v1/nowhere/", "/api/v1/me/", "/api/v1/schema/", "/healthz",
    "/static/app.css", "/static/nowhere.css",
]  # fmt: skip
AS_IN_PRODUCTION = {
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


def ask(path: str, *, client: Client | None = None, method: str = "GET", **more: Any) -> Any:
    """Return an answer and close it: a static file stays open else."""
    response = (client or Client()).generic(method, path, **more)
    response.close()
    return response


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_strict_policy(path: str) -> None:
    response = ask(path)

    assert {part.strip() for part in response.headers["Content-Security-Policy"].split(";")} == POLICY


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_of_production_has_the_headers_of_browsers_safety(path: str) -> None:
    with override_settings(**AS_IN_PRODUCTION):
        response = ask(path, secure=True, headers={"origin": "https://elsewhere.example"})

    assert response.headers["Strict-Transport-Security"] == HSTS
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Server" not in response.headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_what_it_is_and_in_which_characters(path: str) -> None:
    media, _, rest = ask(path).headers["Content-Type"].partition(";")

    assert media in {"text/html", "text/plain", "text/css", "application/json", "application/problem+json",
                     "application/yaml", "application/vnd.oai.openapi+json"}  # fmt: skip
    assert not media.startswith("text/") or 'charset="utf-8"' in rest.replace("charset=utf-8", 'charset="utf-8"')


def test_what_the_server_itself_refuses_has_them_too() -> None:
    with override_settings(**AS_IN_PRODUCTION):
        head = answer(400, b"GET /en/ HTTP/1.1\r\n").partition(b"\r\n\r\n")[0].decode()

    for line in (f"Strict-Transport-Security: {HSTS}", "X-Content-Type-Options: nosniff",
                 "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"):  # fmt: skip
        assert line in head
    assert "Strict-Transport-Security" not in answer(400, b"").decode(), "a laptop has no certificate"


@pytest.mark.django_db
def test_people_are_led_to_https_and_programs_are_refused() -> None:
    with override_settings(**AS_IN_PRODUCTION):
        page = Client().get("/en/")
        program = Client().post("/api/v1/quotes/", {}, headers={"authorization": "Bearer ecs_key"})

    assert (page.status_code, page["Location"]) == (301, "https://testserver/en/")
    assert (program.status_code, program["Content-Type"]) == (403, "application/problem+json")
    assert "https" in json.loads(program.content)["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/", "/api/v1/me/", "/healthz", "/static/app.css"])
def test_nobody_gets_their_own_request_back(path: str) -> None:
    response = ask(path, method="TRACE", headers={"x-secret": "canary"})

    assert response.status_code == 405
    assert response.streaming or b"canary" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/static/", "/static/fonts/", "/.git/HEAD", "/.env", "/static/../manage.py"])
def test_no_folder_is_listed_and_no_file_of_ours_is_served(path: str) -> None:
    assert Client().get(path).status_code == 404


# Cookies -----------------------------------------------------------------------------------------------------


def cookies_of(client: Client, steps: Iterator[Any]) -> dict[str, Morsel[str]]:
    """Return every cookie that was set on the way, by name."""
    found = {name: morsel for response in steps for name, morsel in response.cookies.items() if morsel.value}
    return {**found, **{name: morsel for name, morsel in client.cookies.items() if morsel.value}}


def on_the_site(client: Client, alice: Person) -> Iterator[Any]:
    yield client.get("/en/sign-in/login/", secure=True)
    yield client.post("/en/sign-in/login/", {"login": alice.user.email, "password": PASSWORD}, secure=True)
    client.cookies.pop("sessionid")
    typed, here = {"name": "Half typed"}, {"origin": "https://testserver"}
    yield client.post("/en/contacts/add/", typed, headers=here, secure=True)  # it is kept, and a message says so


@pytest.mark.django_db
def test_every_cookie_is_for_this_host_over_https_and_for_no_script(alice: Person, dana: Person) -> None:
    client, console = Client(), ConsoleClient()
    with override_settings(**AS_IN_PRODUCTION):
        set_by_site = cookies_of(client, on_the_site(client, alice))
        set_by_console = cookies_of(console, iter([console.get("/en/sign-in/login/", secure=True)]))

    assert {"sessionid", "csrftoken", "device", "kept", "messages"} <= set(set_by_site)
    for name, morsel in {**set_by_site, **set_by_console}.items():
        assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (True, True, "/", ""), name
        assert morsel["samesite"] == ("Strict" if name.startswith("console") else "Lax"), name


def test_in_production_every_cookie_has_the_prefix_that_browsers_enforce() -> None:
    named = (
        "from django.conf import settings as s; from accounts import devices, kept_forms;"
        "from django.utils.module_loading import import_string as load;"
        "print(*[s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, load(s.MESSAGE_STORAGE).cookie_name,"
        "devices.COOKIE, kept_forms.COOKIE], s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE)"
    )

    for console in ("false", "true"):
        *names, is_secure = read_settings(named, {"CONSOLE": console}).split()
        assert [name for name in names if not name.startswith("__Host-")] == []
        assert (len(set(names)), is_secure) == (5, "True")


@pytest.mark.django_db
def test_signing_out_tells_the_browser_to_forget(alice: Person) -> None:
    out = alice.client.post("/en/sign-in/logout/")

    assert out["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in alice.client.get("/en/").headers
