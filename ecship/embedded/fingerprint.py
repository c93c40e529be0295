"""Doing slow work only when what it depends on has changed."""

import hashlib
from collections.abc import Iterable

from ecship.embedded.places import PROJECT


def fingerprint(patterns: Iterable[str], *, also: str = "") -> str:
    """Return a digest of the names and contents of all files of the project that match, and of one more word."""
    digest = hashlib.sha256(also.encode())
    for path in sorted({path for pattern in patterns for path in PROJECT.glob(pattern) if path.is_file()}):
        digest.update(f"\0{path.relative_to(PROJECT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
