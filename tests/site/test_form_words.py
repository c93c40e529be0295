"""Forms say what to do, also where a field has no words of its own."""

from __future__ import annotations

import pytest
from django import forms
from django.utils import translation


class Everything(forms.Form):
    least = forms.IntegerField(min_value=1)
    most = forms.IntegerField(max_value=5)
    short = forms.CharField(max_length=3)
    money = forms.DecimalField(max_digits=4, decimal_places=2)
    choice = forms.ChoiceField(choices=[("a", "A")])
    missing = forms.CharField()


TYPED = {"least": "0", "most": "6", "short": "four", "money": "1.234", "choice": "b"}


def test_every_default_error_says_what_to_do() -> None:
    assert {name: errors[0] for name, errors in Everything(TYPED).errors.items()} == {
        "least": "Enter 1 or more.",
        "most": "Enter 5 or less.",
        "short": "Use at most 3 characters; there are 4.",
        "money": "Use at most 2 decimal places.",
        "choice": "Choose one from the list.",
        "missing": "Fill in this field.",
    }


@pytest.mark.parametrize(("language", "words"), [("zh-hant", "請輸入 1 或以上。"), ("zh-hans", "请输入 1 或以上。")])
def test_default_errors_are_in_the_readers_language(language: str, words: str) -> None:
    with translation.override(language):
        assert Everything(TYPED).errors["least"] == [words]
