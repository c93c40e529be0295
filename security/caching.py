"""The cache: the account of the scope is part of every key, so a key that forgot it still cannot cross accounts."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import ConnectionPool, Redis

from security import scope
from security.walls import Wall, stands


def key(name: str, prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION."""
    owner = scope.get().account_id if stands(Wall.SCOPE) else None
    return f"{prefix}:{owner or '-'}:{version}:{name}"


class KeptClient(RedisCacheClient):
    """Keeps its client, where Django makes one for each operation: that costs more than what Redis does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._kept: dict[ConnectionPool, Redis] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # the stubs know it not
        if pool not in self._kept:
            self._kept[pool] = Redis(connection_pool=pool)
        return self._kept[pool]


class Cache(RedisCache):
    """Named by the settings' BACKEND."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
