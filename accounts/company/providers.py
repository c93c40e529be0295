"""Which businesses sign in with a provider of their own, as the operator has set it (OIDC_PROVIDERS)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.conf import settings


@dataclass(frozen=True)
class Provider:
    """One business's provider. `second_factor`: values of `amr` or `acr` by which a second factor is shown there."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str
    account_id: UUID
    domains: frozenset[str]
    second_factor: frozenset[str]

    def __repr__(self) -> str:
        return f"<Provider {self.name}>"  # never its secret

    @property
    def place(self) -> str:
        """What people are known under: this issuer for this account. Another issuer begins anew."""
        return _hash(str(self.account_id), self.issuer)

    def subject(self, sub: str) -> str:
        return _hash(self.place, sub)


def every() -> list[Provider]:
    return [
        Provider(
            name=item["name"],
            label=item["label"],
            issuer=item["issuer"],
            client_id=item["client_id"],
            client_secret=item["client_secret"],
            account_id=UUID(item["account"]),
            domains=frozenset(item["domains"]),
            second_factor=frozenset(item.get("second_factor", [])),
        )
        for item in settings.OIDC_PROVIDERS
    ]


def of_name(name: str) -> Provider | None:
    return next((provider for provider in every() if provider.name == name), None)


def of_email(email: str) -> Provider | None:
    """Return the provider that vouches for an address's domain; that is all an address tells."""
    return next((provider for provider in every() if domain_of(email) in provider.domains), None)


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].strip().lower()


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
