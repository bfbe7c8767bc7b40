"""Signatures by Standard Webhooks: good for one body, one moment, one link, one path."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.settings import Settings
from services.signing import BadSignature, sign, sign_link, verify, verify_link

BODY = '{"text": "路灯不亮"}'.encode()
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        link_intake_routing="QmV0d2VlbiBpbnRha2UgYW5kIHJvdXRpbmcK",
        link_routing_feedback="QmV0d2VlbiByb3V0aW5nIGFuZCBmZWVkYmFjaw",
        link_intake_feedback="QmV0d2VlbiBpbnRha2UgYW5kIGZlZWRiYWNrCg",
    )


def now() -> datetime:
    return datetime.now(UTC)


def is_good(secret: str | bytes, headers: dict[str, str]) -> bool:
    try:
        verify(secret, headers, BODY)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("secret", [WHSEC, "any text, 也可以是中文", b"the key itself"])
def test_what_was_signed_verifies(secret: str | bytes) -> None:
    assert is_good(secret, sign(secret, "1", now(), BODY))
    assert not is_good(secret, sign("another one", "1", now(), BODY))


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The vector of the Standard Webhooks specification's reference libraries."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign(WHSEC, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_the_zone_of_the_moment_does_not_matter() -> None:
    there = now().astimezone(timezone(timedelta(hours=8)))
    assert is_good(WHSEC, sign(WHSEC, "1", there, BODY))


def test_one_secret_can_replace_another_while_both_are_accepted() -> None:
    headers = sign("the old one", "1", now(), BODY)
    verify(["the new one", "the old one"], headers, BODY)
    with pytest.raises(BadSignature):
        verify(["the new one"], headers, BODY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    headers = sign(WHSEC, "1", now() + timedelta(minutes=minutes), BODY)
    with pytest.raises(BadSignature):
        verify(WHSEC, headers, BODY)


def test_a_changed_body_id_or_moment_is_refused() -> None:
    headers = sign(WHSEC, "1", now(), BODY)
    changed = [
        (headers, BODY + b" "),
        ({**headers, "webhook-id": "2"}, BODY),
        ({**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, BODY),
    ]
    for broken, body in changed:
        with pytest.raises(BadSignature):
            verify(WHSEC, broken, body)


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,not base64"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "nan"},
        {"webhook-id": ""},
    ],
)
def test_what_cannot_be_read_is_refused(broken: dict[str, str]) -> None:
    headers = {**sign(WHSEC, "1", now(), BODY), **broken}
    with pytest.raises(BadSignature):
        verify(WHSEC, headers, BODY)


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(WHSEC, sign(WHSEC, "1", now(), BODY), b"\xff\xfe")


def test_a_link_tells_who_calls(settings: Settings) -> None:
    headers = sign_link(settings, "intake", "routing", "POST", "/v1/messages", BODY)
    assert headers["gridloop-source"] == "intake"
    assert verify_link(settings, "routing", "POST", "/routing/v1/messages", headers, BODY) == "intake"


def test_a_request_that_was_overheard_is_good_for_nothing_else(settings: Settings) -> None:
    headers = sign_link(settings, "intake", "routing", "GET", "/v1/links?survey=1", b"")
    back = {**headers, "gridloop-source": "routing"}
    elsewhere = [
        ("routing", "GET", "/v1/links?survey=2", headers),
        ("routing", "DELETE", "/v1/links?survey=1", headers),
        ("feedback", "GET", "/v1/links?survey=1", headers),
        ("intake", "GET", "/v1/links?survey=1", headers),
        ("intake", "GET", "/v1/links?survey=1", back),
    ]
    for destination, method, path, sent in elsewhere:
        with pytest.raises(BadSignature):
            verify_link(settings, destination, method, path, sent, b"")


@pytest.mark.parametrize("source", ["routing", "feedback", "stranger", ""])
def test_a_service_cannot_pass_for_another(settings: Settings, source: str) -> None:
    headers = {**sign_link(settings, "intake", "routing", "POST", "/v1/messages", BODY), "gridloop-source": source}
    with pytest.raises(BadSignature):
        verify_link(settings, "routing", "POST", "/v1/messages", headers, BODY)
