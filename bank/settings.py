"""Settings, from the environment, safe by default: what is not said is what production wants.

`BANK_ENVIRONMENT` is production (the default), sandbox (demo data, `make run`) or test. What production
refuses to start with stands in bank/checks.py and oauth/checks.py.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env
from redis.backoff import NoBackoff
from redis.retry import Retry

from bank.crypto.providers import provider_of
from bank.observability import logs

django_stubs_ext.monkeypatch()  # Django's generic classes can be written as their stubs say
env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = env.str("BANK_ENVIRONMENT", "production")
if ENVIRONMENT not in {"production", "sandbox", "test"}:
    raise ImproperlyConfigured("BANK_ENVIRONMENT is production, sandbox or test")
PRODUCTION = ENVIRONMENT == "production"
SANDBOX = not PRODUCTION
GLASS_BOX = SANDBOX and env.bool("GLASS_BOX", True)  # bank/observability/glass_box.py
PROCESS = env.str("BANK_PROCESS", "command")  # web, worker, beat or command; bank/wsgi.py says web
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
MASTER_KEYS = env.str("MASTER_KEYS", "")  # where the master keys come from: bank/crypto/providers.py
MASTER_KEYS_FILE = env.str("MASTER_KEYS_FILE", "")
MASTER_KEYS_TOKEN = env.str("MASTER_KEYS_TOKEN", "")
provider_of(text=MASTER_KEYS, file=MASTER_KEYS_FILE, token=MASTER_KEYS_TOKEN).read()  # good, or no start
MASTER_KEY_DAYS = env.int("MASTER_KEY_DAYS", 365)  # NIST SP 800-57 part 1, 5.3.6: two years at most
PUBLIC_ORIGIN = env.str("PUBLIC_ORIGIN")  # https://host[:port], also the OAuth issuer
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
# Their networks, which production wants named (bank.E021); empty: whoever reaches the bank is taken for one.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
# Mutual TLS (RFC 8705): where client certificates are asked for, who issues them, which hops pass them on
MTLS_ORIGIN = env.str("MTLS_ORIGIN", "")
CLIENT_CERTIFICATE_AUTHORITIES = env.str("CLIENT_CERTIFICATE_AUTHORITIES", "")
CLIENT_CERTIFICATE_PROXIES: list[str] = env.list("CLIENT_CERTIFICATE_PROXIES", [])
CLIENT_CERTIFICATE_REVOCATIONS = env.str("CLIENT_CERTIFICATE_REVOCATIONS", "")
SOFTWARE_STATEMENT_ISSUERS_FILE = env.str("SOFTWARE_STATEMENT_ISSUERS_FILE", "")  # RFC 7591, 2.3
BUILD = env.str("BUILD", "source")

INSTALLED_APPS = [
    "bank.apps.BankConfig",
    "bank.database",
    "bank.access",
    "bank.idempotency",
    "bank.site.apps.SiteConfig",
    "audit",
    "approvals",
    "watch",
    "oauth",
    "accounts",
    "payments",
    "events",
    "privacy",
    *(["sandbox"] if SANDBOX else []),
    "bank.site.apps.BankAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
]

# The order is the way in: what is cheap and refuses most stands outermost. The `only_pages` ones let programs
# pass: no session, no cookie, no form is looked at there.
MIDDLEWARE = [
    "bank.middleware.content_policy.ContentPolicy",  # outermost: the pages of refusals carry the policy, too
    "bank.middleware.request_context.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "bank.middleware.only_pages.StaticFiles",
    "bank.middleware.only_pages.Language",
    "bank.middleware.only_pages.Sessions",
    "bank.middleware.only_pages.Common",
    "bank.middleware.only_pages.Csrf",
    "bank.middleware.only_pages.Authentication",
    "bank.middleware.only_pages.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bank.middleware.only_pages.Idle",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "bank.urls"
WSGI_APPLICATION = "bank.wsgi.application"
CSRF_FAILURE_VIEW = "bank.site.errors.form_not_ours"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bank.site.context.bank",
            ],
            "builtins": ["bank.site.dates"],
        },
    }
]

# --- Data. Three logins, three sets of rights (bank/database/rights.py).
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", 5_000 if PROCESS == "web" else 60_000)
LOCK_TIMEOUT_MS = env.int("LOCK_TIMEOUT_MS", 3_000 if PROCESS == "web" else 10_000)
IDLE_IN_TRANSACTION_MS = env.int("IDLE_IN_TRANSACTION_MS", 10_000 if PROCESS == "web" else 120_000)
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 8 if PROCESS == "web" else 0)


def _database(name: str, *, pooled: bool = False) -> dict[str, Any]:
    """One login: bounded waits, and commits that are durable when they are acknowledged."""
    told: dict[str, Any] = env.dj_db_url(name, env.str("DATABASE_URL"), conn_max_age=0 if pooled else 600)
    options = told.setdefault("OPTIONS", {})
    options["options"] = " ".join(
        f"-c {setting}={value}"
        for setting, value in {
            "statement_timeout": STATEMENT_TIMEOUT_MS,
            "lock_timeout": LOCK_TIMEOUT_MS,
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
            "synchronous_commit": "on",
            "plan_cache_mode": "force_generic_plan",
        }.items()
    )
    # The same few statements come again and again: PostgreSQL reads and plans each once for a connection.
    options |= {"server_side_binding": True, "prepare_threshold": 2}
    options["application_name"] = f"bank-{PROCESS}"
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 3}
    else:
        told["CONN_HEALTH_CHECKS"] = True
    return told


DATABASES = {
    "default": _database("DATABASE_URL", pooled=DATABASE_POOL_SIZE > 0),
    "sealer": _database("SEALER_DATABASE_URL"),
    "outbox": _database("SEALER_DATABASE_URL"),  # reads what waits while "sealer" writes
    "reader": _database("READER_DATABASE_URL"),
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": env.str("CACHE_URL"),
        # No retries: who waits for a cache that is down keeps a thread from everybody else.
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 1,
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        },
    },
    "limits": {"BACKEND": "bank.access.counters.Notebook"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
IDEMPOTENCY_KEPT_HOURS = env.int("IDEMPOTENCY_KEPT_HOURS", 72)

# --- Words, times, files
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"  # also what programs are answered in, whatever a browser speaks
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
# Production serves collected files with their digest in the name; elsewhere they come from the source.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = SANDBOX
WHITENOISE_AUTOREFRESH = False

# --- What comes in
MAX_BODY_BYTES = 64 * 1024
MAX_FORM_BYTES = 256 * 1024
# The one door that reads more: the file of a batch, ten thousand payments.
MAX_FILE_BYTES = 4 * 1024 * 1024
FILE_PATHS = r"/v1/payment-batches/bat_[0-9a-z]{26}/file"
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_FORM_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
RATELIMIT_USE_CACHE = "limits"
# Multiplies every rate of bank/access/rate_limits.py; production knows only 1 (bank/checks.py).
RATE_LIMIT_FACTOR = env.int("RATE_LIMIT_FACTOR", 1000 if ENVIRONMENT == "test" else 1)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- What goes out
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^(v1|oauth|\.well-known)/", r"^(livez|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Calls to addresses that others chose (bank/outbound). Loopback by name is for the sandbox alone.
OUTBOUND_LOOPBACK_HOSTS: list[str] = env.list("OUTBOUND_LOOPBACK_HOSTS", [])
OUTBOUND_REFUSED_NETWORKS: list[str] = env.list("OUTBOUND_REFUSED_NETWORKS", [])
OUTBOUND_CA_FILE = env.str("OUTBOUND_CA_FILE", "")

# --- The rail to other banks: where it answers, the bank's key for it, the rail's public keys (JWK Set)
RAIL_URL = env.str("RAIL_URL", "")  # empty: this bank is not connected to others
RAIL_SIGNING_KEY_FILE = env.str("RAIL_SIGNING_KEY_FILE", "")
RAIL_KEYS_FILE = env.str("RAIL_KEYS_FILE", "")
RAIL_CA_FILE = env.str("RAIL_CA_FILE", "")
RAIL_CONNECT_SECONDS = env.float("RAIL_CONNECT_SECONDS", 1.0)
RAIL_READ_SECONDS = env.float("RAIL_READ_SECONDS", 3.0)
# One call at a time leaves the other worker to everything else.
RAIL_CALLS_AT_ONCE = env.int("RAIL_CALLS_AT_ONCE", 1)

# --- Later. What must not be lost lies in PostgreSQL; tasks are hints and clocks.
CELERY_BROKER_URL = env.str("BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "max_retries": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Left to itself celery connects anew for each task, which costs more than most of them (bank/celery.py).
CELERY_DB_REUSE_MAX = 1000
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "seal the audit log": {"task": "audit.seal", "schedule": 1.0, "options": {"expires": 5}},
    "have the log witnessed": {"task": "audit.publish", "schedule": 1.0, "options": {"expires": 5}},
    "forget old answers": {
        "task": "bank.idempotency.forget_old_answers",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "expire holds": {"task": "accounts.expire_holds", "schedule": 60.0, "options": {"expires": 60}},
    "make statements": {"task": "accounts.make_statements", "schedule": 600.0, "options": {"expires": 300}},
    "index histories": {"task": "accounts.index_histories", "schedule": 10.0, "options": {"expires": 10}},
    "index all histories": {
        "task": "accounts.index_all_histories",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "run standing orders": {
        "task": "payments.run_standing_orders",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "look after the keys": {"task": "audit.watch_keys", "schedule": 86_400.0, "options": {"expires": 3600}},
    "tell and ask the rail": {"task": "payments.drive_rail", "schedule": 2.0, "options": {"expires": 2}},
    "compare books with the rail": {
        "task": "payments.reconcile_rail",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "tell apps what was sealed": {"task": "events.follow", "schedule": 1.0, "options": {"expires": 2}},
    "deliver webhooks": {"task": "events.deliver", "schedule": 1.0, "options": {"expires": 2}},
    "forget old events": {"task": "events.forget", "schedule": 3600.0, "options": {"expires": 600}},
    "expire approvals": {"task": "approvals.expire", "schedule": 300.0, "options": {"expires": 300}},
    "make exports": {"task": "privacy.make_exports", "schedule": 60.0, "options": {"expires": 60}},
    "keep the ledger of erasures": {
        "task": "privacy.keep_ledger",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "delete what was kept long enough": {
        "task": "privacy.end_retention",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "judge the log": {"task": "watch.judge", "schedule": 2.0, "options": {"expires": 2}},
    "measure the alarms": {"task": "watch.measure", "schedule": 10.0, "options": {"expires": 10}},
    "send notices": {"task": "watch.send_notices", "schedule": 5.0, "options": {"expires": 5}},
    "review the days": {"task": "watch.review", "schedule": 600.0, "options": {"expires": 300}},
    "review who may do what": {
        "task": "oauth.open_access_review",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "tell apps of logouts": {"task": "oauth.tell_apps", "schedule": 5.0, "options": {"expires": 5}},
    "tell people of new devices": {"task": "oauth.tell_owners", "schedule": 60.0, "options": {"expires": 60}},
    "write down what apps looked at": {
        "task": "oauth.keep_accesses",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "sweep the authorization server": {
        "task": "oauth.sweep",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
}

# --- Mail: of new devices. Production sends by SMTP; elsewhere each mail is a file.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if PRODUCTION else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = env.str("MAIL_DIRECTORY", str(BASE_DIR / "var" / "mail"))
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", PRODUCTION)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "Harbour Bank <no-reply@harbour.bank>")

# --- The audit log: its name, its key (sealer only), the last head it published, all outside the database
AUDIT_LOG_ORIGIN = env.str("AUDIT_LOG_ORIGIN", "harbour.bank/audit")
AUDIT_SIGNING_KEY_FILE = env.str("AUDIT_SIGNING_KEY_FILE", "")
AUDIT_POLICY_FILE = env.str("AUDIT_POLICY_FILE", "")  # whom to believe about the log (audit/trust.py)
AUDIT_PUBLISHED_NOTE = env.str("AUDIT_PUBLISHED_NOTE", str(BASE_DIR / "var" / "audit" / "published.note"))

# --- Who was erased, remembered outside the database and its backups (bank/privacy/erasures.py)
ERASURE_LEDGER = env.str("ERASURE_LEDGER", str(BASE_DIR / "var" / "privacy" / "erasures"))

# --- Noticing: who of staff is told of alerts, who when nobody looks, the key daily reviews are signed with
WATCH_MAIL_TO: list[str] = env.list("WATCH_MAIL_TO", [])
WATCH_ESCALATION_MAIL_TO: list[str] = env.list("WATCH_ESCALATION_MAIL_TO", [])
WATCH_WEBHOOK_URL = env.str("WATCH_WEBHOOK_URL", "")
WATCH_WEBHOOK_SECRET = env.str("WATCH_WEBHOOK_SECRET", "")  # whsec_…, as Standard Webhooks writes one
REVIEW_SIGNING_KEY_FILE = env.str("REVIEW_SIGNING_KEY_FILE", "")

# --- Signing in
SESSION_ACTOR = "oauth.actors.actor_for_session"  # who acts in a session, for rooms below oauth
AUTH_USER_MODEL = "oauth.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["username"]}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/account/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]
STAFF_IDLE_SECONDS = 15 * 60
CUSTOMER_IDLE_SECONDS = 30 * 60
IDLE_MIDDLEWARE = "bank.site.idle.IdleLimitMiddleware"

# django-axes: five failures for a name from an address, fifty for an address (oauth/pages/lockout.py)
AXES_HANDLER = "oauth.pages.lockout.LockoutHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "password", "csrfmiddlewaretoken"]
AXES_CLIENT_IP_CALLABLE = "oauth.pages.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "bank.site.errors.locked_out"
AXES_USERNAME_CALLABLE = "oauth.pages.lockout.name_of"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
# allauth: sign-in by name, password and second factor; no sign-up, no e-mail (oauth/pages/adapters.py)
ACCOUNT_ADAPTER = "oauth.pages.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on under a new key, all others end
# Counted at the bank's own doors (bank/access/rate_limits.py); allauth counts wrong codes only.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "reauthenticate": None,
    "change_password": "5/m/user",
    "login_failed": "5/5m/key",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "login": "oauth.pages.forms.LoginForm",
    "reauthenticate": "oauth.pages.forms.ConfirmPasswordForm",
    "change_password": "oauth.pages.forms.ChangePasswordForm",
}
MFA_ADAPTER = "oauth.pages.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # so that a passkey alone is two factors
MFA_RATE_LIMITS = {"webauthn_login": None}  # counted at the bank's own door
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "oauth.pages.forms.SecondFactorForm",
    "reauthenticate": "oauth.pages.forms.ConfirmCodeForm",
    "activate_totp": "oauth.pages.forms.ActivateCodesForm",
    "add_webauthn": "oauth.pages.passkey_forms.AddPasskeyForm",
    "edit_webauthn": "oauth.pages.passkey_forms.NamePasskeyForm",
    "login_webauthn": "oauth.pages.passkey_forms.LoginForm",
    "authenticate_webauthn": "oauth.pages.passkey_forms.SecondFactorForm",
    "reauthenticate_webauthn": "oauth.pages.passkey_forms.ConfirmForm",
}
EXPLORER_CLIENT_ID = env.str("EXPLORER_CLIENT_ID", "explorer" if SANDBOX else "")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")  # mailto: or https:; production wants one

# The bank's own app pays under a sign-in by two factors, at most this old (RFC 9470: oauth/step_up.py).
PAYMENT_SIGN_IN_SECONDS = env.int("PAYMENT_SIGN_IN_SECONDS", SESSION_COOKIE_AGE)

# --- OAuth: the five models of DOT, swapped from the first migration
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth.AccessToken"  # noqa: S105 - a name
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth.RefreshToken"  # noqa: S105 - a name
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth.IDToken"  # noqa: S105 - a name
# A file with a private JWK Set, or the set itself: `manage.py generate_oauth_keys --out FILE` makes one.
OAUTH_SIGNING_KEYS = env.str("OAUTH_SIGNING_KEYS", "")
# How long a server nonce for DPoP proofs is taken (RFC 9449, 8); 0 asks for none
DPOP_NONCE_SECONDS = env.int("DPOP_NONCE_SECONDS", 0)
# Most of DOT is not used (oauth/dot); what it still reads is set to what the bank does (oauth/checks.py).
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "ALLOW_URI_WILDCARDS": False,
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": PUBLIC_ORIGIN,
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": False,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "REQUEST_APPROVAL_PROMPT": "force",
    "SCOPES": {},
    "DEFAULT_SCOPES": [],
    "DCR_ENABLED": False,
    "CIMD_ENABLED": False,
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}

# --- The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "oauth.api.api_keys.ApiKeyAuthentication",
        "oauth.api.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["bank.access.gate.NamedPermission"],
    "DEFAULT_PARSER_CLASSES": ["bank.wire.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["bank.wire.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "bank.wire.negotiation.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "bank.openapi.BankSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "bank.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Harbour Bank API",
    "DESCRIPTION": "Accounts, balances, transactions and payments; consent decides what an app may do.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["bank.access.gate.NamedPermission"],
    "SERVE_AUTHENTICATION": [],
    "SERVERS": [{"url": PUBLIC_ORIGIN}],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AccountKindEnum": ["current", "savings"],
        "BatchModeEnum": "payments.models.PaymentBatch.Mode",
        "BatchStatusEnum": "payments.models.PaymentBatch.Status",
        "PaymentStatusEnum": "payments.models.Payment.Status",
        "AlertStatusEnum": ["OPEN", "ACKNOWLEDGED", "ESCALATED", "FALSE_ALARM"],
        "SeverityEnum": ["low", "medium", "high", "critical"],
        "EventTypeEnum": "events.kinds.NAMES",
        "WebhookEndpointStatusEnum": "events.models.WebhookEndpoint.Status",
        "WebhookDeliveryStatusEnum": "events.models.WebhookDelivery.Status",
    },
    "SORT_OPERATIONS": True,
    "PREPROCESSING_HOOKS": ["bank.openapi.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "bank.openapi.describe_the_wire",
    ],
}

# --- Seen
ACCESS_LOG = env.bool("ACCESS_LOG", True)
LOGGING = logs.config(env.str("LOG_LEVEL", "WARNING" if ENVIRONMENT == "test" else "INFO"))
SILENCED_SYSTEM_CHECKS = [
    "security.W003"
]  # the CSRF middleware is there, as only_pages.Csrf (bank.E016 looks)
