"""The errors of all services: each knows its HTTP status, and one handler (kit.web.app) renders them.

    AppError
    ├── Unauthorized  401   who you are could not be established
    ├── Forbidden     403   not yours
    ├── NotFound      404   there is no such thing
    ├── Conflict      409   it is there, but its state does not allow this
    ├── Malformed     422   the request cannot mean anything
    └── Unavailable   503   a store or broker does not answer; Retry-After says when to ask again

Rules and adapters raise subclasses named after the fact (`ClassFull`); routes raise nothing themselves.
"""

import re
from typing import ClassVar


class AppError(Exception):
    """A refusal. `detail` is one sentence for the caller that says what to do about it."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @classmethod
    def code(cls) -> str:
        """The fact's name for programs, also when its sentence or its class's name changes: set it then."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def codes_of(kind: type[AppError]) -> set[str]:
    """The codes of all kinds of this error that are known to this process."""
    return {code for each in kind.__subclasses__() for code in {each.code(), *codes_of(each)}}


class Unauthorized(AppError):
    status = 401


class Forbidden(AppError):
    status = 403


class NotFound(AppError):
    status = 404


class Conflict(AppError):
    status = 409


class Malformed(AppError):
    status = 422


class Unavailable(AppError):
    """`retry_after_s` becomes the Retry-After header, in whole seconds (RFC 9110 §10.2.3)."""

    status = 503

    def __init__(self, detail: str, retry_after_s: int = 2) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
