"""Links that are sent by mail: to set a new password, and to verify an address.

Whether there is an account is said to nobody: the reply to who asks is the same, and comes after the same work.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from etc.contracts import account_mails
from etc.contracts.account_mails import Purpose
from kit import faults
from kit.errors import Unavailable
from kit.moments import rfc3339_ms
from users.domain.account import Account
from users.domain.errors import LinkOver, NoSuchUser
from users.domain.links import Link, parts_of
from users.domain.secret_tokens import hash_of
from users.service.accounts import UserService
from users.service.passwords import Passwords
from users.service.ports import LinkStore
from users.service.sign_in_limits import SignInLimits


class AccountLinks:
    def __init__(
        self,
        users: UserService,
        links: LinkStore,
        passwords: Passwords,
        limits: SignInLimits,
        public_url: str,
        written: Callable[[], None] | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`written` is called when there is a mail to be sent; None: this installation sends none."""
        self._users = users
        self._links = links
        self._passwords = passwords
        self._limits = limits
        self._public_url = public_url
        self._written = written
        self._clock = clock

    def forgot(self, username: str, language: str, *, network: str) -> None:
        """Send a link to the account's address, if there is such an account and it did not get several just now.

        Raises RateLimited for a network that asks very often, whatever it asks for.
        """
        self._require_mails()
        self._limits.count_registration(network)
        may_have_one = self._limits.may_have_link(username)
        account = self._users.find(username)
        if account and may_have_one:
            self._send("reset", account, language)
        else:
            self._links.pretend()

    def reset(self, token: str, new_password: str) -> None:
        """A new password; all sessions are over. Raises LinkOver."""
        account, used = self._require("reset", token)
        self._links.use(account, "reset", used, self._now_s(), self._passwords.hash(new_password))

    def ask_to_verify(self, username: str, password: str, language: str, *, network: str) -> None:
        """Send a link to the account's address. Raises WrongCredentials, RateLimited."""
        self._require_mails()
        account = self._users.authenticate(username, password, network=network)
        if self._limits.may_have_link(username):
            self._send("verify", account, language)

    def verify(self, token: str) -> None:
        """The address is known to be the account's. Raises LinkOver."""
        account, used = self._require("verify", token)
        self._links.use(account, "verify", used, self._now_s(), None)

    def _send(self, purpose: Purpose, account: Account, language: str) -> None:
        link, token = Link.new(purpose, account.id, self._now_s())
        now = rfc3339_ms(datetime.fromtimestamp(self._clock(), UTC))
        mail = account_mails.body(
            user_id=account.id,
            username=account.username,
            email=account.email,
            purpose=purpose,
            link=f"{self._public_url}/#{purpose}={token}",  # a fragment: no server and no log sees it
            valid_until=rfc3339_ms(datetime.fromtimestamp(link.until_s, UTC)),
            language=language,
            now=now,
        )
        self._links.put(account, link, *mail, now)
        faults.point("account_mail.stored")
        assert self._written is not None
        self._written()

    def _require(self, purpose: Purpose, token: str) -> tuple[Account, str]:
        """Its account, and its hash; looked at before a password is hashed, and decided when it is used."""
        user_id, secret = parts_of(token)
        try:
            account = self._users.user(user_id) if user_id else None
        except NoSuchUser:
            account = None
        if account is None or not self._links.is_good(account, purpose, hash_of(secret), self._now_s()):
            raise LinkOver
        return account, hash_of(secret)

    def _require_mails(self) -> None:
        if self._written is None:
            raise Unavailable("No mails are sent here; ask a registrar", retry_after_s=3600)

    def _now_s(self) -> int:
        return int(self._clock())
