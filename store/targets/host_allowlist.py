"""Which machines a connection may reach: looked up once, judged, and then entered at that very address."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from store.errors import TargetUnavailable

Ip = IPv4Address | IPv6Address
# IPv6 that only stands for an IPv4 (RFC 6052); whether that is global, nobody looks by itself.
_TRANSLATED = IPv6Network("64:ff9b::/96")
NOT_ALLOWED = "This host may not be reached from here; the operator can allow it."


class LooksUp(Protocol):
    """As `socket.getaddrinfo` gives addresses of a name."""

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Give each address as text. Raises `OSError`."""
        ...


def look_up(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@dataclass(frozen=True, slots=True)
class Hosts:
    """What of the private world may be reached: `allowed` has names, addresses and networks, with spaces.

    `own` is where our own store answers; nobody but the operator may reach that.
    """

    allowed: str = ""
    own: tuple[tuple[str, int], ...] = ()
    look_up: LooksUp = look_up

    def pin(self, host: str, port: int) -> str:
        """Give the one address to connect to. Raises `TargetUnavailable`, also where it is not allowed."""
        if not host or "/" in host or "\\" in host:
            raise TargetUnavailable(NOT_ALLOWED)
        try:
            found = [ip_address(text.partition("%")[0]) for text in self.look_up(host, port)]
            own = {ip for name, at in self.own if at == port for ip in self._addresses(name, at)}
        except (OSError, UnicodeError, ValueError) as error:
            raise TargetUnavailable("There is no host of this name.") from error
        # One forbidden address among several is a trick, or a mistake; nobody needs it.
        if not found or not all(self._may(host, _plain(ip)) and _plain(ip) not in own for ip in found):
            raise TargetUnavailable(NOT_ALLOWED)
        return str(found[0])

    def _addresses(self, name: str, port: int) -> Sequence[Ip]:
        return [] if name.startswith("/") else [_plain(ip_address(text)) for text in self.look_up(name, port)]

    def _may(self, host: str, ip: Ip) -> bool:
        if ip.is_global and not ip.is_multicast:
            return True
        return any(_is_meant(word, host, ip) for word in self.allowed.split())


def _plain(ip: Ip) -> Ip:
    """The IPv4 that an IPv6 stands for, or the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    behind = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if behind is None and ip in _TRANSLATED:
        return IPv4Address(ip.packed[-4:])
    return behind or ip


def _is_meant(word: str, host: str, ip: Ip) -> bool:
    try:
        return ip in ip_network(word, strict=False)
    except ValueError:
        return word.lower() == host.lower()
