"""The names of the walls, and the one switch by which tests take a wall away to prove that the others hold.

Production refuses to start when the switch is used (`security.checks`). The walls that live in the database (`rls`,
`writeguard`, `reference`) are taken away by the test suite as the owner, with the statements of `security.operations`.
"""

from django.conf import settings
from django.db import models


class Wall(models.TextChoices):
    MARK = "mark"
    PERMISSION = "permission"
    SCOPE = "scope"
    RLS = "rls"
    WRITEGUARD = "writeguard"
    REFERENCE = "reference"
    ENCRYPTION = "encryption"
    EGRESS = "egress"
    LIVE_STATE = "live state"


class Watch(models.TextChoices):
    """What watches. It is no wall: the walls are proven without it, so that isolation never depends on detection."""

    DETECTION = "detection"


def stands(wall: Wall | Watch) -> bool:
    """Tell whether a wall is up; always true outside tests."""
    return wall.value not in settings.SECURITY_WALLS_OFF
