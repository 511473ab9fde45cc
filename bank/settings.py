"""Settings, from the environment, safe by default: what is not said is what production wants.

`BANK_ENVIRONMENT` is production (the default), sandbox (demo data, `make run`) or test.
"""

from pathlib import Path

from environs import Env

from bank.crypto.key_ring import read_master_keys

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = env.str("BANK_ENVIRONMENT", "production")
SANDBOX = ENVIRONMENT in {"sandbox", "test"}
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
PUBLIC_ORIGIN = env.str("PUBLIC_ORIGIN")  # https://host[:port], also the OAuth issuer
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
BUILD = env.str("BUILD", "source")
MASTER_KEYS = read_master_keys(env.str("MASTER_KEYS", ""), env.str("MASTER_KEYS_FILE", ""))

INSTALLED_APPS = [
    "bank.database",
    "bank.access",
    "bank.idempotency",
    "bank.site",
    "audit",
    "oauth",
    "accounts",
    "payments",
    "bank.site.admin_site.BankAdminConfig",
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

# The order is the way in: what is cheap and refuses most stands outermost.
MIDDLEWARE = [
    "bank.middleware.request_context.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "bank.urls"
WSGI_APPLICATION = "bank.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data. Three logins, three sets of rights (bank/database/rights.py).
DATABASES = {
    "default": env.dj_db_url("DATABASE_URL"),
    "sealer": env.dj_db_url("SEALER_DATABASE_URL", env.str("DATABASE_URL")),
    "reader": env.dj_db_url("READER_DATABASE_URL", env.str("DATABASE_URL")),
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": env.str("CACHE_URL"),
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"

# --- Later
CELERY_BROKER_URL = env.str("BROKER_URL")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"

# --- Signing in
AUTH_USER_MODEL = "oauth.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/account/"

# --- OAuth: the five models of DOT, swapped from the first migration
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth.IDToken"

# --- The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauth.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["bank.access.gate.NamedPermission"],
    "DEFAULT_PARSER_CLASSES": ["bank.wire.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["bank.wire.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "bank.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
