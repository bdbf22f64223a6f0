"""An e-mail address in a path is what EmailStr makes of it."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import EmailStr, TypeAdapter, ValidationError

from kit.web.params import EmailAddress

OURS: TypeAdapter[str] = TypeAdapter(EmailAddress)
PYDANTIC: TypeAdapter[str] = TypeAdapter(EmailStr)


def said(adapter: TypeAdapter[str], value: str) -> Any:
    """The address as it is written, or the words of the refusal."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        return [each["msg"] for each in error.errors()]


@pytest.mark.parametrize(
    "address",
    [
        "someone@example.com",
        "Someone.Else+1@Students.EXAMPLE.com",
        "POSTMASTER@example.com",
        "postmaster@example.com",
        "a.b_c-d+e@a-b.example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        f"{'a' * 64}@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 63}.com",
        f"a@{'b' * 64}.com",
        f"a@{'b.' * 126}com",
        "a@localhost",
        "a@example",
        "a@example.invalid",
        "a@-example.com",
        "a@example..com",
        "a@example.com.",
        "a@ab--cd.com",
        "a@xn--bcher-kva.example.com",
        "a@10.0.0.1",
    ],
)
def test_an_address_is_taken_written_or_refused_as_by_email_str(address: str) -> None:
    for _ in range(2):  # the second time the domain is known
        assert said(OURS, address) == said(PYDANTIC, address)


@given(
    st.text("aZ09._+-", max_size=66),
    st.sampled_from(["example.com", "EXAMPLE.org"]) | st.text("aZ9.-", max_size=70),
)
@example("a" * 64, "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".com")
def test_so_is_whatever_letters_may_be_in_one(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    if local and domain and len(address) <= 254:
        assert said(OURS, address) == said(PYDANTIC, address)


def test_none_is_longer_than_254_characters_also_where_its_domain_is_known() -> None:
    domain = f"{'d' * 62}.{'d' * 62}.{'d' * 60}.com"
    for local in ("l" * 63, "l" * 64):
        address = f"{local}@{domain}"
        assert isinstance(said(OURS, address), list) is (len(address) > 254), len(address)
