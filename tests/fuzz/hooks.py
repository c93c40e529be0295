"""What the fuzzer leaves out."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.specs.openapi.coverage._schema import UNKNOWN_PROPERTY_KEY


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Send no header field that nobody knows as a mistake: HTTP has it ignored (RFC 9110, 5.1)."""
    return UNKNOWN_PROPERTY_KEY not in {name.lower() for name in case.headers}
