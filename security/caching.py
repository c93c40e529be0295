"""Cache keys: the account of the scope is part of every key, so a key that forgot it still cannot cross accounts."""

from security import scope
from security.walls import Wall, stands


def key(name: str, prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION."""
    owner = scope.get().account_id if stands(Wall.SCOPE) else None
    return f"{prefix}:{owner or '-'}:{version}:{name}"
