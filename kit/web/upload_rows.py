"""Rows of an upload, each of which is read by itself, and is told what became of it: good, added, kept or bad.

Each service has a model of its own for what a row is told, with `outcome`, `detail` and `code`.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kit.bulk_load import Outcome
from kit.errors import AppError
from kit.web.problem_details import MALFORMED

R = TypeVar("R", bound=BaseModel)
T = TypeVar("T", bound=BaseModel)


def read_row(row: type[R], given: Mapping[str, Any], told: Callable[..., T]) -> R | T:
    """The row, or what is told of one that is malformed."""
    try:
        return row.model_validate(given)
    except ValidationError as error:
        said = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        return told(outcome="bad", detail="; ".join(said), code=MALFORMED)


def tell(outcome: Outcome | AppError, told: Callable[..., T], *, dry_run: bool) -> T:
    if isinstance(outcome, AppError):
        return told(outcome="bad", detail=outcome.detail, code=outcome.code())
    if outcome == "kept":
        return told(outcome="kept")
    return told(outcome="good" if dry_run else "added")
