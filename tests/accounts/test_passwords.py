"""Which passwords are refused, in the same words wherever one is set; and the operator's list of common ones."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import common_passwords, hashers, services
from accounts.models import User
from accounts.passwords import LONGEST
from security import scope
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver, link
from tests.pages import Page

pytestmark = pytest.mark.django_db
GOOD = "nine purple kettles sing"
REFUSED = {
    "short": ("kettle 9", "at least 10 characters"),
    "long": ("k" * (LONGEST + 1), "no more than 256 characters"),
    "common": ("password1234", "Others use this password"),
    "e-mail": ("alice@example.com1", "made of your e-mail address"),
    "account": ("AliceTrading2026", "made of your e-mail address"),
    "ours": ("ECShip-2026!", "made of your e-mail address"),
}


@pytest.fixture
def listed(tmp_path: Path, settings: Any) -> Path:
    """An operator's list of common passwords, built."""
    source = tmp_path / "list.txt"
    source.write_text("zebra crossing\nTulip Garden 77\n\nмолоко и хлеб\n", encoding="utf-8")
    settings.COMMON_PASSWORDS_FILE = tmp_path / "common.bloom"
    call_command("build_common_passwords", source)
    return tmp_path


def activate(password: str) -> Page:
    data = {"kind": "business", "account_name": "Alice Trading"}
    Client().post("/en/sign-in/signup/", {"email": "alice@example.com", **data})
    return Page(Client().post(link(deliver()[-1]), {**data, "password": password}))


def join(password: str) -> Page:
    inviter = make_person("ursula")
    with inviter.scope():
        services.change_account(account=inviter.account, name="Alice Trading", fax_enabled=False)
    inviter.client.post("/en/account/invite/", {"email": "alice@example.com", "role": "clerk"})
    address = link(next(letter for letter in deliver() if letter.to == ["alice@example.com"]))
    return Page(Client().post(address, {"name": "Alice", "password": password}))


def change(password: str) -> Page:
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    return Page(make_person("alice").client.post("/en/sign-in/password/change/", data))


def reset(password: str) -> Page:
    make_person("alice")
    client = Client()
    client.post("/en/sign-in/password/reset/", {"email": "alice@example.com"})
    page = client.get(link(deliver()[-1]))
    return Page(client.post(page["Location"], {"password1": password, "password2": password}))


@pytest.mark.parametrize("where", [activate, join, change, reset])
@pytest.mark.parametrize("why", REFUSED)
def test_a_bad_password_is_refused_in_the_same_words_everywhere(where: Any, why: str) -> None:
    password, words = REFUSED[why]

    page = where(password)

    page.check()
    assert words in page.text


@pytest.mark.parametrize("where", [activate, join, change, reset])
@pytest.mark.parametrize("password", [GOOD, "x" * 20 + GOOD * 9, "雞蛋 牛奶 麵包 白菜 豆腐"])
def test_a_long_password_is_welcome_whatever_it_is_made_of(where: Any, password: str) -> None:
    assert len(password) <= LONGEST

    assert where(password).status == 302


@pytest.mark.parametrize("where", [activate, join, change, reset])
def test_what_is_in_the_operators_list_is_refused_everywhere(where: Any, listed: Path) -> None:
    assert "Others use this password" in where("zebra crossing").text


def test_the_rules_are_told_before(alice: Person) -> None:
    Client().post("/en/sign-in/signup/", {"email": "new@example.com", "kind": "personal"})
    for page in (Page(Client().get(link(deliver()[-1]))), alice.get("/en/sign-in/password/change/")):
        assert "At least 10 characters: a sentence of several words is best." in page.text
        assert "Not a password that many people use." in page.text


def test_a_word_of_the_context_may_be_part_of_a_long_password(alice: Person) -> None:
    assert change_as(alice, "my friend alice eats nine kettles").status == 302


def change_as(person: Person, password: str) -> Page:
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    return Page(person.client.post("/en/sign-in/password/change/", data))


def test_too_long_a_password_is_not_hashed_as_it_came(alice: Person, hashes: list[str]) -> None:
    with scope.identity():
        alice.user.set_password("k" * hashers.LONGEST)
        alice.user.save()

        assert alice.user.check_password("k" * hashers.LONGEST)
        assert not alice.user.check_password("k" * hashers.LONGEST + "k")
        assert not alice.user.check_password("k" * 2_000_000)
    assert hashes == ["encode", *["verify"] * 3]


