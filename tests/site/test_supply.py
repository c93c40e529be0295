"""What the product is built of: named, pinned, hashed, from nowhere else; and what the image leaves out."""

from __future__ import annotations

import json
import re

import pytest

from ecship.embedded.places import PROJECT


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_package_is_pinned_and_hashed_and_names_no_place(name: str) -> None:
    listed = (PROJECT / f"requirements/{name}.txt").read_text()
    packages = re.split(r"\n(?=[a-z0-9])", listed.strip())

    assert len(packages) > 30
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==[^\s;]+( ;[^\\]+)? \\\n", package), package.splitlines()[0]
        assert "--hash=sha256:" in package
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links|git\+", listed)


def test_every_front_end_package_is_pinned_and_hashed_and_names_no_place() -> None:
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    others = {name: package for name, package in packages.items() if name and not package.get("link")}

    assert len(others) > 5
    assert [name for name, package in others.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in others.items() if "resolved" in package] == []


def test_what_is_installed_is_what_is_listed() -> None:
    for file in ("Makefile", "Dockerfile"):
        installs = re.findall(r"pip install[^\n]*(?:-r|requirements)[^\n]*", (PROJECT / file).read_text())
        named = [line for line in installs if ".txt" in line]
        assert named, file
        assert [line for line in named if "--require-hashes" not in line or "--no-deps" not in line] == [], file
    assert "npm ci" in (PROJECT / "Dockerfile").read_text()


def test_the_image_has_no_history_no_tests_and_no_secrets() -> None:
    left_out = (PROJECT / ".dockerignore").read_text().split()
    built = (PROJECT / "Dockerfile").read_text()

    assert {".git", ".ci", ".run", "**/.env*"} <= set(left_out)
    assert "rm -rf node_modules tests bench" in built
    assert re.search(r"^USER ecship$", built, re.MULTILINE)
    assert not re.search(r"(?i)^(?:ENV|ARG)[^\n]*(?:password|secret|_kek|_key)\s*=", built, re.MULTILINE)
