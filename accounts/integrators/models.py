"""An integrator with its key, and the links by which people let it act for them.

The key has to be known again to check a digest of it, so it is not hashed as an API key is: it lies wrapped under the
key of keys, bound to its row, and is shown once.
"""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _

from security import kek
from security.tenancy import WitnessedModel

LINK_SALT = "accounts.integrator_link"
NAME_LENGTH = 40


class Integrator(WitnessedModel):
    """A business's own integrator: the name and key that its programs show. It belongs to the account.

    Its key rests while whoever made it is no owner of the account any more: another owner makes a new one.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="integrators")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("Name"), max_length=NAME_LENGTH, unique=True)
    wrapped_key = models.BinaryField()
    fresh_minutes = models.PositiveSmallIntegerField(null=True)  # how old a header may be; None: however old
    refuses_replays = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    key_made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(name__regex=r"^[a-z0-9._-]{3,40}$"), name="integrator_name_shape")
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def key(self) -> str:
        """The secret that digests are made of."""
        return unwrapped(bytes(self.wrapped_key), bound_to=self.binding)

    @key.setter
    def key(self, text: str) -> None:
        self.wrapped_key = kek.provider().wrap(text.encode(), bound_to=self.binding)

    @property
    def binding(self) -> bytes:
        return f"integrator|{self.pk}".encode()


class IntegratorLink(WitnessedModel):
    """That an integrator may act for a person in one account; nothing until it was confirmed by the mailed link.

    It is the account's it opens. It ends with the person's membership: the database sees to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="integrator_links")
    # An integrator is another account's: the database takes its links along, of whichever account they are.
    integrator = models.ForeignKey(Integrator, on_delete=models.DO_NOTHING, db_constraint=False, related_name="links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)  # the integrator's, which never changes
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["integrator", "user"], name="integrator_link_once")]

    def __str__(self) -> str:
        return f"link {self.pk}"

    @property
    def token(self) -> str:
        """The secret of the mailed link; a new wish makes the older link worthless, and so does its first use."""
        return signing.dumps([str(self.pk), self.asked_at.timestamp()], salt=LINK_SALT)


def unwrapped(wrapped: bytes, *, bound_to: bytes) -> str:
    return kek.provider().unwrap(wrapped, bound_to=bound_to).decode()
