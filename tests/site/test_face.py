"""Every page that anybody may see, in the three languages; and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation

from ecship import frontend, views
from ecship.environment import Environment
from tests.conftest import Person, look_at
from tests.pages import Page

LANGUAGES = {"en": "en", "zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}
PUBLIC = (
    "",
    "privacy/",
    "privacy/how-long/",
    "terms/",
    "accessibility/",
    "contact/",
    "gallery/",
    "track/",
    "quote/",
    "sign-in/login/",
    "sign-in/signup/",
    "sign-in/password/reset/",
    "sign-in/password/reset/done/",
    "sign-in/confirm-email/",
    "sign-in/inactive/",
)
OWN = ("sign-in/email/", "sign-in/password/change/", "sign-in/2fa/", "sign-in/sessions/", "sign-in/reauthenticate/")
GetPage = Callable[..., Page]


@pytest.mark.django_db
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_owes_its_readers_nothing(get_page: GetPage, path: str, code: str) -> None:
    page = get_page(f"/{code}/{path}")
    assert page.one("html")["lang"] == LANGUAGES[code]
    assert page.one("title").get_text().endswith("– ECShip")
    assert page.all(".app-notice__text"), "the page does not say that it is not Hongkong Post's"


@pytest.mark.django_db
@pytest.mark.parametrize("path", OWN)
def test_a_page_about_oneself_stands_in_the_same_frame(get_page: GetPage, alice: Person, path: str) -> None:
    page = look_at(alice.client.get(f"/en/{path}", follow=True))
    page.check()
    assert page.all(".app-notice__text")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "privacy/", "sign-in/login/"])
def test_the_language_switch_keeps_the_page(get_page: GetPage, path: str) -> None:
    links = {str(tag["hreflang"]): tag["href"] for tag in get_page(f"/en/{path}").all(".app-languages a")}
    assert links == {"zh-Hant": f"/zh-hant/{path}", "zh-Hans": f"/zh-hans/{path}"}


@pytest.mark.django_db
def test_an_unknown_page_offers_the_other_languages_home(get_page: GetPage) -> None:
    page = get_page("/en/nowhere/", status=404)
    assert page.one(".app-languages a[hreflang=zh-Hant]")["href"] == "/zh-hant/nowhere/"


@pytest.mark.django_db
def test_a_signed_in_reader_can_sign_out_by_a_form_only(get_page: GetPage, alice: Person) -> None:
    page = get_page("/en/", by=alice)
    button = page.one(".app-navigation form[method=post] button")
    assert button.get_text(strip=True) == "Sign out"
    assert not page.all("header a[href*=logout]")


@pytest.mark.django_db
def test_a_wrong_field_has_label_hint_error_and_a_link_from_the_summary(client: Client) -> None:
    page = look_at(client.post("/en/sign-in/login/", {"login": "", "password": ""}))
    page.check()
    assert "Error:" in page.one("title").get_text()
    for link in page.all(".govuk-error-summary__list a"):
        field = page.one(str(link["href"]))
        described = str(field["aria-describedby"]).split()
        assert any("error" in one for one in described)
        assert all(page.one(f"#{one}") for one in described)
    assert len(page.all(".govuk-error-summary__list a")) == 2


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_on_a_page_of_ours() -> None:
    page = look_at(Client(enforce_csrf_checks=True).post("/en/sign-in/login/", {}))
    page.check(403)
    assert page.all(".app-notice__text")


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_for_our_own_faults_asks_nobody(code: str) -> None:
    with translation.override(code):
        page = look_at(views.server_error(RequestFactory().get(f"/{code}/quote/")))
    page.check(500)


def test_the_built_files_are_there_and_name_no_other_host() -> None:
    assert frontend.main() == 0
    for name in ("app.css", "app.js", "htmx.min.js", "govuk-frontend.min.js"):
        assert (frontend.BUILD / name).stat().st_size > 100
    css = (frontend.BUILD / "app.css").read_text()
    assert "GDS Transport" not in css
    assert not [url for url in re.findall(r"url\(([^)]*)\)", css) if "//" in url.partition("data:")[0]]
    assert "@import" not in css
    assert len(list((frontend.BUILD / "fonts").glob("*.ttf"))) == 6


def test_no_template_has_anything_inline() -> None:
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        text = path.read_text()
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " onclick=" not in text, path


class Words(forms.Form):
    words = forms.CharField(widget=forms.Textarea, help_text="Hint")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agree = forms.BooleanField()


def test_a_form_comes_back_with_what_was_typed() -> None:
    soup = BeautifulSoup(Words({"words": "one\n  two", "kind": "b"}).as_div(), "lxml")
    assert soup.select_one("textarea").get_text() == "one\n  two"  # type: ignore[union-attr]
    assert soup.select_one("input[checked]")["value"] == "b"  # type: ignore[index]
    assert soup.select_one("#id_agree_error")
    assert soup.select_one("fieldset > legend")


@pytest.mark.django_db
def test_the_gallery_shows_every_component_in_each_language_at_once(get_page: GetPage) -> None:
    page = get_page("/en/gallery/")
    passages = {str(tag["lang"]): tag.get_text() for tag in page.all("section[lang]")}

    assert list(passages) == list(LANGUAGES.values())
    for tag, words in (("en", "Contents"), ("zh-Hant", "內件"), ("zh-Hans", "内件")):
        assert words in passages[tag]
    used = Path(settings.BASE_DIR, "templates/gallery/partials/components.html").read_text()
    for component in Path(settings.BASE_DIR, "templates/components").glob("*.html"):
        name = component.stem.replace("_", "-")
        # The back link stands at the page's own top; a row is drawn by the list it belongs to.
        assert f"<c-{name}" in used or name in {"back-link", "summary-row"}, name


@pytest.mark.django_db
def test_readers_can_have_the_source_and_write_to_somebody(get_page: GetPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SOURCE_URL", "https://git.example/ecship")
    monkeypatch.setattr(settings, "CONTACT_EMAIL", "post@ecship.example")

    page = get_page("/en/contact/")

    assert page.one("footer a[rel~=license]")["href"] == "https://git.example/ecship"
    assert page.one('main a[href="mailto:post@ecship.example"]')


@pytest.mark.parametrize(
    ("name", "value"),
    [("SOURCE_URL", "git.example"), ("SOURCE_URL", "javascript:x"), ("CONTACT_EMAIL", "A <a@b.example>")],
)
def test_a_contact_or_source_that_is_none_stops_the_start(name: str, value: str) -> None:
    environment = Environment({name: value})

    with pytest.raises(ImproperlyConfigured, match=name):
        environment.web_address(name) if name == "SOURCE_URL" else environment.email(name)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_asked_the_wrong_way_says_so_and_names_the_right_ones(alice: Person, code: str) -> None:
    with translation.override(code):
        answer = alice.client.get(f"/{code}/account/switch/{alice.account.pk}/")

    page = look_at(answer)
    page.check(status=405)
    assert page.one("html")["lang"] == LANGUAGES[code]
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("code", "day", "moment"),
    [
        ("en", "24 November 2026", "24 November 2026, 18:46"),
        ("zh-hant", "2026年11月24日", "2026年11月24日 18:46"),
        ("zh-hans", "2026年11月24日", "2026年11月24日 18:46"),
    ],
)
def test_dates_are_written_one_way_in_each_language(code: str, day: str, moment: str) -> None:
    at = datetime(2026, 11, 24, 10, 46, tzinfo=UTC)

    with translation.override(code):
        written = Template('{{ at|date:"DATE_FORMAT" }}|{{ at|date:"DATETIME_FORMAT" }}|{{ at }}').render(
            Context({"at": at})
        )

    assert written.split("|") == [day, moment, moment]


def test_no_template_has_a_date_format_of_its_own() -> None:
    own = re.compile(r"""\|(?:date|time):["'](?!c["']|\w*_FORMAT["'])""")

    assert not [path for path in (settings.BASE_DIR / "templates").rglob("*.*") if own.search(path.read_text())]
