"""The network a caller asks from: neighbours count as one."""

from ipaddress import IPv4Address, IPv6Network, ip_address

_LONGEST = 64


def network_of(address: str) -> str:
    """An IPv4 address itself, and of an IPv6 address its /64: that is what one household or machine is given at least.

    Anything else is taken as it is, up to 64 characters.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:_LONGEST]
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Network((int(parsed), 64), strict=False))
