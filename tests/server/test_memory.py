"""A web process's threads share their memory, and web processes share what was loaded before they began."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from bench.stage import ADDRESSES
from ecship.server import options

# Counts what glibc reserves for each arena beyond the first: 64 MiB at a time, some of it in use.
PROGRAM = """
    import re, threading
    from ecship.server import options
    {before}
    together, held = threading.Barrier(9), []
    def work():
        held.append([bytes(4_000) for _number in range(50)])
        together.wait()
        together.wait()
    for _number in range(8):
        threading.Thread(target=work).start()
    together.wait()
    ends = [[int(part, 16) for part in line.split()[0].split("-")] for line in open("/proc/self/maps")]
    print(sum(
        1 for (begins, middle), (next_begins, end) in zip(ends, ends[1:])
        if middle == next_begins and begins % 2**26 == 0 and end - begins == 2**26
    ))
    together.wait()
"""


def arenas(before: str) -> int:
    program = textwrap.dedent(PROGRAM).format(before=before)
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc, and reads /proc")
def test_the_server_lets_its_threads_share_two_arenas() -> None:
    assert arenas("") > 4, "this C library gives each thread memory of its own"
    assert arenas("options.post_fork(None, None)") <= 1  # beside the main one


LOADED = """
    import gc, threading
    from ecship import wsgi
    from ecship.server import options
    from django.db import connections
    options.pre_fork(None, None)
    print([one.connection for one in connections.all()], threading.active_count(), gc.get_freeze_count() > 100_000)
"""


def test_what_is_loaded_before_workers_fork_holds_no_connection_and_no_thread() -> None:
    """They would be in each worker, and work in none: two of them would speak on one connection."""
    only_ours = {name: value for name, value in os.environ.items() if name not in ADDRESSES[1:]}
    program = textwrap.dedent(LOADED)

    done = subprocess.run([sys.executable, "-c", program], env=only_ours, stdout=subprocess.PIPE, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[None, None] 1 True"


def test_workers_are_forked_from_what_is_loaded() -> None:
    assert options.preload_app
