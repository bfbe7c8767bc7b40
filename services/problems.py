"""Errors as RFC 9457 problem documents: a stable type, a title, what went wrong, which field, which rule, what to do.

A room's error is a small subclass beside its rule; its docstring is the detail. Values that were sent are never
repeated: they could be personal.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, ClassVar

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class FieldFault:
    """One broken field: its path in the body (`reporter.phone`), the rule it breaks, and what would mend it."""

    field: str
    rule: str
    remedy: str


class Problem(Exception):
    """The request cannot be carried out."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        faults: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.detail)

    @property
    def slug(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    def document(self) -> dict[str, Any]:
        return document(
            status=self.status,
            slug=self.slug,
            title=self.title or HTTPStatus(self.status).phrase,
            detail=self.detail,
            faults=self.faults,
            remedy=self.remedy,
            **self.extra,
        )


def document(
    *,
    status: int,
    slug: str,
    title: str,
    detail: str,
    faults: Sequence[FieldFault] = (),
    remedy: str = "",
    **extra: Any,
) -> dict[str, Any]:
    """The JSON of a problem; `errors` lists the fields, `remedy` says what to do where no field is to blame."""
    body: dict[str, Any] = {"type": f"urn:gridloop:problem:{slug}", "title": title, "status": status, "detail": detail}
    if faults:
        body["errors"] = [asdict(fault) for fault in faults]
    if remedy:
        body["remedy"] = remedy
    return {**body, **extra}


class KeyMissing(Problem):
    """This needs a key and none was sent."""

    status = 401
    title = "Key missing"
    remedy = "Send the key as `Authorization: Bearer …` or as `X-API-Key`."


class KeyUnknown(Problem):
    """The key is unknown, expired or revoked."""

    status = 401
    title = "Key not valid"
    remedy = "Ask your administrator for a new key."


class WrongRole(Problem):
    """None of your roles may do this."""

    status = 403
    title = "Wrong role"
    remedy = "Ask somebody who holds one of the roles named here."


class NotFound(Problem):
    """There is no such thing here, or it is not yours to see."""

    status = 404
    title = "Not found"
    remedy = "Check the number; what another unit answers for is not shown."


class Conflict(Problem):
    """What you saw has changed meanwhile, or something else stands against it."""

    status = 409
    title = "Conflict"


class VersionMissing(Problem):
    """This write needs `If-Match` with the ETag of the version you read."""

    status = 428
    title = "Version missing"
    remedy = "Read it again and send its `ETag` as `If-Match`."


class VersionStale(Problem):
    """Somebody changed it since you read it."""

    status = 412
    title = "Version stale"
    remedy = "Read it again, look whether your move still makes sense, and send it with the new `ETag`."


class BodyTooLarge(Problem):
    """The body is larger than this route takes."""

    status = 413
    title = "Body too large"


class WrongMediaType(Problem):
    """The body's content type is not one this route reads."""

    status = 415
    title = "Wrong content type"
    remedy = "Send JSON with `Content-Type: application/json`."


class Invalid(Problem):
    """Some fields break a rule."""

    status = 422
    title = "Invalid fields"


def invalid(field: str, rule: str, remedy: str) -> Invalid:
    """A 422 for one field."""
    return Invalid(faults=[FieldFault(field, rule, remedy)])
