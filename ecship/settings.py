"""All settings of ECShip, read from the environment, with defaults that are safe on a laptop.

In production the secrets have no default: without them it does not start. What else production must have is said by the
system checks in `security.checks`; docs/operations.md lists every variable.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ecship import companies, console
from ecship.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
RUN_DIR = Path(env.text("RUN_DIR") or BASE_DIR / ".run")

# Core --------------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
PRODUCTION = env.flag("PRODUCTION", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG shows what is inside to everybody: production does not start with it.")
SECRET_KEY = env.secret(
    "SECRET_KEY", local="local-only-secret-key-which-production-refuses-to-start-with", production=PRODUCTION
)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SITE_ADDRESS = env.text("SITE_ADDRESS", "http://127.0.0.1:8000")
CONTACT_EMAIL = env.email("CONTACT_EMAIL")
SOURCE_URL = env.web_address("SOURCE_URL")
# Whether this process serves staff, and no customer; what it then sets otherwise stands at the end.
CONSOLE = env.flag("CONSOLE", default=False)
CONSOLE_ADDRESS = env.text("CONSOLE_ADDRESS", "http://127.0.0.1:9000")
CONSOLE_URLCONF = "ecship.console_urls"
SITE_URLCONF = ROOT_URLCONF = "ecship.urls"  # the console has another root; what it mails leads to the site
WSGI_APPLICATION = "ecship.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "security",
    "accounts",
    "addressbook",
    "shipments",
    "labels",
    "tracking",
    "ecship",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "security.middleware.EdgeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "security.middleware.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "security.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.devices.DeviceMiddleware",
    "security.detection.middleware.SignalMiddleware",
    "ecship.soap.middleware.EnvelopeMiddleware",
    "accounts.middleware.ScopeMiddleware",
    "security.detection.middleware.LadderMiddleware",
    "security.limits.LimitsMiddleware",
    "security.idempotency.IdempotencyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "ecship.middleware.MethodPageMiddleware",
]

# Database: three roles, and a second connection of the runtime role for what must outlive a rollback -----------------
_runtime = env.database_or_local("DATABASE_URL", "ecship_app")
DATABASES = {"default": _runtime, "trail": {**_runtime}}
if _owner := env.database("DATABASE_OWNER_URL"):
    DATABASES["owner"] = _owner
if _security := env.database("DATABASE_SECURITY_URL"):
    DATABASES["security"] = _security
for _database in DATABASES.values():
    _database["CONN_MAX_AGE"] = env.number("DATABASE_CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True

# A pooler that gives each transaction another server process: the signed context then asks each time whose it is.
DATABASE_POOLER = env.flag("DATABASE_POOLER", default=False)
if not DATABASE_POOLER:
    # What a connection asks for the sixth time is parsed, put under row-level security and planned once and for all.
    for _database in DATABASES.values():
        _database["OPTIONS"]["prepare_threshold"] = 5

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "security.caching.Cache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "security.caching.key",
    }
}

# Walls (SECURITY: the keys are 32 random bytes in base64) ----------------------------------------------------
ECSHIP_CONTEXT_KEY = env.secret(
    "ECSHIP_CONTEXT_KEY", local="bG9jYWwtb25seS1jb250ZXh0LWtleS0zMi1ieXRlcyE=", production=PRODUCTION
)
ECSHIP_KEK_FILE = env.text("ECSHIP_KEK_FILE")
ECSHIP_KEK = env.secret(
    "ECSHIP_KEK",
    local="bG9jYWwtb25seS1rZXktZW5jcnlwdGluZy1rZXktMzI=",
    production=PRODUCTION and not ECSHIP_KEK_FILE,
)
ECSHIP_OLD_KEKS = env.words("ECSHIP_OLD_KEKS")  # keys before it, which open what nobody has wrapped anew yet
# The trail's heads are signed by the security worker; nobody else needs the key.
ECSHIP_SEAL_KEY_FILE = env.text("ECSHIP_SEAL_KEY_FILE")
ECSHIP_SEAL_KEY = env.secret(
    "ECSHIP_SEAL_KEY",
    local="bG9jYWwtb25seS1zZWFsLWtleS1vZi0zMi1ieXRlcyE=",
    production=PRODUCTION and not ECSHIP_SEAL_KEY_FILE and "security" in DATABASES and not CONSOLE,
)
ECSHIP_SEAL_OLD_KEYS = env.words("ECSHIP_SEAL_OLD_KEYS")  # public halves of earlier keys
TRAIL_FOLDER = Path(env.text("TRAIL_FOLDER") or RUN_DIR / "trail")
TRAIL_ROWS = env.flag("TRAIL_ROWS", default=False)
TRAIL_ACCESS_MONTHS = env.number("TRAIL_ACCESS_MONTHS", 25, least=4)
TRAIL_EVENT_MONTHS = env.number("TRAIL_EVENT_MONTHS", 25, least=4)
SECURITY_WALLS_OFF: frozenset[str] = frozenset()  # only tests take walls away; see security.walls
SECURITY_CONTEXT_SECONDS = 600

# Domains of the operator's that take no mail, for the people of decoy accounts (security.detection.decoys).
DECOY_MAIL_DOMAINS = env.words("DECOY_MAIL_DOMAINS", "" if PRODUCTION else "example.com,example.net")

# Signing in --------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.EmailBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["accounts.hashers.SealedArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "accounts.passwords.ContextValidator"},
    {"NAME": "accounts.passwords.CommonValidator"},
]
WEBHOOK_PORTS = env.ports("WEBHOOK_PORTS", "443")
WEBHOOK_LOOPBACK = env.flag("WEBHOOK_LOOPBACK", default=False)  # for tests and laptops: http, and this very machine
PASSWORD_CHECKS_AT_ONCE = env.number("PASSWORD_CHECKS_AT_ONCE", 2, least=1)  # on one machine: accounts.slots
PASSWORD_SLOTS_DIR = RUN_DIR / "password-slots"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
SESSION_ENGINE = "accounts.sessions"
# A browser takes such a cookie from this very host alone, over HTTPS, for all of it (RFC 6265bis, 4.1.3.2).
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())  # since the sign-in: accounts.sessions
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # scripts of ours take the token from the form
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.middleware.csrf_failure"
SESSION_IDLE_SECONDS = int(timedelta(minutes=30).total_seconds())
STAFF_SESSION_SECONDS = int(timedelta(hours=8).total_seconds())
STAFF_SESSION_IDLE_SECONDS = int(timedelta(minutes=15).total_seconds())
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.entrance.SignupForm",
    "add_email": "accounts.entrance.AddEmailForm",
    "reset_password": "accounts.entrance.ResetPasswordForm",
    "change_password": "accounts.entrance.ChangePasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# That there are passwords at all; the first one is chosen behind the mailed link (accounts.sign_ups).
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 30
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds: accounts.step_up
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
# Above the lockout's five (accounts.lockout), which comes first; the count by address is allauth's own.
# Mails are counted by us (accounts.mail_limits), and whoever reaches a limit is told.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,10/300s/key", "confirm_email": None}
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.factor_forms.AuthenticateForm",
    "reauthenticate": "accounts.factor_forms.ReauthenticateForm",
    "authenticate_webauthn": "accounts.factor_forms.NotedPasskey",
    "login_webauthn": "accounts.factor_forms.PasskeySignInForm",
    "reauthenticate_webauthn": "accounts.factor_forms.PasskeyAgainForm",
    "activate_totp": "accounts.factor_forms.ActivateForm",
    "add_webauthn": "accounts.factor_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.factor_forms.EditPasskeyForm",
}
# allauth lets nobody with an unconfirmed address add a second factor, lest a stranger who signs up with another's
# address shuts its holder out. Here nobody signs in before an address of theirs is confirmed, and one that waits is
# nobody's.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True  # the device must have verified its holder: two factors in one
MFA_RECOVERY_CODES_SHOW_ONCE = True
ACCOUNT_DELETION_DAYS = env.number("ACCOUNT_DELETION_DAYS", 14, least=3)  # before an account is erased
FACTOR_RECOVERY_HOURS = env.number("FACTOR_RECOVERY_HOURS", 72, least=1)  # before a lost factor goes
MFA_TOTP_ISSUER = "ECShip"
MFA_TOTP_TOLERANCE = 1  # one step of 30 seconds to either side; no code works twice (accounts.factor_forms)

TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES or None
AXES_HANDLER = "accounts.lockout.Handler"
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.client_address"
AXES_USERNAME_CALLABLE = "accounts.lockout.typed_email"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_FAILURE_LIMIT = 5
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Businesses whose people sign in with a provider of their own (ecship.companies says how it is written).
OIDC_PROVIDERS = companies.read(env.text("OIDC_PROVIDERS"), env.text("OIDC_PROVIDERS_FILE"), production=PRODUCTION)

# Pages -------------------------------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "accounts.templatetags.form_tokens",
                "security.templatetags.names",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.active",
                "security.console.context.console",
            ],
        },
    }
]
COTTON_DIR = "components"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
MESSAGE_STORAGE = "security.messages.Storage"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "ecship.formats"
TIME_ZONE = "Asia/Hong_Kong"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = (env.text("STATIC_ROOT") or RUN_DIR / "static") if PRODUCTION else None
STATICFILES_DIRS = [path for path in (BASE_DIR / "static" / "build", BASE_DIR / "static" / "img") if path.exists()]
WHITENOISE_USE_FINDERS, WHITENOISE_ALLOW_ALL_ORIGINS = not PRODUCTION, False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env.text("MEDIA_ROOT") or RUN_DIR / "files")
COMMON_PASSWORDS_FILE = Path(env.text("COMMON_PASSWORDS_FILE") or MEDIA_ROOT / "common-passwords.bloom")

# Headers -----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# Where a file is uploaded (security.bodies): the file, and the form around it. It stays in memory: a temporary file
# would lie unsealed on the disk.
UPLOAD_MOST = 14_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MOST
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Mail, jobs, API ---------------------------------------------------------------------------------------------
EMAIL_BACKEND = "security.mail.CheckedBackend"
EMAIL_DELIVERY_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = env.text("EMAIL_FILE_PATH") or str(RUN_DIR / "mail")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "ECShip <noreply@localhost>")

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "interactive"
# What asks across accounts runs on the worker which alone has the security role's credential.
CELERY_TASK_ROUTES = {
    "accounts.deliver_mail": {"queue": "notices"},
    "accounts.deliver_waiting_mail": {"queue": "notices"},
    "accounts.end_leftovers": {"queue": "bulk"},
    "accounts.tell_of_recoveries": {"queue": "notices"},
    "accounts.close_account": {"queue": "security"},
    "accounts.close_accounts": {"queue": "security"},
    "accounts.tend_copies": {"queue": "security"},
    "accounts.tend_copies_here": {"queue": "bulk"},
    "accounts.work_copy": {"queue": "bulk"},
    "addressbook.tend_exports_here": {"queue": "bulk"},
    "addressbook.tend_files": {"queue": "security"},
    "addressbook.tend_imports_here": {"queue": "bulk"},
    "addressbook.work_export": {"queue": "bulk"},
    "addressbook.work_import": {"queue": "bulk"},
    "security.ask_queues": {"queue": "security"},
    "security.keep_trail": {"queue": "security"},
    "security.judge": {"queue": "security"},
    "security.tell_holders": {"queue": "security"},
    "security.seal_trail": {"queue": "security"},
    "security.watch_decoys": {"queue": "security"},
    "security.keep_decoys": {"queue": "security"},
    "security.forget_old_findings": {"queue": "security"},
    "shipments.expire": {"queue": "security"},
    "shipments.expire_account": {"queue": "bulk"},
    "shipments.tend_batches": {"queue": "security"},
    "shipments.tend_batches_here": {"queue": "bulk"},
    "shipments.work_batch": {"queue": "bulk"},
    "tracking.advance_holder": {"queue": "security"},
    "tracking.advance_holders": {"queue": "security"},
    "tracking.advance_waiting": {"queue": "security"},
    "tracking.forget_deliveries": {"queue": "security"},
    "tracking.forget_deliveries_here": {"queue": "bulk"},
    # Receivers may be slow: they have a worker of their own, so that nobody else waits for them.
    "tracking.send_webhook": {"queue": "webhooks"},
    "tracking.send_webhooks": {"queue": "security"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BEAT_SCHEDULE = {
    "accounts.tell_of_recoveries": {"task": "accounts.tell_of_recoveries", "schedule": timedelta(minutes=10)},
    "accounts.deliver_waiting_mail": {"task": "accounts.deliver_waiting_mail", "schedule": timedelta(minutes=1)},
    "accounts.end_leftovers": {"task": "accounts.end_leftovers", "schedule": timedelta(hours=6)},
    "accounts.close_accounts": {"task": "accounts.close_accounts", "schedule": timedelta(hours=1)},
    "accounts.tend_copies": {"task": "accounts.tend_copies", "schedule": timedelta(minutes=1)},
    "addressbook.tend_files": {"task": "addressbook.tend_files", "schedule": timedelta(minutes=1)},
    "shipments.tend_batches": {"task": "shipments.tend_batches", "schedule": timedelta(minutes=1)},
    "security.ask_queues": {"task": "security.ask_queues", "schedule": timedelta(minutes=1)},
    "security.keep_trail": {"task": "security.keep_trail", "schedule": timedelta(hours=1)},
    "security.tell_holders": {"task": "security.tell_holders", "schedule": timedelta(minutes=1)},
    "accounts.expire_sign_ups": {"task": "accounts.expire_sign_ups", "schedule": timedelta(hours=6)},
    # One that could not begin within five seconds is dropped: the next one does its work.
    "security.seal_trail": {
        "task": "security.seal_trail",
        "schedule": timedelta(seconds=1),
        "options": {"expires": 5},
    },
    "security.watch_decoys": {
        "task": "security.watch_decoys",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "security.keep_decoys": {"task": "security.keep_decoys", "schedule": timedelta(hours=1)},
    "security.forget_old_findings": {"task": "security.forget_old_findings", "schedule": timedelta(hours=6)},
    "shipments.expire": {"task": "shipments.expire", "schedule": timedelta(hours=6)},
    "tracking.advance_waiting": {"task": "tracking.advance_waiting", "schedule": timedelta(minutes=1)},
    "tracking.forget_deliveries": {"task": "tracking.forget_deliveries", "schedule": timedelta(hours=1)},
    "tracking.send_webhooks": {
        "task": "tracking.send_webhooks",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(RUN_DIR / "celerybeat-schedule")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.ScopeAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["security.shapes.KnownQuery"],  # who may is asked by the mark, before
    "DEFAULT_RENDERER_CLASSES": ["security.wire.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["security.wire.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "security.wire.Negotiation",
    "DEFAULT_METADATA_CLASS": "security.wire.NoMetadata",
    "EXCEPTION_HANDLER": "security.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is an item's format
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "ecship.api.schema.OperationSchema",
}
RATE_LIMIT_FACTOR = env.number("RATE_LIMIT_FACTOR", 1, least=1)  # what every limit is multiplied by (security.limits)
IDEMPOTENCY_SECONDS = int(timedelta(hours=24).total_seconds())  # how long an answer is given again
IDEMPOTENCY_LEASE_SECONDS = env.number("IDEMPOTENCY_LEASE_SECONDS", 30)  # longer than any request of the API may take
SPECTACULAR_SETTINGS = {
    "TITLE": "ECShip",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Address books, postage, booking, labels, tracking, for programs. Not a service of Hongkong Post.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ContactColumn": "addressbook.import_api.COLUMN_CHOICES",
        "ExportState": "addressbook.exports.models.State",
        "ImportState": "addressbook.imports.models.State",
        "WebhookState": "tracking.webhooks.models.WebhookState",
        "DeliveryState": "tracking.webhooks.models.DeliveryState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ecship.api.schema.add_house",
    ],
}

# Incidents: hours since we knew, by which somebody is to be told, and how notices are sent --------------------------
INCIDENT_REGULATOR_HOURS = env.number("INCIDENT_REGULATOR_HOURS", 72, least=1)
INCIDENT_HOLDER_HOURS = env.number("INCIDENT_HOLDER_HOURS", 72, least=1)
EVIDENCE_DAYS = env.number("EVIDENCE_DAYS", 14, least=1)  # an evidence bundle can be fetched for so long
CELERY_TASK_ROUTES |= {
    "security.make_evidence": {"queue": "security"},
    "security.continue_evidence": {"queue": "security"},
    "security.continue_notices": {"queue": "security"},
    "security.queue_notices": {"queue": "security"},
    "security.send_notices": {"queue": "notices"},
}
CELERY_BEAT_SCHEDULE["security.continue_notices"] = {
    "task": "security.continue_notices",
    "schedule": timedelta(minutes=1),
}
CELERY_BEAT_SCHEDULE["security.continue_evidence"] = {
    "task": "security.continue_evidence",
    "schedule": timedelta(minutes=1),
}

# Postal rules ------------------------------------------------------------------------------------------------
DRAFT_DAYS = 90
LABEL_VALID_DAYS = 90
PERSONAL_DATA_DAYS = 183

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "security.logs.RequestIdFilter"}},
    "formatters": {"json": {"()": "security.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "security.trail": {"level": "INFO" if PRODUCTION else "WARNING"},  # a line a second is too much on a laptop
        "fido2": {"level": "WARNING"},  # it would name passkeys
        "urllib3": {"level": "ERROR"},  # it would write where a webhook goes
        "django.server": {"level": "WARNING", "handlers": ["console"], "propagate": False},
    },
}
TEST_RUNNER = "django.test.runner.DiscoverRunner"

if CONSOLE:
    globals().update(console.settings(prefix=COOKIE_PREFIX, longest=STAFF_SESSION_SECONDS))
