"""The settings of the bridge, read once from the environment or a `.env` file (rule 16; docs/operators.md lists them).

Django reads this module. A wrong value stops the program with its name, what is wrong and a good value.
"""

from __future__ import annotations

import base64
import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ

from sonisbridge.core.errors import WrongSettingsError

NO_SECRET_KEY = "no page is served with this key"  # noqa: S105 (it is none)
"""Stands in where SONISBRIDGE_SECRET_KEY is not set; `serve` takes the key file in HOME instead."""
A_MAIL_SERVER = "smtp+tls://user:password@mail.example.edu:587"
A_DATABASE = "postgresql://user:password@host:5432/sonisbridge"


def _read_env_file() -> None:
    """Take what `.env` in the working directory says over; the environment wins."""
    file = Path(".env")
    if not file.is_file():
        return
    try:
        environ.Env.read_env(file, overwrite=False)
    except (OSError, UnicodeError) as error:
        raise WrongSettingsError(
            f"The file {str(file.absolute())!r} cannot be read as UTF-8 text: save it as UTF-8 with lines such as "
            "SONISBRIDGE_HOME=/var/lib/sonisbridge."
        ) from error


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text.strip() else default
    except ValueError:
        value = 0
    if not (value > 0 and math.isfinite(value)):
        raise WrongSettingsError(f"{name} is {text!r}: give a number above 0, for example {default:g}.")
    return value


def _yes(name: str) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text not in {"", "0", "1", "no", "yes", "off", "on", "false", "true"}:
        raise WrongSettingsError(f"{name} is {text!r}: give 1 or 0.")
    return text in {"1", "yes", "on", "true"}


def _keys(name: str) -> list[str]:
    """Fernet keys; their text is never shown, they are secrets."""
    keys = [key.strip() for key in os.environ.get(name, "").split(",") if key.strip()]
    for place, key in enumerate(keys, start=1):
        try:
            good = len(base64.urlsafe_b64decode(key.encode("ascii"))) == 32
        except ValueError:
            good = False
        if not good:
            raise WrongSettingsError(
                f"{name}: key {place} is not 32 bytes in URL-safe base64 (44 characters that end in =). A good one is "
                "what stands in an encryption.key file that sonisbridge made; several are parted by commas."
            )
    return keys


def _home(name: str) -> Path:
    text = os.environ.get(name, "").strip() or "var"
    if not text.isprintable():
        raise WrongSettingsError(f"{name} is no path: give a folder, for example /var/lib/sonisbridge.")
    return Path(text).expanduser().absolute()


def _database(name: str, home: Path) -> dict[str, Any]:
    """Where the bridge keeps its own state. Messages name the scheme at most: the rest may hold a password."""
    url = os.environ.get(name, "").strip()
    if not url:
        return _sqlite(home / "sonisbridge.sqlite3")
    try:
        parts = urlsplit(url)
        _ = parts.port
        found = dict(environ.Env.db_url_config(url)) if parts.scheme in {"postgres", "postgresql"} else {}
    except ValueError as error:
        raise WrongSettingsError(f"{name} is not a database address: give one such as {A_DATABASE}.") from error
    if parts.scheme == "sqlite" and parts.path.strip("/"):
        return _sqlite(Path(parts.path.removeprefix("/")).absolute())
    if found and found.get("NAME"):
        found["OPTIONS"] = {**_POSTGRESQL, **found.get("OPTIONS", {})}
        return found
    if parts.scheme in {"sqlite", "postgres", "postgresql"}:
        raise WrongSettingsError(f"{name} names no database: end it with /NAME, for example {A_DATABASE}.")
    kind = f"starts with {parts.scheme!r}" if parts.scheme else "is not a database address"
    raise WrongSettingsError(
        f"{name} {kind}: the bridge keeps its state in SQLite or PostgreSQL, for example {A_DATABASE}."
    )


