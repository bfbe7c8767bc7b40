"""Which notifiers an installation has, by its settings."""

from intake.notices.choices import Way
from intake.notices.delivery import ConsoleNotifier, MuteNotifier, Notifier, Notifiers
from intake.notices.sms import SmsNotifier
from intake.notices.wecom import Account, WeComNotifier
from services.settings import MissingSetting, Settings

PLAYED: dict[str, type[ConsoleNotifier] | type[MuteNotifier]] = {"console": ConsoleNotifier, "mute": MuteNotifier}


def notifiers_of(settings: Settings) -> Notifiers:
    """One machine's notifier for every way, or the providers that are set up. Raises MissingSetting."""
    if played := PLAYED.get(settings.notification_adapter):
        return dict.fromkeys(Way, played())
    found: dict[Way, Notifier] = {}
    if settings.sms_url:
        secret = settings.need("sms_secret", "text messages are signed for their provider")
        found[Way.SMS] = SmsNotifier(settings.sms_url, secret)
    if settings.wecom_corp_id:
        found[Way.WECOM] = WeComNotifier(_account(settings), host=settings.wecom_url)
    if not found:
        raise MissingSetting("sms_url", "`providers` sends by SMS, WeCom or both, and neither is set up")
    return found


def _account(settings: Settings) -> Account:
    if settings.wecom_agent_id is None:
        raise MissingSetting("wecom_agent_id", "a message of WeCom's is an application's")
    secret = settings.need("wecom_secret", "WeCom gives no token without it")
    return Account(str(settings.wecom_corp_id), settings.wecom_agent_id, secret)
