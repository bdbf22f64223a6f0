import pytest

from notification.domain.domain_name import domain_of


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("hooks.example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("x7.hooks.example.com.", "example.com"),
        ("example.com..", "example.com"),
        ("me.github.io", "me.github.io"),
        ("hooks.me.github.io", "me.github.io"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("", ""),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_names_of_one_owner_have_one_domain(host: str, domain: str) -> None:
    assert domain_of(host) == domain
