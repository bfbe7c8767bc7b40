"""A post becomes a report: what was said in Open311's words, in those of intake's register verb."""

import asyncio
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reports
from intake.channels import Channel, Desk, ItemType
from intake.models import Report
from intake.open311 import pictures
from intake.open311.arguments import Arguments
from intake.open311.jurisdictions import Jurisdiction
from intake.open311.offers import Offer, Service
from intake.open311.pictures import NotAPicture, Picture
from intake.open311.questions import Attribute
from intake.open311.records import Open311Post
from intake.schemas import NewCase
from intake.vault import Vault
from services.problems import FieldFault, Invalid, NotFound, invalid

LONGEST, LONGEST_ANSWER = 4_000, 500
TAG = re.compile(r"""</?[A-Za-z][\w:-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*\s*/?>""")
HAN = re.compile("[\u4e00-\u9fff]")
OWN_NUMBERS = ("external_id", "fixmystreet_id")
"""Attributes that carry the client's own number of a report, no answer to a question."""
NAMES = {
    "description": "description", "external_id": "external_id", "address": "address_string", "grid_code": "address_id",
    "location.lon": "long", "location.lat": "lat", "location.crs": "crs", "reporter.phone": "phone",
    "reporter.name": "last_name",
}  # fmt: skip
"""What a part of a new case is called here."""


class UnknownService(NotFound):
    """No service has this service_code."""

    remedy = "GET services lists those there are; the list may have changed."


@dataclass(frozen=True)
class Post:
    """A post that can be registered. `notices` say what of it was left out."""

    service: Service
    told: NewCase
    besides: Mapping[str, str] = field(repr=False)
    media_url: str | None
    pictures: tuple[Picture, ...]
    notices: tuple[str, ...]


def service_of(offer: Offer, code: str | None) -> Service:
    if code is None:
        raise invalid("service_code", "is needed", "GET services lists the codes")
    if code not in offer.by_code:
        raise UnknownService
    return offer.by_code[code]


async def read(told: Arguments, offer: Offer, jurisdiction: Jurisdiction) -> Post:
    """Everything checked that can be without the database. Raises UnknownService, Invalid with every fault."""
    service = service_of(offer, told.one("service_code"))
    answers, unknown = _answers(service.attributes, told)
    case = _case(told, service, answers, jurisdiction)
    kept, dropped = await _pictures(told)
    url, skipped = _media_url(told)
    email = told.one("email")
    notices = (*unknown, *dropped, *skipped)
    return Post(service, case, {"email": email[:320]} if email else {}, url, kept, notices)


def _answers(wanted: Sequence[Attribute], told: Arguments) -> tuple[list[str], list[str]]:
    """The answers as lines of text, and a notice of what nobody asked. Raises Invalid."""
    given = {code: said for code, said in told.attributes().items() if code not in OWN_NUMBERS}
    known = {each.code for each in wanted}
    faults = list(_faults(wanted, given))
    if faults:
        raise Invalid(faults=faults)
    lines = [f"{each.description} {_said(each, given[each.code])}" for each in wanted if given.get(each.code)]
    stray = sum(1 for code in given if code not in known)
    return lines, [f"{stray} attribute(s) that this service does not ask for were left out."] if stray else []


def _faults(wanted: Sequence[Attribute], given: Mapping[str, Sequence[str]]) -> Iterator[FieldFault]:
    for each in wanted:
        name, said = f"attribute[{each.code}]", given.get(each.code, ())
        if each.required and not said:
            yield FieldFault(name, "is required", "GET services/CODE says what is asked")
        if each.is_list and not set(said) <= {key for key, _ in each.values}:
            yield FieldFault(name, "is a key of its list", f"send one of {', '.join(key for key, _ in each.values)}")
        if each.is_list and len(said) > 1:
            yield FieldFault(name, "has one value", "send it once")
        if any(len(text) > LONGEST_ANSWER for text in said):
            yield FieldFault(name, f"has at most {LONGEST_ANSWER} characters", "shorten it")


def _said(attribute: Attribute, said: Sequence[str]) -> str:
    names = dict(attribute.values)
    return "、".join(names.get(text, text) for text in said)


