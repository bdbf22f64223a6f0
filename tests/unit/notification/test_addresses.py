from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis.strategies import ip_addresses

from notification.domain.addresses import permitted, refusal

REFUSED = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd00:ec2::254"],
    "link-local and cloud metadata": ["169.254.169.254", "169.254.0.1"],
    "link-local": ["fe80::1", "febf::1"],
    "site-local": ["fec0::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "carrier-grade NAT": ["100.64.0.1", "100.100.100.200", "100.127.255.255"],
    "cloud metadata": ["168.63.129.16"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:8.8.8.8"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::1", "2002:808:808::1"],
    "6to4 relay": ["192.88.99.1"],
    "Teredo": ["2001::1", "2001:0:ffff::1"],
    "this network": ["0.0.0.0", "0.1.2.3"],
    "unspecified": ["::"],
    "reserved": ["240.0.0.1", "255.255.255.255"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarking": ["198.18.0.1", "198.19.255.255"],
    "IETF protocol assignments": ["192.0.0.192", "2001:2::1", "2001:1ff::1"],
    "not global unicast": ["::127.0.0.1", "4000::1", "1::1"],
}
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize(("name", "address"), [(name, one) for name, all_ in REFUSED.items() for one in all_])
def test_what_is_not_public_unicast_is_refused_by_name(name: str, address: str) -> None:
    assert refusal(ip_address(address), ()) == name


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_permitted(address: str) -> None:
    assert refusal(ip_address(address), ()) is None


@given(ip_addresses())
def test_nothing_that_python_calls_non_global_or_multicast_is_permitted(address: object) -> None:
    one = ip_address(str(address))
    if not one.is_global or one.is_multicast:
        assert refusal(one, ()) is not None


def test_an_allowed_network_is_permitted_and_only_that() -> None:
    allowed = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert refusal(ip_address("127.0.0.1"), allowed) is None
    assert refusal(ip_address("::1"), allowed) is None
    assert refusal(ip_address("10.0.0.1"), allowed) == "private"
    assert refusal(ip_address("::ffff:127.0.0.1"), allowed) == "IPv4-mapped"


def test_only_permitted_addresses_of_a_name_are_left_in_their_order() -> None:
    found = ["10.0.0.1", "8.8.8.8", "64:ff9b::808:808", "2606:4700::1111", "fe80::1%eth0"]
    assert [str(one) for one in permitted(found, ())] == ["8.8.8.8", "2606:4700::1111"]
