"""The first shipment in five commands, as the docs page shows them and a test runs them.

The shell knows `ECSHIP` (the API's address), `KEY` (an API key) and, from the third command on, `ID`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ecship.api.examples import PARCEL, QUESTION

AUTH = '-H "Authorization: Bearer $KEY"'
JSON = "-H 'Content-Type: application/json'"


@dataclass(frozen=True)
class Step:
    name: str
    words: str
    command: str


def _body(value: object) -> str:
    return "'" + json.dumps(value, ensure_ascii=False, indent=2) + "'"


STEPS = [
    Step("me", "See whose key it is and what it may do.", f'curl -sS "$ECSHIP/me/" {AUTH}'),
    Step(
        "quote",
        "Ask what it costs. This needs no key.",
        f'curl -sS "$ECSHIP/quotes/" {JSON} -d {_body(QUESTION)}',
    ),
    Step(
        "book",
        "Book it. Sent twice, the same Idempotency-Key books once. Note the id in the answer: export ID=…",
        f'curl -sS "$ECSHIP/shipments/" {AUTH} {JSON} -H "Idempotency-Key: order-10234" -d {_body(PARCEL)}',
    ),
    Step("label", "Fetch the label.", f'curl -sS "$ECSHIP/shipments/$ID/label/?output=pdf" {AUTH} -o label.pdf'),
    Step("read", "See how it stands.", f'curl -sS "$ECSHIP/shipments/$ID/" {AUTH}'),
]
