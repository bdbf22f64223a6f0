"""Path parameters that several services take, with their bounds."""

import re
from functools import lru_cache
from typing import Annotated

from annotated_types import Interval
from fastapi import Path
from pydantic import (
    BeforeValidator,
    EmailStr,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    validate_email,
)
from pydantic_core import PydanticCustomError

# JSON numbers and Redis scores are doubles: above 2^53 - 1 two ids could look alike.
LARGEST_ID = 2**53 - 1


def _decimal(value: object) -> object:
    """Digits and nothing else: pydantic would also take "+1", " 1", "1.0", "1_0" and "01"."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and (value[0] != "0" or value == "0")):
        raise PydanticCustomError("not_decimal", "must be a whole number in decimal digits")
    return value


# Characters that can stand in a path without a meaning of its own there, see kit.web.safe_path; not "." and not "..".
_UNSAFE = r"\x00-\x1f\x7f/\\?#%{}"
SAFE_TEXT = rf"^[^{_UNSAFE}]*[^{_UNSAFE}.][^{_UNSAFE}]*$"

# Names and addresses as accounts have them: whatever else comes was never in a token.
USER_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
EMAIL_ADDRESS = r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$"
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the brackets


def _plain_address(value: object) -> object:
    """Before EmailStr, which turns "xn--" into other letters, and would take "Jo <jo@example.com>" for its address."""
    if isinstance(value, str) and not re.fullmatch(EMAIL_ADDRESS, value):
        raise PydanticCustomError("not_plain", "must be an e-mail address of letters, digits, '.', '_', '+' and '-'")
    return value


# Of the part before the @: most, and of these EmailStr changes none.
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}@)[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*+@")


def _domain_once(address: str, validate: ValidatorFunctionWrapHandler) -> str:
    """As EmailStr has it, which looks long at the domain; few addresses have one of their own."""
    if len(address) <= LONGEST_ADDRESS and (local := _PLAIN_LOCAL.match(address)):
        try:
            return local[0] + _domain(address[local.end() :])
        except ValueError:
            pass  # the refusal is to be of the whole address
    valid: str = validate(address)
    return valid


@lru_cache(maxsize=1_000)
def _domain(domain: str) -> str:
    """As it is written. Raises ValueError."""
    _, valid = validate_email(f"a@{domain}")
    return valid.removeprefix("a@")


Decimal = BeforeValidator(_decimal)  # after the bounds: those that follow it are enforced, but not in the OpenAPI
Id = Annotated[int, Interval(ge=1, le=LARGEST_ID), Decimal, Path()]
UserName = Annotated[str, Path(min_length=1, max_length=64), StringConstraints(pattern=USER_NAME)]
EmailAddress = Annotated[
    EmailStr,
    Path(max_length=LONGEST_ADDRESS, json_schema_extra={"pattern": EMAIL_ADDRESS}),
    WrapValidator(_domain_once),
    BeforeValidator(_plain_address),
]
