"""Copies of an account as they stand, made without the worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts.copies.models import AccountCopy, CopyFile, CopyPiece, CopyState


def made_copy(word: str, now: datetime, *, by: UUID, state: str = CopyState.READY) -> AccountCopy:
    """Make a copy of the scope's account by somebody: its file is ready, or (`making`) it stopped, or it is over."""
    run = AccountCopy(by=by, state=state, created_at=now, due_at=now + timedelta(days=1), section="account", done=1)
    if state == CopyState.MAKING:
        run.failure = "stopped"
    else:
        run.finished_at, run.size = now, 1_000
    run.save(force_insert=True)
    piece = CopyPiece(run=run, number=0, section="account")
    piece.text = word
    piece.save(force_insert=True)
    if state == CopyState.READY:
        CopyFile.keep(run, word.encode())
    return run
