"""Path parameters that several services take, with their bounds."""

from typing import Annotated

from fastapi import Path
from pydantic import EmailStr, StringConstraints

# JSON numbers and Redis scores are doubles: above 2^53 - 1 two ids could look alike.
LARGEST_ID = 2**53 - 1

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
UserName = Annotated[str, Path(min_length=1, max_length=64), StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")]
EmailAddress = Annotated[EmailStr, Path(max_length=254)]
