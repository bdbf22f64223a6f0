from string import ascii_letters, ascii_lowercase, digits
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, just, sampled_from, text

from notification.domain.callback_url import LONGEST_STORED, NotACallbackUrl, parse


@pytest.mark.parametrize(
    "text",
    ["https://smee.io/abc", "https%3A%2F%2Fsmee.io%2Fabc", "https%3a%2f%2fsmee.io%2fabc", "//smee.io/abc",
     "%2F%2Fsmee.io%2Fabc"],
)  # fmt: skip
def test_plain_encoded_and_schemeless_urls_are_the_same_url(text: str) -> None:
    url = parse(text)
    assert url.plain == "https://smee.io/abc"
    assert url.stored == "https%3A%2F%2Fsmee.io%2Fabc"
    assert (url.host, url.port) == ("smee.io", 443)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("http://Example.COM:8080/a", "example.com", 8080),
        ("http://[2606:4700::1111]/a", "2606:4700::1111", 80),
        ("https://bücher.example/a", "xn--bcher-kva.example", 443),
        ("http://a", "a", 80),
    ],
)
def test_host_and_port_are_what_will_be_connected_to(text: str, host: str, port: int) -> None:
    url = parse(text)
    assert (url.host, url.port) == (host, port)


@pytest.mark.parametrize(
    "text",
    ["", " ", "smee.io/abc", "ftp://smee.io", "file:///etc/passwd", "javascript:alert(1)", "https://", "https:///a",
     "https://@", "https://me@smee.io", "https://me:secret@smee.io", "https://smee.io/a b", "https://smee.io/\r\nX: y",
     "https://smee.io/\x00", "https://smee.io:0/", "https://smee.io:65536/", "https://smee.io:port/", "https://%FF/",
     "%FF", "https%253A%252F%252Fsmee.io", "https://" + "a" * 2000, "http://[::1", "//", "///a", "https://a\\@b/"],
)  # fmt: skip
def test_what_is_no_callback_url_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(NotACallbackUrl) as refused:
        parse(text)
    assert refused.value.detail.startswith("proxyURL ")
    assert "secret" not in refused.value.detail


@given(text())
def test_any_text_is_a_url_or_refused(anything: str) -> None:
    try:
        url = parse(anything)
    except NotACallbackUrl:
        return
    assert parse(url.stored).plain == url.plain


SCHEMES = sampled_from(["http", "https"])
NAMES = text(ascii_lowercase, min_size=1, max_size=9)
PORTS = just("") | integers(1, 9999).map(":{}".format)
PATHS = just("") | text(ascii_letters + digits + "%?&=#._~-", max_size=30).map("/{}".format)


@given(builds("{}://{}.example{}{}".format, SCHEMES, NAMES, PORTS, PATHS))
def test_a_url_comes_back_from_its_stored_form_unchanged(plain: str) -> None:
    assert parse(plain).plain == parse(quote(plain, safe="")).plain == plain


@pytest.mark.parametrize(
    "plain",
    [
        f"https://{'.'.join(['a' * 60] * 31)}/x",
        f"https://{'a' * 64}.com/",
        f"https://{'.'.join(['a' * 63] * 4)}/",  # 255
        "https://smee.io/" + "é" * 1980,  # six times as long when encoded
    ],
)
def test_what_could_be_stored_but_never_be_sent_is_refused(plain: str) -> None:
    with pytest.raises(NotACallbackUrl, match="longer than"):
        parse(plain)


def test_the_longest_host_and_the_longest_url_that_an_event_can_carry_are_accepted() -> None:
    host = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert parse(f"https://{host}/").host == host
    plain = "https://smee.io/" + "é" * 996
    assert len(parse(plain).stored) == LONGEST_STORED
    with pytest.raises(NotACallbackUrl, match="when percent-encoded"):
        parse(f"{plain}a")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("https://smee.io/" + "a" * 1985, "is longer than 2000 characters"),
        ("https://smee.io/a b", "holds a space, a control character or another that no URL may hold"),
        ("ftp://smee.io", "must begin with http:// or https://"),
        ("%FF", "is not valid percent-encoded UTF-8"),
        ("http://[::1", "is not a URL"),
        ("https://", "names no host"),
        ("https://me@smee.io", "must not hold a user name or password"),
        (f"https://{'a' * 64}.com/", "names a host longer than names can be"),
        ("https://smee.io:65536/", "names a port that does not exist"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_is_right(text: str, fact: str) -> None:
    with pytest.raises(NotACallbackUrl) as refused:
        parse(text)
    assert refused.value.detail == f"proxyURL {fact}; use one like https://smee.io/your-channel"


def test_the_bounds_themselves_are_accepted() -> None:
    assert len(parse("https://smee.io/" + "a" * 1984).plain) == 2000
    assert parse("https://smee.io:65535/").port == 65535


def test_a_plain_url_keeps_what_is_encoded_in_it() -> None:
    assert parse("https://smee.io/a%2Fb").plain == "https://smee.io/a%2Fb"