_POSTGRESQL = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""A server, or a network, that went away is noticed within half a minute."""


def _address(name: str) -> str:
    """Where users reach the pages, "" when that is this machine alone."""
    url = os.environ.get(name, "").strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path or parts.query:
        raise WrongSettingsError(
            f"{name} is {url!r}: give the address of the pages, such as https://bridge.example.edu."
        )
    return url


_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


def _mail_server(name: str) -> tuple[str, int, str, str, str]:
    """Scheme, port, host, user and password; no host without a mail server. Messages name nothing of the address."""
    url = os.environ.get(name, "").strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _MAIL_PORTS.get(parts.scheme, 25)
        good = not url or (bool(host) and parts.scheme in _MAIL_PORTS)
    except ValueError:
        good = False
    if not good:
        raise WrongSettingsError(
            f"{name} is not the address of a mail server: it begins with smtp://, smtp+tls:// (STARTTLS) or smtp+ssl://, "
            f"for example {A_MAIL_SERVER}."
        )
    return parts.scheme, port, host, unquote(parts.username or ""), unquote(parts.password or "")


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }


_read_env_file()

HOME = _home("SONISBRIDGE_HOME")
TIME_SCALE = _number("SONISBRIDGE_TIME_SCALE", 1)
LEASE_SECONDS = _number("SONISBRIDGE_LEASE_SECONDS", 30)
KEEP_DAYS = _number("SONISBRIDGE_KEEP_DAYS", 90)
RUNS_AT_ONCE = max(int(_number("SONISBRIDGE_RUNS_AT_ONCE", 4)), 1)
ALLOW_LOOPBACK_ENDPOINT = _yes("SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT")
ENCRYPTION_KEYS = _keys("SONISBRIDGE_ENCRYPTION_KEYS")

DATABASES = {"default": _database("SONISBRIDGE_DATABASE_URL", HOME)}
POSTGRESQL = DATABASES["default"]["ENGINE"].endswith("postgresql")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "store_cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "sonisbridge.store",
    "sonisbridge.web",  # before allauth, whose templates it puts its own in place of
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *(["procrastinate.contrib.django"] if POSTGRESQL else []),
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
SECRET_KEY = os.environ.get("SONISBRIDGE_SECRET_KEY", "") or NO_SECRET_KEY
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

# Notices
_mail_scheme, EMAIL_PORT, EMAIL_HOST, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail_server("SONISBRIDGE_MAIL_URL")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_scheme == "smtp+tls", _mail_scheme == "smtp+ssl"
EMAIL_TIMEOUT = 10

# The pages
URL = _address("SONISBRIDGE_URL")
HTTPS = URL.startswith("https:")
METRICS_TOKEN = os.environ.get("SONISBRIDGE_METRICS_TOKEN", "").strip()
DEMO = False
"""Whether everybody who comes is signed in as the demo's administrator: set by `demo` alone, for this machine alone."""
DEMO_PORTAL = ""
"""Where the demo's look-alike of ActiveCampaign can be looked at."""
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *filter(None, [urlsplit(URL).hostname])]
CSRF_TRUSTED_ORIGINS = [URL] if URL else []
ROOT_URLCONF = "sonisbridge.web.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "sonisbridge.web.headers.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sonisbridge.web.demo_user.DemoUser",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sonisbridge.web.failures.PlainFailures",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sonisbridge.web.frame.frame",
            ],
            "builtins": ["sonisbridge.web.templatetags.words"],
        },
    }
]
FORM_RENDERER = "sonisbridge.web.forms.Renderer"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sonisbridge" if HTTPS else "sonisbridge"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "sonisbridge.web.failures.stale_form"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the field mapping has one for every code of SONIS

# Signing in
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "sonisbridge.web.signing_in.Adapter"
ACCOUNT_FORMS = {
    "login": "sonisbridge.web.signing_in.SignInForm",
    "change_password": "sonisbridge.web.signing_in.PasswordForm",
    "reauthenticate": "sonisbridge.web.signing_in.PasswordAgain",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "sonisbridge.web.signing_in.SecondFactor"
MFA_FORMS = {
    "authenticate": "sonisbridge.web.signing_in.CodeForm",
    "reauthenticate": "sonisbridge.web.signing_in.CodeAgain",
    "activate_totp": "sonisbridge.web.signing_in.ActivateForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "sonisbridge"
