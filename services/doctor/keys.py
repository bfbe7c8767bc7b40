"""The settings: secrets that are missing, used twice or a placeholder, and stand-ins where people reach the city."""

from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from services.doctor.findings import Finding, good, problem, warning
from services.settings import SERVICES, ServiceName, Settings
from services.standalone import CREDENTIALS

MAKE = "make one with `openssl rand -base64 32`"
OF_THE_VAULT = ("master_keys", "master_keys_file", "key_service")
LOCAL = ("127.0.0.1", "localhost", "::1")


def refused(error: ValidationError) -> list[Finding]:
    """What the settings class does not take; the value itself is never repeated."""
    return [
        problem("keys", f"GRIDLOOP_{'_'.join(map(str, each['loc'])).upper() or '…'}: {each['msg']}",
                "set it to a value of its own; docs/settings.md says what each is for")
        for each in error.errors(include_input=False, include_context=False, include_url=False)
    ]  # fmt: skip


def here(settings: Settings) -> list[ServiceName]:
    """The services that these settings are for: those with a database address."""
    return [name for name in SERVICES if getattr(settings, f"{name}_database_url")]


def keys(settings: Settings) -> list[Finding]:
    """Each service has its own and its links' secrets, and no secret serves two purposes."""
    services = here(settings)
    found = [problem("keys", f"GRIDLOOP_{name.upper()} is not set, and {service} needs it", f"set it; {MAKE}")
             for service in services for name in _missing(settings, service)]  # fmt: skip
    found += _twice(settings)
    found += _stand_ins(settings)
    return found or [good("keys", f"all secrets of {', '.join(services)} are set")]


def _missing(settings: Settings, service: ServiceName) -> list[str]:
    links = [name for name in type(settings).model_fields if name.startswith("link_") and service in name]
    own = {"intake": [], "routing": [], "feedback": ["survey_secret"]}[service]
    missing = [name for name in (*links, "answer_key", *own) if getattr(settings, name) is None]
    if service == "intake" and not any(getattr(settings, name) for name in OF_THE_VAULT):
        missing.append("master_keys")
    return missing


def _twice(settings: Settings) -> list[Finding]:
    """An address of several services' secrets: one that leaks opens the other."""
    names = defaultdict(list)
    for name in type(settings).model_fields:
        if isinstance(secret := getattr(settings, name), SecretStr):
            names[secret.get_secret_value()].append(f"GRIDLOOP_{name.upper()}")
    return [warning("keys", f"{' and '.join(each)} are the same secret", f"give each its own; {MAKE}")
            for each in names.values() if len(each) > 1]  # fmt: skip


def _stand_ins(settings: Settings) -> Sequence[Finding]:
    """What plays a part is for one machine alone."""
    if urlsplit(settings.public_url).hostname in LOCAL:
        return []
    found = []
    if (settings.data_dir / CREDENTIALS).exists():
        found.append(warning("keys", f"the sample keys of {CREDENTIALS} hold, and people reach {settings.public_url}",
                             "revoke them at /routing/admin/people and give people keys of their own"))  # fmt: skip
    if settings.key_service == "fake":
        found.append(warning("keys", "GRIDLOOP_KEY_SERVICE is `fake`: nobody keeps the master keys",
                             "set GRIDLOOP_MASTER_KEYS_FILE"))  # fmt: skip
    if settings.notification_adapter == "console":
        found.append(warning("keys", "citizens are told nothing: GRIDLOOP_NOTIFICATION_ADAPTER is `console`",
                             "choose the adapter of your messages"))  # fmt: skip
    return found
