"""Protection against server-side request forgery: which hosts a connection may reach.

A host name is resolved once, its addresses are checked, and the connection is made to that very address.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from store.errors import TargetUnavailable

Ip = IPv4Address | IPv6Address
# IPv4-embedded IPv6 addresses (RFC 6052), which `is_global` does not look into.
_NAT64 = IPv6Network("64:ff9b::/96")
NOT_ALLOWED = "Connections to this host are not allowed. The operator can allow it."


class HostResolver(Protocol):
    """DNS resolver, as `socket.getaddrinfo`."""

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the IP addresses of a host name as text. Raises `OSError`."""
        ...


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Resolve a host name through the operating system."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class HostAllowlist:
    """Private hosts that connections may reach; public hosts are always allowed.

    `allowed` lists names, addresses and CIDR ranges, separated by spaces. `blocked` are the (host, port)
    pairs of the service's own store, which no restricted connection may reach.
    """

    allowed: str = ""
    blocked: tuple[tuple[str, int], ...] = ()
    resolve_host: HostResolver = resolve_host

    def resolve(self, host: str, port: int) -> str:
        """Return the one IP address to connect to. Raises `TargetUnavailable` if unknown or not allowed."""
        if not host or "/" in host or "\\" in host:
            raise TargetUnavailable(NOT_ALLOWED)
        try:
            addresses = [ip_address(text.partition("%")[0]) for text in self.resolve_host(host, port)]
            blocked = {
                ip
                for name, blocked_port in self.blocked
                if blocked_port == port
                for ip in self._lookup(name, port)
            }
        except (OSError, UnicodeError, ValueError) as error:
            raise TargetUnavailable("The host name of the database cannot be resolved.") from error
        # A single forbidden address among several is an attack or a mistake: the host is refused.
        embedded = [_embedded_ipv4(ip) for ip in addresses]
        if not addresses or not all(self._is_allowed(host, ip) and ip not in blocked for ip in embedded):
            raise TargetUnavailable(NOT_ALLOWED)
        return str(addresses[0])

    def _lookup(self, name: str, port: int) -> Sequence[Ip]:
        if name.startswith("/"):
            return []
        return [_embedded_ipv4(ip_address(text)) for text in self.resolve_host(name, port)]

    def _is_allowed(self, host: str, ip: Ip) -> bool:
        if ip.is_global and not ip.is_multicast:
            return True
        return any(_matches(entry, host, ip) for entry in self.allowed.split())


def _embedded_ipv4(ip: Ip) -> Ip:
    """Return the IPv4 address that an IPv6 address embeds, or the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    ipv4 = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if ipv4 is None and ip in _NAT64:
        return IPv4Address(ip.packed[-4:])
    return ipv4 or ip


def _matches(entry: str, host: str, ip: Ip) -> bool:
    try:
        return ip in ip_network(entry, strict=False)
    except ValueError:
        return entry.lower() == host.lower()
