"""Both services of a home, started together and stopped together."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from ecship.embedded import keys, postgres, processes, redis_server
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.places import Home

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SECURITY_URL", "REDIS_URL")
STATE = "services.json"
CONSOLE_FILE = "console.json"  # where the staff console of this home is served, for links that commands print


@contextmanager
def services(home: Home, given: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run what the environment does not give; yield the whole environment for those who use it.

    The caller holds the home's lock.
    """
    home.make()
    processes.end_leftovers(home)
    fast = given.get("ECSHIP_FAST_DB") == "1"
    with ExitStack() as stack:
        secrets = keys.secrets_of(home)
        console = {name: str(value) for name, value in home.read(CONSOLE_FILE).items()}
        environment = {**console, **secrets.environment(), **{name: value for name, value in given.items() if value}}
        environment["RUN_DIR"] = str(home.path)
        if not environment.get("REDIS_URL"):
            redis = redis_server.start(home, secrets, fast=fast)
            stack.callback(redis.stop)
            environment |= redis.environment()
        if not environment.get("DATABASE_URL"):
            server = postgres.start(home, secrets, fast=fast, programs=given.get("PG_BIN", ""))
            stack.callback(server.stop)
            environment |= server.environment()
        home.write(STATE, {"pid": os.getpid(), **{name: environment.get(name, "") for name in ADDRESSES}})
        stack.callback((home.path / STATE).unlink, missing_ok=True)
        yield environment


def running_services(home: Home, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for services that another supervisor of this home runs right now."""
    state = home.read(STATE)
    if not state:
        raise EmbeddedError(f"Somebody holds {home.path} but its services are not up yet. Try again in a moment.")
    addresses = {name: str(state[name]) for name in ADDRESSES if state.get(name)}
    kept = {name: value for name, value in given.items() if value and name not in ADDRESSES}
    console = {name: str(value) for name, value in home.read(CONSOLE_FILE).items()}
    return {**console, **keys.secrets_of(home).environment(), **kept, **addresses, "RUN_DIR": str(home.path)}
