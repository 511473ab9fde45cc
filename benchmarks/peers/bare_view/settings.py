"""Nothing but a database: the same database, the same driver, the same pool as the bank's own settings."""

from environs import Env

from bank.settings import DATABASES as BANK_DATABASES

SECRET_KEY = Env().str("SECRET_KEY")
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.peers.bare_view.urls"
DATABASES = {"default": BANK_DATABASES["default"]}
USE_TZ = True