def test_the_command_says_what_the_site_would_have_said(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_account", "--email", "new@example.com", "--password", "password1234")

    assert "Others use this password" in capsys.readouterr().err
    with scope.identity():
        assert User.objects.filter(email="new@example.com").exists()


# The operator's list -----------------------------------------------------------------------------------------


def test_every_password_of_the_list_is_found_in_any_case(listed: Path) -> None:
    path = listed / "common.bloom"

    for password in ("zebra crossing", "Zebra Crossing", "Tulip Garden 77", "молоко и хлеб"):
        assert common_passwords.is_listed(password, path), password
    assert not common_passwords.is_listed(GOOD, path)
    assert not common_passwords.is_listed("", path)


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_list_of_hashes_is_read_too(tmp_path: Path, is_packed: bool) -> None:
    lines = [f"{common_passwords.digest(word).hex().upper()}:9" for word in ("one two", "three")]
    text = "\r\n".join(lines).encode()
    source, target = tmp_path / "hashes", tmp_path / "filter"
    source.write_bytes(gzip.compress(text) if is_packed else text)

    built = common_passwords.build(source, target, report=lambda lines, part: None)

    assert built.lines == 2
    assert common_passwords.is_listed("one two", target)
    assert not common_passwords.is_listed("two one", target)


def test_few_passwords_are_taken_for_common_by_mistake(tmp_path: Path) -> None:
    source, target = tmp_path / "list", tmp_path / "filter"
    source.write_text("\n".join(f"listed {number}" for number in range(20_000)))
    common_passwords.build(source, target, report=lambda lines, part: None)
    held = common_passwords.Filter(target)

    assert all(f"listed {number}" in held for number in range(0, 20_000, 7))
    assert sum(f"other {number}" in held for number in range(40_000)) < 20  # 4 are to be expected
    assert target.stat().st_size < 20_000 * 2.5


def test_a_new_list_takes_the_place_of_the_older_one_at_once(listed: Path) -> None:
    (listed / "next.txt").write_text("only this one\n")
    assert common_passwords.is_listed("zebra crossing", listed / "common.bloom")

    call_command("build_common_passwords", listed / "next.txt")

    assert not common_passwords.is_listed("zebra crossing", listed / "common.bloom")
    assert common_passwords.is_listed("only this one", listed / "common.bloom")


def test_a_list_that_cannot_be_read_leaves_the_older_one(listed: Path) -> None:
    (listed / "broken.gz").write_bytes(gzip.compress(b"a password\n" * 100)[:20])

    for name in ("broken.gz", "missing.txt"):
        with pytest.raises(CommandError):
            call_command("build_common_passwords", listed / name)

    assert common_passwords.is_listed("zebra crossing", listed / "common.bloom")
    assert sorted(path.name for path in listed.iterdir()) == ["broken.gz", "common.bloom", "list.txt"]


def test_another_kind_of_file_is_no_filter(tmp_path: Path) -> None:
    (tmp_path / "filter").write_text("something else entirely, and longer than a header")

    with pytest.raises(common_passwords.NotAFilter):
        common_passwords.is_listed("x", tmp_path / "filter")


def test_without_a_list_djangos_own_still_stands(settings: Any, tmp_path: Path) -> None:
    from accounts.passwords import CommonValidator

    settings.COMMON_PASSWORDS_FILE = tmp_path / "none"

    CommonValidator().validate(GOOD)
    with pytest.raises(ValidationError):
        CommonValidator().validate("PASSWORD123")


BUILD = """
import resource, sys
from pathlib import Path
from accounts import common_passwords
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
common_passwords.build(Path(sys.argv[1]), Path(sys.argv[2]), report=lambda lines, part: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_building_takes_no_more_memory_for_a_longer_list(tmp_path: Path) -> None:
    """The file itself is mapped (2.4 bytes a line); beyond it nothing grows."""
    source, target = tmp_path / "list", tmp_path / "filter"
    with source.open("w") as file:
        file.writelines(f"a rather long password number {number}\n" for number in range(300_000))

    done = subprocess.run(
        [sys.executable, "-c", BUILD, source, target], capture_output=True, text=True, check=True, timeout=120
    )

    grown = int(done.stdout) * (1024 if sys.platform != "darwin" else 1)
    assert source.stat().st_size > 10_000_000
    assert grown < target.stat().st_size + 3_000_000
