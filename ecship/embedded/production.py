"""Runs a command with settings as production has them, so that `check --deploy` looks at the right thing."""

import base64
import os
import secrets
import sys


def environment() -> dict[str, str]:
    """Return what an operator would set, with throw-away keys."""
    return {
        "PRODUCTION": "true",
        "DEBUG": "false",
        "ALLOWED_HOSTS": "ecship.example",
        "CSRF_TRUSTED_ORIGINS": "https://ecship.example",
        "SITE_ADDRESS": "https://ecship.example",
        "CONSOLE_ADDRESS": "https://staff.ecship.example",
        "SOURCE_URL": "https://ecship.example/source",
        "DECOY_MAIL_DOMAINS": "mailbox.example",
        "CONTACT_EMAIL": "post@ecship.example",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ECSHIP_CONTEXT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ECSHIP_KEK": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TRUSTED_PROXIES": "1",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example",
        "DEFAULT_FROM_EMAIL": "ECShip <noreply@ecship.example>",
    }


if __name__ == "__main__":
    os.environ.pop("DATABASE_OWNER_URL", None)
    if os.environ.get("CONSOLE", "") != "true":
        os.environ.pop("DATABASE_SECURITY_URL", None)
    os.execvpe(sys.argv[1], sys.argv[1:], {**os.environ, **environment()})  # noqa: S606
