"""The exposure report: whose objects were returned to whom, by the access log, as findings of each account.

A report is kept as it was made, version by version, with the SHA-256 of its content: one line of JSON for each account,
keys sorted, accounts in the order of their ids.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import StringIO
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max

from security import exposure as report
from security.incidents import reach as reaches
from security.incidents import timeline
from security.incidents.models import ALIAS, ExposedAccount, Exposure, Findings, Incident, IncidentEvent
from security.incidents.reach import Reach

BATCH = 1_000  # accounts


@dataclass(frozen=True)
class Finding:
    """Objects of one kind that one kind of actor was given, with the same kinds of fields.

    `by` is "user", "key", "operator", "case" or "system"; `times` is how many acts; `first` and `last` are ISO 8601.
    """

    kind: str
    by: str
    fields: list[str]
    first: str
    last: str
    times: int
    ids: list[str]


@dataclass
class Counts:
    """How much a report holds."""

    accounts: int = 0
    acts: int = 0
    objects: Counter[str] = field(default_factory=Counter)

    def add(self, findings: Findings) -> None:
        self.accounts += 1
        self.acts += sum(finding["times"] for finding in findings)
        for kind, ids in ids_by_kind(findings).items():
            self.objects[kind] += len(ids)


OPEN = datetime(9000, 1, 1, tzinfo=UTC)  # the end of what still goes on


def question_of(reach: Reach) -> report.Question:
    """Return what a reach asks of the access log, the keys of its people among the actors. Raises ReachesEverything."""
    reach.check()
    without = tuple(map(str, reach.without))
    asked = report.Question(
        reach.since, reach.until or OPEN, reach.actors, reach.sources, reach.endpoints, without=without
    )
    return report.with_keys(asked)


def look(reach: Reach) -> Iterator[tuple[UUID, Findings]]:
    """Yield each account within reach with its findings, by account. Runs in a transaction of the security role.

    Which acts count, and that a person's keys count as theirs, is said by `security.exposure`. Raises
    ReachesEverything.
    """
    condition, values = question_of(reach).condition()
    sql = f"""
        WITH acts AS MATERIALIZED (
            SELECT e.id, e.account_id, e.kind, split_part(e.actor, ':', 1) AS who, e.fields, e.at, e.ids
            FROM security_accessentry e WHERE {condition}
        )
        SELECT acts.account_id, acts.kind, acts.who, acts.fields, min(acts.at), max(acts.at), count(DISTINCT acts.id),
            array_agg(DISTINCT named.id ORDER BY named.id)
        FROM acts CROSS JOIN LATERAL jsonb_array_elements_text(acts.ids) AS named (id)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """  # noqa: S608  (the condition is made of our own words)
    with connections[ALIAS].chunked_cursor() as cursor:
        cursor.execute(sql, values)
        for account_id, rows in groupby(_fetched(cursor), key=_account_of):
            yield account_id, [asdict(_finding(row)) for row in rows]


def make(*, incident: Incident, by: UUID | None, now: datetime) -> Exposure:
    """Make the report anew, for what the incident reaches now, and keep it beside the earlier ones."""
    reach, counts, digest = reaches.of_data(incident.reach), Counts(), hashlib.sha256()
    with transaction.atomic(using=ALIAS):
        Incident.objects.using(ALIAS).select_for_update().get(pk=incident.pk)
        found = Exposure.objects.using(ALIAS).filter(incident_id=incident.pk).aggregate(last=Max("version"))
        made = Exposure(incident_id=incident.pk, version=(found["last"] or 0) + 1, made_at=now, made_by=by)
        kept: list[ExposedAccount] = []
        for account_id, findings in look(reach):
            counts.add(findings)
            digest.update(line_of(account_id, findings))
            kept.append(ExposedAccount(exposure_id=made.pk, account_id=account_id, findings=findings))
            if len(kept) == BATCH:
                ExposedAccount.objects.using(ALIAS).bulk_create(kept)
                kept.clear()
        ExposedAccount.objects.using(ALIAS).bulk_create(kept)
        made.reach, made.digest = reach.as_data(), digest.hexdigest()
        made.counts = {"accounts": counts.accounts, "acts": counts.acts, "objects": dict(counts.objects)}
        made.save(using=ALIAS, force_insert=True)
        data = {"version": made.version, "digest": made.digest, **made.counts}
        timeline.add(incident, IncidentEvent.Kind.EXPOSED, by=by, now=now, data=data)
    return made


def digest_of(exposure: Exposure) -> str:
    """Return the digest of what is kept of a report now; it is the report's own unless somebody changed it."""
    digest = hashlib.sha256()
    for row in rows_of(exposure):
        digest.update(line_of(row.account_id, row.findings))
    return digest.hexdigest()


def rows_of(exposure: Exposure) -> Iterator[ExposedAccount]:
    rows = ExposedAccount.objects.using(ALIAS).filter(exposure_id=exposure.pk).order_by("account_id")
    return rows.iterator(chunk_size=BATCH)


def fields_in(exposure: Exposure) -> list[str]:
    """Return every kind of field that stands in a report, each once."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_array_elements_text(finding -> 'fields') FROM security_exposedaccount"
            " CROSS JOIN LATERAL jsonb_array_elements(findings) AS finding WHERE exposure_id = %s ORDER BY 1",
            [exposure.pk],
        )
        return [row[0] for row in cursor.fetchall()]


HEAD = ("account", "kind", "id", "by", "fields", "first_utc", "last_utc", "times")


def as_csv(exposure: Exposure) -> str:
    """Return a report for spreadsheets: a line for each object of each finding, whose days and acts stand with it."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for row in rows_of(exposure):
        for found in row.findings:
            about = [found["by"], " ".join(found["fields"]), found["first"], found["last"], found["times"]]
            for object_id in found["ids"]:
                cells = [str(row.account_id), found["kind"], object_id, *about]
                writer.writerow([report.safe(cell) for cell in cells])
    return out.getvalue()


def latest(incident: Incident) -> Exposure | None:
    return Exposure.objects.using(ALIAS).filter(incident_id=incident.pk).order_by("-version").first()


def line_of(account_id: UUID, findings: Findings) -> bytes:
    line = {"account": str(account_id), "findings": findings}
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def ids_by_kind(findings: Findings) -> dict[str, set[str]]:
    """Return the objects that were read, each once, by kind."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        found.setdefault(finding["kind"], set()).update(finding["ids"])
    return found


def _account_of(row: tuple[Any, ...]) -> UUID:
    account_id: UUID = row[0]
    return account_id


def _finding(row: tuple[Any, ...]) -> Finding:
    _account, kind, who, fields, first, last, times, ids = row
    fields = json.loads(fields) if isinstance(fields, str) else fields
    return Finding(kind, who, fields, first.isoformat(), last.isoformat(), times, ids)


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(BATCH):
        yield from rows
