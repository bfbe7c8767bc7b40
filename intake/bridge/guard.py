"""Where callbacks may go: nobody makes this service speak to what lies inside its own network.

An address is looked at when it is given and again at every sending, and the connection goes to the very address that
was looked at: a name that answers otherwise the second time gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import httpx

from services.problems import invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}

HTTPS = PORTS["https"]
NOWHERE = "the address leads to nothing that callbacks may reach"


class Forbidden(httpx.TransportError):
    """The address leads to nothing that callbacks may reach.

    Whether a name is unknown or leads inside our own network is not told: the answer would be a list of our machines.
    """


def hosts_of(setting: str) -> frozenset[str]:
    """The hosts of `GRIDLOOP_CALLBACK_HOSTS`, each with or without its port."""
    return frozenset(each.strip().lower() for each in setting.split(",") if each.strip())


def refuse_unsafe(url: str, allowed: frozenset[str]) -> None:
    """Raises Invalid for an address that a callback may not have."""
    remedy = "give an https address that is reached from outside, or have the administrator allow its host"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)
        parsed = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise invalid("url", "is an address", remedy) from None
    if parts.scheme not in PORTS or not host or not parsed.host:
        raise invalid("url", "begins with https://", remedy)
    if parts.username or parts.password or parts.fragment:
        raise invalid("url", "has no user, password or fragment", "the signature says who calls")
    if _allowed(host, port, allowed):
        return
    if parts.scheme != "https":
        raise invalid("url", "begins with https://", remedy)
    if port != HTTPS:
        raise invalid("url", f"has no port but {HTTPS}", remedy)
    literal = _literal(parsed.host)
    if host.rstrip(".") == "localhost" or (literal and not public(literal)):
        raise invalid("url", "is reached from outside", remedy)


def _allowed(host: str, port: int, allowed: frozenset[str]) -> bool:
    return host in allowed or f"{host}:{port}" in allowed


def _literal(host: str) -> Address | None:
    """The address that a host is, also as an old resolver reads it: 127.1, 0x7f000001, 2130706433."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def public(address: Address) -> bool:
    """Whether it is anybody's to reach, also where an IPv4 address is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects only to addresses that were looked at. Raises Forbidden."""

    def __init__(
        self,
        allowed: frozenset[str],
        inner: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._inner = inner or httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host, request.url.port or PORTS[request.url.scheme]
        if not _allowed(host.lower(), port, self._allowed):
            if request.url.scheme != "https" or port != HTTPS:
                raise Forbidden(NOWHERE)
            address = await self._looked_at(host, port)
            request.extensions = {**request.extensions, "sni_hostname": host}
            request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def _looked_at(self, host: str, port: int) -> str:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Forbidden(NOWHERE) from None
        if not found or not all(public(ipaddress.ip_address(each.partition("%")[0])) for each in found):
            raise Forbidden(NOWHERE)
        return found[0]

    async def aclose(self) -> None:
        await self._inner.aclose()
