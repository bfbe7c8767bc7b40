"""intake's public API: cases are posted, read, and followed up. Each write is one transaction, answered after it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import FastAPI, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select

from intake import cases, channels, followups, reports
from intake.cases import Filters
from intake.faces import Case, CasePage, CaseStatus
from intake.house import House, vault_of
from intake.inbound import HANDLERS
from intake.models import REGISTERED, Report
from intake.reports import AlreadyPosted, Desk
from intake.schemas import Amendment, Appeal, Chase, NewCase, Split, Withdrawal
from intake.serials import Serials
from intake.splits import split
from services import presets
from services.application import create, router
from services.identity import Actor
from services.messaging import BATCH_BYTES, messages_endpoint
from services.requests import Answer, Call, etag, perform
from services.roles import Role
from services.settings import Settings
