"""Pages for those who work here: who is signed in, where to go when nobody is, forms that carry their token.

For a room: make the router with `page_router()`, name its routes in `services/access.py` like any other, render with
`StaffPages(folder)` over `staff.html`, and perform a form's move with `press`. docs/sign-in.md shows one whole.
"""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from markupsafe import Markup
from starlette.exceptions import HTTPException

from services.callers import CSRF_FIELD, PASS, SAFE, SignedIn, form_of
from services.guarding import GuardedRoute
from services.pages import HEADERS, HERE, LANGUAGES, Pages
from services.passes import ISSUER, TokenNotValid
from services.problem_words import HEADINGS
from services.problems import Invalid, KeyMissing, KeyUnknown, NotFound, Problem
from services.requests import Answer, Call, perform
from services.roles import Role
from services.settings import ServiceName

STAFF_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        **HEADERS,
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; "
            "connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        # With `no-referrer` a browser sends `Origin: null` along with a form, as a stranger's page would.
        "Referrer-Policy": "same-origin",
    }
)
LANGUAGE_COOKIE = "gridloop_lang"
HOME = "/routing/account"
"""Where somebody lands who signed in without having been on the way to anything."""
ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.HOTLINE: "热线系统",
        Role.CLERK: "接待员",
        Role.DISPATCHER: "派单员",
        Role.OFFICER: "网格员",
        Role.LEADER: "负责人",
        Role.SUPERVISOR: "督查员",
        Role.CALLER: "回访员",
        Role.EVALUATOR: "测评员",
        Role.EDITOR: "清单编辑",
        Role.PUBLISHER: "清单发布",
        Role.AUDITOR: "审计员",
        Role.SUBSCRIBER: "数据订阅系统",
        Role.ADMINISTRATOR: "管理员",
    }
)
DESKS: Mapping[Role, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        Role.CLERK: (("/intake/desk", "接待台"), ("/intake/rights", "个人信息权利")),
        Role.OFFICER: (("/routing/mine", "我的诉求"), ("/intake/visits", "走访记录")),
        Role.DISPATCHER: (("/routing/dispatch", "派单台"),),
        Role.SUPERVISOR: (
            ("/routing/board", "督办台"),
            ("/feedback/evaluation/figures", "指标"),
            ("/routing/lists", "两张清单"),
            ("/intake/holds", "留存"),
        ),
        Role.LEADER: (
            ("/routing/team", "本单位"),
            ("/feedback/evaluation/figures", "指标"),
        ),
        Role.AUDITOR: (
            ("/routing/board", "督办台"),
            ("/feedback/evaluation", "测评台"),
            ("/routing/lists", "两张清单"),
            ("/intake/holds", "留存"),
        ),
        Role.EDITOR: (("/routing/lists", "两张清单"),),
        Role.PUBLISHER: (("/routing/lists", "两张清单"),),
        Role.ADMINISTRATOR: (("/routing/admin", "系统管理"),),
        Role.CALLER: (("/feedback/calls", "回访台"),),
        Role.EVALUATOR: (("/feedback/evaluation", "测评台"),),
    }
)
"""Where each role works: what the own page leads to. The hotline is a machine."""
SAFE_PATH = re.compile(r"/(intake|routing|feedback)(/[A-Za-z0-9._~!$&'()*+,;=:@%?/-]*)?")
HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')
SIGNED_OUT = (KeyMissing, KeyUnknown, TokenNotValid)


class PassStale(Exception):
    """A page is asked for with a pass that is soon over: a new one is fetched first."""


def safe_next(asked: str | None, default: str = HOME) -> str:
    """A path of ours to go on to; anything that could lead elsewhere is not followed."""
    return asked if asked and len(asked) <= 1000 and SAFE_PATH.fullmatch(asked) else default


def way_in(request: Request, home: ServiceName) -> str:
    """Where a page sends somebody who is not signed in; afterwards they come back."""
    here = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
    elsewhere = home != ISSUER and PASS not in request.cookies  # who carries a pass has a session at its issuer
    if request.app.state.service == ISSUER or elsewhere:
        return f"/{home}/sign-in?{urlencode({'next': safe_next(here)})}"
    return f"/{ISSUER}/session?{urlencode({'next': safe_next(here)})}"


