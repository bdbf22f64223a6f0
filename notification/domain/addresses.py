"""Which IP addresses a callback may lead to: the public unicast ones, and what the operator allows besides.

`ipaddress.is_global` is not enough: it lets multicast, NAT64, 6to4 and Teredo through, behind which private IPv4
addresses hide, and its tables are as old as the Python they came with. So IPv4 is refused by list, and IPv6 is
allowed only inside 2000::/3, the one block IANA assigns global unicast addresses from, again less a list.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), multicast (RFC 5771), and metadata services.
_REFUSED_IPV4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "cloud metadata",
    "169.254.0.0/16": "link-local and cloud metadata",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}

# IANA IPv6 Special-Purpose Address Registry, and the ranges that embed an IPv4 address. Those outside 2000::/3 are
# here only for their names.
_REFUSED_IPV6 = {
    "::/128": "unspecified",
    "::1/128": "loopback",
    "::ffff:0:0/96": "IPv4-mapped",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "NAT64",
    "100::/64": "discard",
    "2001::/32": "Teredo",
    "2001::/23": "IETF protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}

_REFUSED: list[tuple[Network, str]] = [
    (ip_network(network), name) for network, name in (_REFUSED_IPV4 | _REFUSED_IPV6).items()
]
_GLOBAL_UNICAST = IPv6Network("2000::/3")


class Unresolvable(Exception):
    """The name has no address, or no name server answered in time."""


def refusal(address: Address, allowed: Collection[Network]) -> str | None:
    """Why a callback must not connect to this address (the name of its range), or None when it may."""
    if any(address in network for network in allowed):
        return None
    for network, name in _REFUSED:
        if address in network:
            return name
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "not global unicast"
    return None if address.is_global else "not public"


def permitted(addresses: Collection[str], allowed: Collection[Network]) -> list[Address]:
    """The addresses a callback may connect to, in the order given.

    One refused address among permitted ones does not spoil the rest: on networks with DNS64 (RFC 6147) every
    IPv4-only name also resolves into 64:ff9b::/96. Only what is returned here is ever connected to.
    """
    return [address for address in map(ip_address, addresses) if refusal(address, allowed) is None]
