"""Charlie's integrator, which may act for Alice."""

from __future__ import annotations

import pytest

from tests.accounts.integrated import Integrated, integrated
from tests.conftest import Person
from tests.soap.speaking import Program


@pytest.fixture
def linked(alice: Person, charlie: Person) -> Integrated:
    return integrated(charlie, alice)


@pytest.fixture
def program(linked: Integrated) -> Program:
    return Program(linked)