class PageRoute(GuardedRoute):
    """A guarded route that answers with pages: signing in where nobody is, a page that says so where it is refused."""

    home: ServiceName = ISSUER

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except PassStale:
                return RedirectResponse(way_in(request, self.home), 303)
            except SIGNED_OUT as problem:
                if request.method in SAFE:
                    return RedirectResponse(way_in(request, self.home), 303)
                return problem_page(request, problem, way_in=f"{way_in(request, self.home)}")
            except Problem as problem:
                return problem_page(request, problem)
            except RequestValidationError:
                return problem_page(request, Invalid())
            except HTTPException as error:
                return problem_page(request, NotFound() if error.status_code == 404 else Invalid())

        return shown

    async def admit(self, request: Request) -> None:
        await super().admit(request)
        found: SignedIn | None = getattr(request.state, "signed_in", None)
        if found and found.stale and request.method == "GET":
            raise PassStale


class EvaluationPageRoute(PageRoute):
    """For pages of the evaluation body's own people, who sign in at feedback."""

    home = "feedback"


def page_router(*, home: ServiceName = ISSUER, **options: Any) -> APIRouter:
    """A router for staff pages; `home="feedback"` for those of the evaluation body's own people."""
    kind = EvaluationPageRoute if home == "feedback" else PageRoute
    return APIRouter(
        route_class=kind, default_response_class=HTMLResponse, include_in_schema=False, tags=["pages"], **options
    )


async def press(
    request: Request, verb: Callable[[Call], Awaitable[Answer]], *, then: str | Callable[[Any], str]
) -> Response:
    """Perform what a form asks, once however often it is sent, and show the page `then` leads to (303).

    The form's hidden `once` stands for the Idempotency-Key and its `version` for If-Match (`form_fields`).
    """
    answer = await perform(request, verb)
    body = answer.body if isinstance(answer, JSONResponse) else b"null"
    target = then if isinstance(then, str) else then(json.loads(bytes(body) or b"null"))
    return RedirectResponse(target, 303)


async def fields(request: Request) -> dict[str, str]:
    """The texts of a form, without what `form_fields` put there."""
    form = await form_of(request)
    own = (CSRF_FIELD, "once", "version")
    return {name: text for name, text in (form or {}).items() if isinstance(text, str) and name not in own}


class StaffPages(Pages):
    """The templates of one room over `staff.html`: they know who is signed in, and their forms carry what they must.

    Templates find `who` (a SignedIn or None), `role_names`, `form_fields(version=None)`, `csrf`, `sign_out`, `here`.
    """

    headers = STAFF_HEADERS
    words = (*Pages.words, HERE / "staff.en.json")

    def render(self, request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        found: SignedIn | None = getattr(request.state, "signed_in", None)
        tongue = self.language(request)
        token = facts.pop("csrf", None) or (found.csrf if found else "")
        given = {
            "who": found,
            "role_names": _role_names(found),
            "csrf": token,
            "form_fields": lambda version=None: form_fields(token, version),
            "home": _home(found),
            "print": self._print,
            "sign_out": f"/{found.home}/sign-out" if found else "",
            "others": [(each, _switched(request, each)) for each in LANGUAGES if each != tongue],
        }
        page = super().render(request, template, status=status, **given, **facts)
        if request.query_params.get("lang") in LANGUAGES:
            page.set_cookie(LANGUAGE_COOKIE, tongue, path="/", samesite="lax", max_age=31_536_000)
        return page

    def language(self, request: Request) -> str:
        """As asked for; else as asked for before."""
        asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        return asked if asked in LANGUAGES else LANGUAGES[0]


def _home(found: SignedIn | None) -> str:
    return f"/{found.home}/account" if found else HOME


def _role_names(found: SignedIn | None) -> list[str]:
    held = dict.fromkeys(grant.role for grant in found.actor.grants) if found else {}
    return [ROLES[role] for role in held]


def _switched(request: Request, tongue: str) -> str:
    asked = {**request.query_params, "lang": tongue}
    return f"{request.scope['path']}?{urlencode(asked)}"


def form_fields(token: str, version: int | None = None) -> Markup:
    """What every form of ours carries: the session's token, a name for this one sending, the version it was shown."""
    made = {CSRF_FIELD: token, "once": secrets.token_hex(16), "version": None if version is None else f'"{version}"'}
    return Markup("").join(HIDDEN.format(name, value) for name, value in made.items() if value is not None)


PROBLEMS: Mapping[int, str] = HEADINGS
PAGES = StaffPages(Path(__file__).parent / "pages")


def problem_page(request: Request, problem: Problem, *, way_in: str | None = None) -> HTMLResponse:
    """What cannot be done, as a page with the problem's status."""
    page = PAGES.render(
        request,
        "problem.html",
        status=problem.status,
        heading=PROBLEMS.get(problem.status, "没有办成"),
        problem=problem,
        way_in=way_in,
    )
    page.headers.update({name: value for name, value in problem.headers.items() if name.lower() == "retry-after"})
    return page
