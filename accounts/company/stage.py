"""The second factor after a company's provider: one's own is asked for, unless one that counts was shown there."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from accounts.company import sessions


class FactorStage(AuthenticateStage):  # type: ignore[misc]
    def _should_handle(self, request: HttpRequest) -> bool:
        proof = sessions.first_proof(request, self.login.user)
        if proof is not None and proof["method"] == sessions.METHOD and proof["has_factor"]:
            return False
        asked: bool = super()._should_handle(request)
        return asked
