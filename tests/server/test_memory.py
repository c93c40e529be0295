"""A web process's threads share their memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

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
