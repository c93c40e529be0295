"""No marked string lacks a translation, and no translation names values that its message does not have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext

from ecship import messages_build
from ecship.messages_build import Key, Translations


def test_every_marked_string_is_translated() -> None:
    translations = messages_build.load_parts()
    lacking = messages_build.missing(translations)
    assert not lacking, "\n".join(lacking)
    assert not translations.problems, "\n".join(translations.problems)


def test_a_marked_string_without_translation_is_found() -> None:
    lacking = messages_build.missing(Translations())
    assert any("templates/home/home.html" in line and "zh_Hant, zh_Hans" in line for line in lacking)


def test_strings_of_sources_and_templates_are_found_with_plural_and_context() -> None:
    found = messages_build.marked()
    assert Key("Owner") in found
    assert Key("Main", context="navigation") in found
    assert any(key.plural for key in found)


@pytest.mark.parametrize("words", [("", "好"), ("好 %(other)s", "好 %(name)s"), ("好", "好 %(name)s")])
def test_a_translation_with_other_placeholders_is_refused(words: tuple[str, str]) -> None:
    assert list(messages_build.differences(Key("Good %(name)s"), words))


def test_two_parts_that_disagree_are_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, word in (("a", "好"), ("b", "很好")):
        (tmp_path / f"{name}.po.json").write_text(json.dumps({"Good": [word, "好"]}), "utf-8")
    monkeypatch.setattr(messages_build, "PARTS", tmp_path)

    assert any("b.po.json" in problem and "context" in problem for problem in messages_build.load_parts().problems)


def test_a_plural_keeps_its_number_and_names_no_other() -> None:
    key = Key("%(count)d item", "%(count)d items")
    assert not list(messages_build.differences(key, ("%(count)d 件", "%(count)d 件")))
    assert list(messages_build.differences(key, ("%(sum)d 件", "%(count)d 件")))


def test_the_two_chinese_are_two_translations() -> None:
    parts = [json.loads(path.read_text("utf-8")) for path in messages_build.PARTS.glob("*.po.json")]
    different = [pair for part in parts for pair in part.values() if pair[0] != pair[1]]
    assert len(different) > sum(map(len, parts)) / 2


def test_a_page_speaks_the_language_of_its_address() -> None:
    messages_build.build()
    with translation.override("zh-hant"):
        assert gettext("Sign in") == "登入"
    with translation.override("zh-hans"):
        assert gettext("Sign in") == "登录"
