"""At most a few checks of a password at once: sixty sign-ins together need the memory of two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.test import Client

from accounts import hashers, slots
from tests.conftest import PASSWORD, make_person

MEMORY_OF_ONE = hashers.SealedArgon2PasswordHasher.memory_cost  # KiB
AT_ONCE = 2
CHECK = """
import re, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
import django
django.setup()
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
settings.PASSWORD_SLOTS_DIR, settings.PASSWORD_CHECKS_AT_ONCE = sys.argv[1], int(sys.argv[2])
stored = make_password("the right one")
people = int(sys.argv[3])
together = Barrier(people)
def sign_in(number):
    together.wait()
    return check_password("the right one" if number % 2 else "a wrong one", stored)
def most():  # of this program alone: what getrusage says begins at the size of whoever started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = most()
with ThreadPoolExecutor(people) as pool:
    answers = list(pool.map(sign_in, range(people)))
assert answers == [False, True] * (people // 2), answers
print(most() - before)
"""
HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held")
time.sleep(60)
"""


def grown(folder: Path, *, people: int, at_once: int) -> int:
    """Return by how many KiB a process grows that checks so many passwords at once; one check was made before.

    Large blocks go back to the system at once: how much glibc would keep of them for later is not what is asked.
    """
    done = subprocess.run(
        [sys.executable, "-c", CHECK, folder, str(at_once), str(people)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "1000000"},
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_sixty_checks_at_once_need_the_memory_of_two(tmp_path: Path) -> None:
    bounded, unbounded = grown(tmp_path, people=60, at_once=AT_ONCE), grown(tmp_path, people=12, at_once=60)

    assert bounded < MEMORY_OF_ONE * AT_ONCE + 10_000, f"{bounded} KiB"
    assert unbounded > MEMORY_OF_ONE * 5, f"{unbounded} KiB: nothing would have been bounded"


@pytest.mark.django_db(transaction=True)
def test_sixty_people_who_sign_in_at_once_all_get_in(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    running, most, lock = 0, 0, Lock()
    verify = Argon2PasswordHasher.verify

    def watched(self: Any, password: str, encoded: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return verify(self, password, encoded)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(Argon2PasswordHasher, "verify", watched)
    names = [f"person{number}" for number in range(60)]
    for name in names:
        make_person(name)

    def sign_in(number: int) -> int:
        try:
            data = {"login": f"person{number}@example.com", "password": PASSWORD}
            answer = Client().post("/en/sign-in/login/", data, REMOTE_ADDR=f"192.0.2.{number}")
            return answer.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(sign_in, range(60)))

    assert answers == [302] * 60
    assert 1 <= most <= settings.PASSWORD_CHECKS_AT_ONCE


def test_a_killed_process_lets_go_of_its_slot(tmp_path: Path, settings: Any) -> None:
    settings.PASSWORD_SLOTS_DIR, settings.PASSWORD_CHECKS_AT_ONCE = tmp_path, 1
    process = subprocess.Popen([sys.executable, "-uc", HOLD, tmp_path / "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slots, "LONGEST_WAIT", 0.2)
        with pytest.raises(slots.Busy), slots.taken():
            pass
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    with slots.taken():
        pass
    process.stdout.close()


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["alice@example.com", "unknown@example.com"])
def test_when_all_are_taken_for_long_everybody_gets_the_same_answer(
    email: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    make_person("alice")
    settings.PASSWORD_SLOTS_DIR, settings.PASSWORD_CHECKS_AT_ONCE = tmp_path, 1
    monkeypatch.setattr(slots, "LONGEST_WAIT", 0.1)
    began = monotonic()

    with slots.taken():
        answer = Client().post("/en/sign-in/login/", {"login": email, "password": PASSWORD})

    assert answer.status_code == 503
    assert "This part of the service is away" in answer.content.decode()
    assert monotonic() - began < 5
