"""Importing 10,000 rows: reading and checking, carrying out, finding all as duplicates, undoing; as CSV and as XLSX.

In this process, which does the worker's part as well, on a database with BENCH_ACCOUNTS (1,000 unless said) accounts.
"""

from __future__ import annotations

import json
import os
import resource
import time
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import report
from bench.inside import Caller, use
from bench.stage import site

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS") or 1_000)
ROWS = int(os.environ.get("BENCH_ROWS") or 10_000)
OUTPUT = Path(__file__).parent / "results" / "import.json"
HEADINGS = ["Name", "Company", "Address line 1", "Address line 2", "District", "Country", "E-mail", "Telephone", "Tags"]


def main() -> None:
    here = site(ACCOUNTS)
    use(here.runtime())
    caller = Caller(here.manage("create_api_key", "--email=owner-1@seed-1.example", "--scopes=all").splitlines()[-1])
    found = {name: _measured(caller, name, made()) for name, made in {"CSV": _csv, "XLSX": _xlsx}.items()}
    found["memory"] = {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")
    report.write_section("import", _table(found))


def _rows() -> list[list[str]]:
    return [HEADINGS] + [
        [
            f"Chan Tai Man {n}", f"Sample Trading {n} Ltd", f"Flat {n}, {n % 40}/F, Sample House", f"{n} Nathan Road",
            "Yau Tsim Mong", "Hong Kong", f"person{n}@example.com", f"9{1_230_000 + n}", "Customer; 茶",
        ]
        for n in range(ROWS)
    ]  # fmt: skip


def _csv() -> bytes:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in _rows()).encode()


def _xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in _rows():
        sheet.append(row)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _measured(caller: Caller, name: str, data: bytes) -> dict[str, float]:
    book = caller.ask("POST", "/api/v1/address-books/", {"name": f"Bench {name} {time.time_ns()}"})["id"]
    upload = {"file": b64encode(data).decode(), "file_name": f"bench.{name.lower()}"}
    found: dict[str, float] = {}

    def step(what: str, path: str, body: Any) -> Any:
        began = time.perf_counter()
        made = caller.ask("POST", path, body)
        _work(made["id"])
        found[what] = round(time.perf_counter() - began, 2)
        print(f"{name:<5} {what:<28} {found[what]:7.2f} s", flush=True)
        return caller.ask("GET", f"/api/v1/imports/{made['id']}/")

    run = step("read and check", f"/api/v1/address-books/{book}/imports/", upload)
    assert run["valid"] == ROWS, run["errors"][:2]
    at = f"/api/v1/imports/{run['id']}/"
    assert step("carry out", f"{at}commit/", {"duplicates": "skip"})["added"] == ROWS
    again = step("read and find all duplicates", f"/api/v1/address-books/{book}/imports/", upload)
    assert again["duplicates"] == ROWS
    assert step("undo", f"{at}undo/", None)["undone"] == ROWS
    return found


def _work(import_id: str) -> None:
    from django.utils import timezone

    from addressbook.imports import working

    working.work(UUID(import_id), account_id=_account(), clock=timezone.now)


def _account() -> UUID:
    from accounts.models import Member
    from security import scope

    with scope.identity():
        members = Member.objects.filter(user__email="owner-1@seed-1.example")
        account_id: UUID = members.values_list("account_id", flat=True)[0]
    return account_id


def _table(found: dict[str, Any]) -> list[str]:
    lines = [f"| {ROWS:,} rows, seconds | CSV | XLSX |", "|---|---|---|"]
    lines += [f"| {what} | {found['CSV'][what]} | {found['XLSX'][what]} |" for what in found["CSV"]]
    return [*lines, "", f"The process had {found['memory']['mib']:.0f} MiB at most."]


if __name__ == "__main__":
    main()
