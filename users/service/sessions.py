"""Logging in for longer than one access token: sessions that are refreshed, ended, and ended by a new password.

Gateways check access tokens by their signature alone. Services refuse those of a session that is over, of which they
hear within about a second (kit.sessions); one that cannot hear takes them until they expire, so they are short-lived.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from kit import faults
from kit.errors import Unavailable
from kit.sessions import SessionOver
from users.domain.account import Account
from users.domain.errors import NoSuchUser
from users.domain.sessions import Session, SessionLimits, parts_of
from users.service.accounts import UserService
from users.service.passwords import Passwords
from users.service.ports import AccountStore, SessionStore
from users.service.tokens import TokenIssuer

log = logging.getLogger(__name__)

_TRIES = 5


@dataclass(frozen=True)
class Grant:
    """The tokens for a client, and how long they, and the whole session, are good for."""

    access_token: str
    expires_in_s: int
    refresh_token: str
    refresh_expires_in_s: int
    session_ends_in_s: int


class SessionService:
    def __init__(
        self,
        users: UserService,
        accounts: AccountStore,
        sessions: SessionStore,
        passwords: Passwords,
        tokens: TokenIssuer,
        limits: SessionLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`tokens` issues the access tokens of sessions."""
        self._users = users
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._tokens = tokens
        self._limits = limits
        self._clock = clock

    def log_in(self, username: str, password: str, *, network: str) -> Grant:
        """A new session. Raises WrongCredentials and RateLimited."""
        return self._begin(self._users.authenticate(username, password, network=network))

    def refresh(self, refresh_token: str) -> Grant:
        """New tokens for this one, with the roles the account has now. The same again for who asks again at once.

        Raises SessionOver. A token that was used before ends its session: it is in two hands, and whose is the right
        one cannot be known (RFC 9700 §4.14.2).
        """
        session_id, secret = parts_of(refresh_token)
        for _ in range(_TRIES):
            now_s = self._now_s()
            session, account = self._require(session_id, now_s)
            if session.is_current(secret):
                used = session.used(secret, self._limits, now_s)
                if self._sessions.replace(session, used):
                    faults.point("session.refreshed")
                    return self._grant(account, used, session.successor(secret), now_s)
            elif session.was_just_used(secret, now_s):
                return self._grant(account, session, session.successor(secret), now_s)
            else:
                self._sessions.end(session)
                log.warning("a refresh token of user %d was used twice: its session is over", session.user_id)
                raise SessionOver
        raise Unavailable("Others refresh the same session; ask again in a moment", retry_after_s=1)

    def end(self, refresh_token: str) -> None:
        """It gives no more tokens, and those it gave are good for nothing.

        Idempotent; of what is no session nothing is said (RFC 7009 §2.2).
        """
        session_id, secret = parts_of(refresh_token)
        session = self._sessions.get(session_id)
        if session and (session.is_current(secret) or session.was_just_used(secret, self._now_s())):
            self._sessions.end(session)
            faults.point("session.ended")

    def change_password(self, username: str, password: str, new_password: str, *, network: str) -> Grant:
        """A new session, the only one: all others are over, with their access tokens.

        Raises WrongCredentials, RateLimited, PasswordChanged.
        """
        account = self._users.authenticate(username, password, network=network)
        return self._begin(self._accounts.change_password(account, self._passwords.hash(new_password)))

    def _begin(self, account: Account) -> Grant:
        now_s = self._now_s()
        session, refresh_token = Session.begin(account.id, account.session_epoch, self._limits, now_s)
        self._sessions.add(session)
        return self._grant(account, session, refresh_token, now_s)

    def _require(self, session_id: str, now_s: int) -> tuple[Session, Account]:
        session = self._sessions.get(session_id)
        if session is None or session.expires_at_s <= now_s:
            raise SessionOver
        try:
            account = self._accounts.require(session.user_id)
        except NoSuchUser:
            raise SessionOver from None
        if account.session_epoch != session.epoch:
            raise SessionOver
        return session, account

    def _grant(self, account: Account, session: Session, refresh_token: str, now_s: int) -> Grant:
        left_s = session.ends_at_s - now_s
        tokens = replace(self._tokens, lifetime_s=min(self._tokens.lifetime_s, left_s))
        return Grant(
            access_token=tokens.issue(account, now_s, session.name),
            expires_in_s=tokens.lifetime_s,
            refresh_token=refresh_token,
            refresh_expires_in_s=session.expires_at_s - now_s,
            session_ends_in_s=left_s,
        )

    def _now_s(self) -> int:
        return int(self._clock())
