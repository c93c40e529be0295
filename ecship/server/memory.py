"""How the memory of a web process is kept together."""

from __future__ import annotations

import ctypes
import gc

M_ARENA_MAX = -8  # glibc's malloc.h
ARENAS = 2


def keep_together() -> None:
    """Let all threads of this process share two of glibc's arenas; elsewhere do nothing.

    By default each thread has one of its own, up to eight for a core, and keeps what its largest request took. Call it
    before there are threads.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def share() -> None:
    """Let the worker that is about to be forked share what was made so far: the collector no longer touches it."""
    gc.collect()
    gc.freeze()