def _case(told: Arguments, service: Service, answers: Sequence[str], jurisdiction: Jurisdiction) -> NewCase:
    words = TAG.sub("", told.one("description") or "").strip()
    if len(words) > LONGEST:
        raise invalid("description", f"has at most {LONGEST} characters", "shorten it")
    point = _point(told)
    address, grid = told.one("address_string"), told.one("address_id")
    if not (point or address or grid):
        raise invalid("lat", "is needed with long, or address_string, or address_id", "say where it is")
    facts = {
        "channel": Channel.OPEN311,
        "external_id": _own_number(told),
        "item_type": ItemType.COMPLAINT,
        "description": "\n".join(part for part in (words, *answers) if part) or None,
        "issue_code": service.issue,
        "address": address,
        "grid_code": grid,
        "district_code": jurisdiction.grid,
        "location": point,
        "reporter": _person(told),
    }
    try:
        return NewCase.model_validate(facts)
    except ValidationError as error:
        raise Invalid(faults=list(_named(error))) from None


def _named(error: ValidationError) -> Iterator[FieldFault]:
    for each in error.errors(include_input=False, include_url=False):
        path = ".".join(str(part) for part in each["loc"])
        yield FieldFault(NAMES.get(path, path or "(form)"), each["msg"], "see docs/open311.md")


def _point(told: Arguments) -> dict[str, Any] | None:
    """WGS-84 unless `crs` names another system; half a point is none at all. Raises Invalid."""
    lat, lon = told.number("lat"), told.number("long")
    if (lat is None) != (lon is None):
        raise invalid("lat" if lat is None else "long", "comes with the other", "send both lat and long")
    return None if lat is None else {"lat": lat, "lon": lon, "crs": told.one("crs") or "WGS-84"}


def _person(told: Arguments) -> dict[str, Any] | None:
    first, last = told.one("first_name"), told.one("last_name")
    parts = [part for part in (first, last) if part]
    name = "".join(reversed(parts)) if HAN.search("".join(parts)) else " ".join(parts)
    phone, confidential = told.one("phone"), told.yes("public_anonymity_required")
    if not (name or phone):
        return None
    return {"name": name or None, "phone": phone, "confidential": confidential}


def _own_number(told: Arguments) -> str | None:
    """The client's own number of this report: the same one again is the same case."""
    attributes = told.attributes()
    named = told.one("external_id") or next(iter(attributes.get("external_id", ())), None)
    theirs = next(iter(attributes.get("fixmystreet_id", ())), None)
    return named or (f"fixmystreet:{theirs}" if theirs else None)


async def _pictures(told: Arguments) -> tuple[tuple[Picture, ...], list[str]]:
    kept: list[Picture] = []
    dropped = max(0, len(told.files) - pictures.MOST)
    for upload in told.files[: pictures.MOST]:
        try:
            kept.append(await asyncio.to_thread(pictures.checked, upload))
        except NotAPicture:
            dropped += 1
    return tuple(kept), [
        f"{dropped} file(s) left out: pictures (JPEG, PNG, WebP) to 5 MiB, at most 5."
    ] if dropped else []


def _media_url(told: Arguments) -> tuple[str | None, list[str]]:
    """The first that is usable; the row has one."""
    given = told.several("media_url")
    usable = [url for url in map(pictures.address, given) if url]
    left = len(given) - min(len(usable), 1)
    return next(iter(usable), None), [f"{left} media_url left out: one web address is kept."] if left else []


async def register(
    session: AsyncSession, *, vault: Vault, desk: Desk, post: Post, case_no: str, digest: bytes
) -> Open311Post:
    """The report, and what came beside it. Raises AlreadyPosted."""
    report = await reports.register(
        session, vault=vault, desk=desk, told=post.told, case_no=case_no, digest=digest, besides=post.besides
    )
    row = Open311Post(case_no=case_no, token=_token() if post.service.batch else None, media_url=post.media_url)
    session.add(row)
    await pictures.keep(session, vault, report, list(post.pictures))
    return row


def _token() -> str:
    """Nothing that a client would read as a number."""
    return f"t-{secrets.token_hex(12)}"


async def posted(session: AsyncSession, report: Report) -> Open311Post:
    """What a report that was posted before brought. Raises Invalid where it came in by another door."""
    row = await session.get(Open311Post, report.case_no)
    if row is None:
        raise invalid("external_id", "belongs to a case of another channel", "send another one")
    return row


async def case_of(session: AsyncSession, token: str) -> str:
    """Raises NotFound."""
    found = await session.scalar(select(Open311Post.case_no).where(Open311Post.token == token))
    if found is None:
        raise NotFound("There is no such token.")
    return found


def face(row: Open311Post, notices: Sequence[str] = ()) -> dict[str, Any]:
    """A number or a token, never both and neither empty: clients take an empty element for one."""
    told: dict[str, Any] = {"token": row.token} if row.token else {"service_request_id": row.case_no}
    if notices:
        told["service_notice"] = " ".join(notices)
    return {**told, "account_id": None}
