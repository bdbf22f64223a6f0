"""Refusals about accounts, as facts."""

from typing import ClassVar

from kit.errors import Conflict, NotFound, Unauthorized, Unavailable


class NameTaken(Conflict):
    def __init__(self, username: str) -> None:
        super().__init__(f"The user name {username} is taken; choose another")


class NameOfAnother(Conflict):
    def __init__(self, username: str) -> None:
        super().__init__(f"username: {username} is taken by an account with another e-mail or without the role")


class PasswordMissing(Conflict):
    def __init__(self, username: str) -> None:
        super().__init__(f"password: {username} has none, and none is made up here")


class TooManyAtOnce(Conflict):
    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} accounts are made at once; send this one again")


class NoSuchUser(NotFound):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"User {user_id} does not exist")


class NoSuchName(NotFound):
    def __init__(self, username: str) -> None:
        super().__init__(f"There is no user of the name {username}")


class LastRegistrar(Conflict):
    """Without any, nobody could grant a role again."""

    def __init__(self, user_id: int) -> None:
        super().__init__(f"User {user_id} is the last registrar; give somebody else the role first")


class RolesChanged(Conflict):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"Somebody else is changing the roles of user {user_id}; look at them and set them again")


class WrongCredentials(Unauthorized):
    """One text for an unknown name and a wrong password, so that names cannot be found out here."""

    def __init__(self) -> None:
        super().__init__("User name or password is wrong")


class PasswordChanged(Conflict):
    def __init__(self) -> None:
        super().__init__("The password has just been changed by somebody else; log in with the one that counts now")


class LinkOver(Conflict):
    """Used, expired, replaced by a newer one, or never sent: which is not said."""

    def __init__(self) -> None:
        super().__init__("This link was used already, has expired, or is not the newest; ask for another one")


class RateLimited(Unavailable):
    """Not for now, but for later: an Unavailable, so that the reply says when to come back."""

    status: ClassVar[int] = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many attempts; try again in {retry_after_s} s", retry_after_s)


class TooBusy(Unavailable):
    def __init__(self) -> None:
        super().__init__("Too many people are signing in at this moment; ask again in a second", retry_after_s=1)
