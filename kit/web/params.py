"""Path parameters that several services take, with their bounds."""

from typing import Annotated

from annotated_types import Interval
from fastapi import Path
from pydantic import BeforeValidator, EmailStr, StringConstraints

# JSON numbers and Redis scores are doubles: above 2^53 - 1 two ids could look alike.
LARGEST_ID = 2**53 - 1


def _decimal(value: object) -> object:
    """Digits and nothing else: pydantic would also take "+1", " 1", "1.0" and "1_0"."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number in decimal digits")
    return value


Decimal = BeforeValidator(_decimal)  # after the bounds: those that follow it are enforced, but not in the OpenAPI
Id = Annotated[int, Interval(ge=1, le=LARGEST_ID), Decimal, Path()]
UserName = Annotated[str, Path(min_length=1, max_length=64), StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")]
EmailAddress = Annotated[EmailStr, Path(max_length=254)]
