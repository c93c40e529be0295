"""The console's pages about signing in, as those meet them who do it wrong; and that no page of theirs leads nowhere.

The templates of `account` and `mfa` serve the customers' site too, which has addresses that the console has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template import Template
from django.template.base import Node
from django.template.defaulttags import IfNode, URLNode
from django.template.loader import get_template
from django.urls import NoReverseMatch, get_resolver

from security import scope
from security.console.reference import site
from tests.conftest import PASSWORD, Person, make_person
from tests.console import ConsoleClient
from tests.pages import Page
from tests.walls.corpus import console_addresses

pytestmark = pytest.mark.django_db(databases=["default", "trail", "security"])
LOGIN, CODE = "/en/sign-in/login/", "/en/sign-in/2fa/authenticate/"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
SHARED = ("account", "mfa", "usersessions", "allauth", "errors", "partials", "security", "shipments/console")
# What only the customers' site shows, by an address of the page that does; the console must not have it.
OF_CUSTOMERS = {
    "account/company/": "company_sign_in",
    "account/email.html": "account_email",
    "account/email_confirm.html": "account_confirm_email",
    "account/not_me.html": "not_me",
    "account/password_reset": "account_reset_password",
    "account/password_set.html": "account_set_password",
    "account/signup.html": "account_signup",
    "account/verification_sent.html": "account_email_verification_sent",
    "mfa/recovery/": "lost_factor",
    "partials/footer.html": "home",
    "partials/header.html": "home",
    "partials/navigation.html": "home",
    "security/incidents/notice": "notices:notice",
}
NEVER = {"has_companies"}  # conditions that no page of the console fulfils


def templates() -> list[str]:
    """The templates that the console can come to."""
    files = [*TEMPLATES.glob("*.html"), *(path for folder in SHARED for path in (TEMPLATES / folder).rglob("*.html"))]
    names = sorted(path.relative_to(TEMPLATES).as_posix() for path in files)
    return [name for name in names if not name.startswith(tuple(OF_CUSTOMERS))]


def addresses_of(nodes: Any) -> Iterator[str]:
    """Yield the names of the addresses that a page must have in the console to be drawn there."""
    for node in nodes:
        if isinstance(node, URLNode) and node.asvar is None and isinstance(node.view_name.var, str):
            yield node.view_name.var
        for inner in _drawn(node):
            yield from addresses_of(inner)


def _drawn(node: Node) -> Iterator[Any]:
    """Yield what of a node may be drawn in the console."""
    if not isinstance(node, IfNode):
        yield from (found for name in node.child_nodelists if (found := getattr(node, name, None)))
        return
    for condition, inner in node.conditions_nodelists:
        text = getattr(condition, "text", "")
        if text not in NEVER:
            yield inner
        if text == "is_console":
            return


def test_every_address_that_a_page_of_the_console_must_have_is_there() -> None:
    known = {address.name for address in console_addresses()}
    missing = {
        f"{name}: {address}"
        for name in templates()
        for address in addresses_of(get_template(name).template.nodelist)  # type: ignore[attr-defined]
        if address not in known
    }

    assert len(templates()) > 60
    assert missing == set()


@pytest.mark.parametrize("address", sorted(set(OF_CUSTOMERS.values())))
def test_what_is_said_to_be_the_customers_is_not_in_the_console(address: str) -> None:
    with pytest.raises(NoReverseMatch):
        get_resolver("ecship.console_urls").reverse(address)


def test_the_look_at_templates_sees_a_missing_address_and_what_the_console_leaves_out() -> None:
    page = Template(
        '{% if is_console %}{% url "a" %}{% else %}{% url "b" %}{% endif %}'
        '{% if x %}{% url "c" %}{% endif %}{% url "d" as d %}{% for i in y %}{% url "e" i %}{% endfor %}'
    )

    assert list(addresses_of(page.nodelist)) == ["a", "c", "e"]


# The admin for reference data ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["login/", "logout/", "password_change/", "password_change/done/", "autocomplete/", "r/1/1/", "auth/group/"]
)
def test_the_admin_brings_no_page_of_its_own(path: str) -> None:
    client = make_person("pat", staff_role="postal").client

    assert client.get(f"/en/reference/{path}").status_code == 404
    assert client.post(f"/en/reference/{path}", {"old_password": PASSWORD}).status_code == 404


def test_the_admin_serves_the_reference_data_and_nothing_else() -> None:
    tables = {model._meta.label for model in site._registry}
    own = {address.name for address in console_addresses() if address.name.startswith("admin:")}

    assert tables == {
        "shipments.Suspension", "shipments.ExchangeRate", "shipments.NumberRange", "shipments.TariffEdition",
    }  # fmt: skip
    assert {name for name in own if not name.startswith("admin:shipments_")} == {
        "admin:", "admin:index", "admin:jsi18n", "admin:app_list",
    }  # fmt: skip


def test_links_of_the_admin_lead_to_the_consoles_own_pages() -> None:
    client = make_person("pat", staff_role="postal").client

    page = Page(client.get("/en/reference/"))

    assert page.one("#logout-form")["action"] == "/en/sign-in/logout/"
    found = {str(tag["href"]) for tag in page.all("a[href^='/']")}
    assert "/en/you/" in found
    assert {link for link in found if client.get(link).status_code != 200} == set()


def test_who_has_no_right_is_refused_without_a_way_to_sign_in() -> None:
    client = make_person("sue", staff_role="support").client

    assert client.get("/en/reference/").status_code == 404
    with pytest.raises(PermissionDenied):
        site.admin_view(site.index)(nobody())


# Doing it wrong ------------------------------------------------------------------------------------------------


def nobody() -> HttpRequest:
    request = HttpRequest()
    request.user = AnonymousUser()
    return request


def fails(client: ConsoleClient, path: str, typed: dict[str, str], *, times: int) -> list[Page]:
    """Send something wrong again and again; every answer is a whole page."""
    pages = [Page(client.post(path, typed, follow=True)) for _turn in range(times)]
    for page in pages:
        page.check(page.status)
        assert page.status in {200, 429}
    return pages


@pytest.mark.parametrize("email", ["dana@example.com", "nobody@example.com"])
def test_too_many_wrong_passwords_are_told_to_wait_and_whom_to_ask(dana: Person, email: str) -> None:
    pages = fails(ConsoleClient(), LOGIN, {"login": email, "password": "not it"}, times=6)

    assert [page.status for page in pages] == [200] * 5 + [429]
    assert "Too many attempts to sign in" in pages[-1].text
    assert "Ask a colleague of the security team for a new link" in pages[-1].text
    assert pages[-1].response["Retry-After"]
    assert not pages[-1].all("main a"), "the way by a mail is the customers'"


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_the_wait_is_told_in_the_language_of_the_page(dana: Person, language: str) -> None:
    typed = {"login": "dana@example.com", "password": "not it"}
    pages = fails(ConsoleClient(), LOGIN.replace("/en/", f"/{language}/"), typed, times=6)

    assert pages[-1].status == 429


def test_too_many_wrong_codes_are_told_so(dana: Person) -> None:
    client = ConsoleClient()
    client.post(LOGIN, {"login": "dana@example.com", "password": PASSWORD})

    pages = fails(client, CODE, {"code": "000000"}, times=12)

    assert any("Too many" in page.text for page in pages), "there is a limit"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/en/sign-in/reauthenticate/", {"password": "not it"}),
        ("/en/sign-in/2fa/reauthenticate/", {"code": "000000"}),
        ("/en/sign-in/2fa/webauthn/reauthenticate/", {"credential": "{}"}),
        ("/en/sign-in/password/change/", {"oldpassword": "not it", "password1": "a", "password2": "b"}),
    ],
)
def test_showing_wrongly_who_one_is_is_told_so(dana: Person, path: str, typed: dict[str, str]) -> None:
    assert isinstance(dana.client, ConsoleClient)

    pages = fails(dana.client, path, typed, times=7)

    assert "password" not in path or pages[-1].status == 429


@pytest.mark.parametrize(
    "path",
    [
        LOGIN, "/en/sign-in/logout/", "/en/sign-in/inactive/", "/en/sign-in/reauthenticate/", "/en/sign-in/sessions/",
        "/en/sign-in/password/change/", "/en/sign-in/2fa/", "/en/sign-in/2fa/reauthenticate/",
        "/en/sign-in/2fa/recovery-codes/", "/en/sign-in/2fa/recovery-codes/generate/",
        "/en/sign-in/2fa/totp/activate/", "/en/sign-in/2fa/totp/deactivate/", "/en/sign-in/2fa/webauthn/",
        "/en/sign-in/2fa/webauthn/add/", "/en/sign-in/2fa/webauthn/{pk}/edit/", "/en/sign-in/2fa/webauthn/{pk}/remove/",
        "/en/sign-in/2fa/webauthn/reauthenticate/",
    ],
)  # fmt: skip
def test_every_page_about_oneself_is_drawn(dana: Person, path: str) -> None:
    with scope.identity():
        factor = Authenticator.objects.get(user=dana.user)
        if "{pk}" in path:  # one that is only named
            factor = Authenticator.objects.create(user=dana.user, type="webauthn", data={"name": "A", "credential": {}})

    answer = dana.client.get(path.format(pk=factor.pk), follow=True)

    Page(answer).check(answer.status_code)
    assert answer.status_code in {200, 404}
