"""Which names, addresses and passwords may be registered."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from users.api.requests import Credentials, Registration, RoleGrant

# Whatever could change the path that KrakenD writes names and addresses into, or a header line of a mail.
UNSAFE = ["/", "\\", "?", "#", "%", "%2F", "{", "}", "{JWT.sub}", " ", "\n", "\r\n", "\x00", ";", "&", "é", "\u202e"]


def register(**changed: object) -> Registration:
    fields = {"username": "jo", "email": "jo@gmail.com", "password": "correct horse"}
    return Registration.model_validate(fields | changed)


@pytest.mark.parametrize("name", ["jo", "Jo.Doe", "j", "a-b_c.d", "x" * 32, "4ever"])
def test_a_safe_name_is_taken_as_it_is(name: str) -> None:
    assert register(username=name).username == name


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_a_name_with_anything_else_is_refused(unsafe: str) -> None:
    with pytest.raises(ValidationError, match="use letters, digits"):
        register(username=f"jo{unsafe}x")


@pytest.mark.parametrize("name", ["", ".", "..", ".jo", "-jo", "_jo", "x" * 33, "jo\n", 4, None])
def test_a_name_that_is_a_path_step_or_not_of_the_right_length_is_refused(name: object) -> None:
    with pytest.raises(ValidationError):
        register(username=name)


@pytest.mark.parametrize("email", ["jo@gmail.com", "jo.doe+449@csu.fullerton.edu", "a_b-c@example.com"])
def test_a_safe_address_is_taken_as_it_is(email: str) -> None:
    assert register(email=email).email == email


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_an_address_with_anything_else_is_refused(unsafe: str) -> None:
    with pytest.raises(ValidationError):
        register(email=f"jo{unsafe}x@example.com")


@pytest.mark.parametrize("email", ["jo", "jo@", "@example.com", "jo@example", "Jo <jo@example.com>", "a@b@example.com"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        register(email=email)


@pytest.mark.parametrize("password", ["1234567", "x" * 129, "", None, "\ud800" * 10])
def test_a_password_of_the_wrong_length_or_without_meaning_is_refused(password: object) -> None:
    with pytest.raises(ValidationError):
        register(password=password)


@pytest.mark.parametrize("roles", [[], ["king"], "student", None, ["student"] * 11])
def test_only_known_roles_can_be_granted(roles: object) -> None:
    with pytest.raises(ValidationError):
        RoleGrant.model_validate({"roles": roles})


def test_jo_has_one_password_in_all_that_people_read() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    examples = [Registration.model_json_schema()["examples"][0], Credentials.model_json_schema()["examples"][0]]

    assert set(re.findall(r'"username": "jo".*"password": "([^"]*)"', readme)) == {
        example["password"] for example in examples
    }
