"""Which hosts belong together, since one owner can make any number of names."""

from functools import cache
from ipaddress import ip_address, ip_network

from publicsuffixlist import PublicSuffixList

_PREFIX = {4: 32, 6: 64}  # what one machine may have: a single IPv4 address, but a whole network of IPv6


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # read when it is first needed: a tenth of a second


def domain_of(host: str) -> str:
    """The registrable domain of a host's name (by the public suffix list), or for an IPv6 address its /64.

    `a.b.example.co.uk` gives `example.co.uk`, and `me.github.io` itself: what is under it is its owner's alone.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return _suffixes().privatesuffix(host.rstrip(".")) or host
    return str(ip_network((address, _PREFIX[address.version]), strict=False))
