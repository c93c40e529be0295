"""Warrants: what a signed context must name before certain tables can be written.

An account's context lets its statements write the account's own rows. That is too much for what decides who may do what
in it, and for what belongs to everybody: there the database asks for a warrant as well, which the one service that does
such a thing takes for the time it needs (`scope.warrant`), and which is signed like the rest of the context. So a
statement injected anywhere else changes no role and no price. Which table asks for which stands in its migration.
"""

from django.db import models


class Warrant(models.TextChoices):
    ACCOUNT = "account"  # the account's own row
    DATA_KEY = "data_key"  # the account's wrapped data keys
    MEMBERS = "members"  # roles, memberships and invitations
    KEYS = "keys"  # API keys
    SHARING = "sharing"  # who may open a restricted address book
    REFERENCE = "reference"  # what belongs to everybody: tariff, suspensions, rates, number ranges
    THRESHOLDS = "thresholds"  # what detection takes for too much; the security role needs it too
    TRACKING = "tracking"  # events of items
