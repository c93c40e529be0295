"""At most a few checks of passwords at once on this machine: each takes 19 MiB while it runs.

A slot is a locked file: threads and processes alike wait for one, and the system frees what a killed process held.
Who waits longer than `LONGEST_WAIT` is answered that the site is busy, whatever they typed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import random, shuffle
from time import monotonic, sleep

from django.conf import settings

LONGEST_WAIT = 15  # seconds
SHORTEST_NAP, LONGEST_NAP = 0.002, 0.02  # seconds


class Busy(Exception):
    """Every slot stayed taken for too long."""


@contextmanager
def taken() -> Iterator[None]:
    """Hold one of the machine's slots. Raises Busy."""
    held = _wait_for_one()
    try:
        yield
    finally:
        os.close(held)  # lets go of the lock


def _wait_for_one() -> int:
    folder, count = Path(settings.PASSWORD_SLOTS_DIR), settings.PASSWORD_CHECKS_AT_ONCE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    slots, deadline, nap = list(range(count)), monotonic() + LONGEST_WAIT, SHORTEST_NAP
    shuffle(slots)
    while True:
        for slot in slots:
            if (held := _try(folder / str(slot))) is not None:
                return held
        if monotonic() > deadline:
            raise Busy
        sleep(nap * (0.5 + random()))  # noqa: S311 - only spreads those who wait
        nap = min(nap * 2, LONGEST_NAP)


def _try(path: Path) -> int | None:
    """Lock a slot; each attempt opens the file anew, so that threads of one process exclude each other too."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle
