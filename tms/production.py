"""What production refuses to start with: values that are missing, or for development and tests alone."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

# They are printed here for everybody to read, so they keep nothing secret.
DEVELOPMENT_SECRET_KEY = "development-only-not-a-secret-" + "x" * 32
DEVELOPMENT_ENCRYPTION_KEY = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtMTI="
DEVELOPMENT_SENDER = "badges@localhost"
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl")
# Production has no default for them.
REQUIRED = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "ENCRYPTION_KEYS",
    "PUBLIC_URL",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_URL",
    "DATABASE_URL",
    "REDIS_URL",
)


def refuse_missing_values(values: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured that names each of the variables which has no value."""
    if missing := [name for name, value in values.items() if not value]:
        raise ImproperlyConfigured(
            f"PRODUCTION is on, and these variables have no value: {', '.join(missing)}."
            " docs/deployment.md lists every variable."
        )


def refuse_development_values(
    *,
    debug: bool,
    secret_keys: Sequence[str],
    encryption_keys: Sequence[str],
    public_url: str,
    sender: str,
    email_url: str,
    provider_test_hosts: Sequence[str],
    demo_accounts: bool,
) -> None:
    """Raise ImproperlyConfigured that names each variable which is for development alone, with what to do."""
    refusals = {
        "DEBUG is on: its error pages show settings. Take DEBUG out.": debug,
        "SECRET_KEY or SECRET_KEY_FALLBACKS has the key of development, which everybody can read. Make one of your own.": (
            DEVELOPMENT_SECRET_KEY in secret_keys
        ),
        "ENCRYPTION_KEYS has the key of development, which everybody can read. Make one of your own.": (
            DEVELOPMENT_ENCRYPTION_KEY in encryption_keys
        ),
        "PUBLIC_URL must begin with https://: it stands in every badge, and signing in needs HTTPS.": (
            not public_url.startswith("https://")
        ),
        "DEFAULT_FROM_EMAIL must be an address that people can answer, not one of localhost.": (
            DEVELOPMENT_SENDER in sender
        ),
        f"EMAIL_URL must begin with one of {', '.join(f'{scheme}://' for scheme in MAIL_SCHEMES)} and name a mail server.": (
            not _names_a_mail_server(email_url)
        ),
        "PROVIDER_TEST_HOSTS is for tests and the demo: it lets badges go over plain http. Take it out.": (
            bool(provider_test_hosts)
        ),
        "DEMO_ACCOUNTS is for `make run`: the sign-in page would name accounts and their password. Take it out.": (
            demo_accounts
        ),
    }
    if found := [sentence for sentence, is_so in refusals.items() if is_so]:
        raise ImproperlyConfigured(
            " ".join(["PRODUCTION is on, and these values are not for production.", *found, "See docs/deployment.md."])
        )


def _names_a_mail_server(email_url: str) -> bool:
    scheme, mark, rest = email_url.partition("://")
    return bool(mark) and scheme in MAIL_SCHEMES and bool(rest.rpartition("@")[2].partition(":")[0])
