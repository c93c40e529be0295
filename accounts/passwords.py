"""Which passwords are refused, and in which words; the same at every place where one is set.

Long ones are welcome, and there are no rules of composition: length, and that nobody else would think of it.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator, UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import common_passwords
from accounts.models import Account, User
from security import scope

SHORTEST, LONGEST = 10, 256  # characters
LEAST_OF_ITS_OWN = 8  # characters that a password keeps when all words of its context are taken out
SHORTEST_WORD = 4
OUR_NAMES = ("ecship", "ec-ship", "ec ship", "hongkongpost")


class LengthValidator:
    """At least `SHORTEST` characters, and no more than `LONGEST`: longer ones would be work to hash, and no safer."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < SHORTEST:
            raise ValidationError(
                _("The password is too short. Use at least %(least)d characters."),
                code="password_too_short",
                params={"least": SHORTEST},
            )
        if len(password) > LONGEST:
            raise ValidationError(
                _("The password is too long. Use no more than %(most)d characters."),
                code="password_too_long",
                params={"most": LONGEST},
            )

    def get_help_text(self) -> str:
        return _(
            "At least 10 characters: a sentence of several words is best. It needs no digits or special characters."
        )


class CommonValidator(CommonPasswordValidator):
    """Django's list of twenty thousand, and the operator's larger one where it was built."""

    def validate(self, password: str, user: Any = None) -> None:
        is_common = password.lower().strip() in self.passwords or common_passwords.is_listed(
            password, settings.COMMON_PASSWORDS_FILE
        )
        if is_common:
            raise ValidationError(
                _("Others use this password, so it is among the first to be tried. Choose another one."),
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return _("Not a password that many people use.")


class ContextValidator:
    """No password that is little more than the e-mail address, a name of the person or their accounts, or ours."""

    near = UserAttributeSimilarityValidator(user_attributes=("email", "name"))

    def validate(self, password: str, user: Any = None) -> None:
        if self._is_made_of(password, words_about(user)) or self._is_near(password, user):
            raise ValidationError(
                _("The password is made of your e-mail address, a name or “ECShip”. Choose something less close by."),
                code="password_too_similar",
            )

    @staticmethod
    def _is_made_of(password: str, words: set[str]) -> bool:
        rest = password.casefold()
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "")
        return rest != password.casefold() and len(rest.strip()) < LEAST_OF_ITS_OWN

    def _is_near(self, password: str, user: Any) -> bool:
        try:
            self.near.validate(password, user)
        except ValidationError:
            return True
        return False

    def get_help_text(self) -> str:
        return _("Not your e-mail address, your name, or the name of your account.")


def words_about(user: Any) -> set[str]:
    """Return what is known about a person, whole and in words, in lower case. `user` may be nobody, or not saved yet.

    Names that a form asks for at the same time may lie on the person as `context_words`.
    """
    email, name = str(getattr(user, "email", "") or ""), str(getattr(user, "name", "") or "")
    whole = [email, email.partition("@")[0], name, *getattr(user, "context_words", ())]
    if isinstance(user, User) and not user._state.adding:
        with scope.identity():
            whole += Account.objects.filter(members__user=user).values_list("name", flat=True)
    found = {text.casefold().strip() for text in (*OUR_NAMES, *whole)}
    found |= {word for text in whole for word in re.split(r"[\W_]+", text.casefold())}
    return {word for word in found if len(word) >= SHORTEST_WORD}
