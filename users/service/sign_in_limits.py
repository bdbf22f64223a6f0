"""How often passwords may be tried: counted by account and by network, so that neither is a way around the other.

- One account from one network: `per_account` tries a minute, right or wrong. Others behind the same address have their
  own, so a lecture hall logs in at once.
- One network, all accounts: `failures_per_network` wrong passwords a minute. That is what guessing one common password
  for everybody runs into; right passwords are not counted. Accounts whose password was given rightly from there in the
  last 30 days or more are heard all the same, so that nobody can shut out a campus behind one address; each while it
  has few wrong ones of its own in ten minutes. Registrations are counted likewise, and by themselves.
- One account, all networks: `failures_per_account` wrong passwords in ten minutes; then only those networks are heard
  from which its password was given rightly as lately (as OWASP's "device cookies", with the network for a cookie). So
  guessing from everywhere gets nowhere, and does not lock the owner out.

Unknown accounts are counted like known ones. One risk is left: somebody behind the owner's own address can use up the
account's tries from there, a minute at a time, and what is left to accounts that are new there.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from users.domain.account import account_name
from users.domain.errors import RateLimited
from users.service.ports import Counters

MINUTE_S = 60
ACCOUNT_WINDOW_S = 600
LINK_WINDOW_S, LINKS_PER_ACCOUNT = 900, 3
FAILURES_WHEN_KNOWN = 3
KNOWN_FOR_S = 30 * 86_400  # at least: until the end of the next such period


@dataclass(frozen=True)
class Limits:
    """See above; 0 is no limit."""

    per_account: int
    failures_per_network: int
    failures_per_account: int


@dataclass(frozen=True)
class Window:
    """A count that begins anew every so many seconds."""

    key: str
    ends_at_s: int

    @classmethod
    def of(cls, length_s: int, now_s: int, *subject: str) -> "Window":
        number = now_s // length_s
        return cls(f"{_key(*subject)}:{number}", (number + 1) * length_s)


@dataclass(frozen=True)
class Admission:
    """A try that may go on."""

    account: str
    network: str
    known: bool  # the account's password was given from there lately
    noted: bool  # and that is written down for this period, too


class SignInLimits:
    def __init__(self, counters: Counters, limits: Limits, clock: Callable[[], float] = time.time) -> None:
        self._counters = counters
        self._limits = limits
        self._clock = clock

    def admit(self, username: str, network: str) -> Admission:
        """Count a try. Raises RateLimited if the password must not be looked at."""
        account, now_s = account_name(username), self._now_s()
        self._count(Window.of(MINUTE_S, now_s, "account at network", account, network), self._limits.per_account)
        of_network, of_account = self._failures(account, network, now_s)
        now, before = (_known(account, network, at_s) for at_s in (now_s, now_s - KNOWN_FOR_S))
        network_failures, account_failures, noted, noted_before = self._counters.read(
            (of_network.key, of_account.key, now.key, before.key)
        )
        admission = Admission(account, network, known=bool(noted or noted_before), noted=bool(noted))
        if admission.known:
            if _is_used_up(network_failures, self._limits.failures_per_network):
                [failures_there] = self._counters.read((self._failures_there(admission).key,))
                self._require(failures_there, FAILURES_WHEN_KNOWN, of_network)
        else:
            self._require(network_failures, self._limits.failures_per_network, of_network)
            self._require(account_failures, self._limits.failures_per_account, of_account)
        return admission

    def failed(self, admission: Admission) -> None:
        """Count a wrong password. Raises RateLimited if others, tried at the same time, have used up the limit."""
        of_network, of_account = self._failures(admission.account, admission.network, self._now_s())
        if admission.known:
            self._count_failure_of_known(admission, of_network)
        else:
            self._count(of_network, self._limits.failures_per_network)
            self._count(of_account, self._limits.failures_per_account)

    def _count_failure_of_known(self, admission: Admission, of_network: Window) -> None:
        limit = self._limits.failures_per_network
        if limit:
            failures, failures_there = self._add(of_network), self._add(self._failures_there(admission))
            if failures > limit and failures_there > FAILURES_WHEN_KNOWN:
                self._refuse(of_network)

    def succeeded(self, admission: Admission) -> None:
        if not admission.noted:
            window = _known(admission.account, admission.network, self._now_s())
            self._counters.add(window.key, window.ends_at_s + KNOWN_FOR_S)

    def count_registration(self, network: str) -> None:
        """Raises RateLimited."""
        self._count(Window.of(MINUTE_S, self._now_s(), "registrations", network), self._limits.failures_per_network)

    def may_have_link(self, username: str) -> bool:
        """Count a link that is asked for; no account gets more than a few in a while, whoever asks."""
        window = Window.of(LINK_WINDOW_S, self._now_s(), "links", account_name(username))
        return self._add(window) <= LINKS_PER_ACCOUNT

    def _failures(self, account: str, network: str, now_s: int) -> tuple[Window, Window]:
        return Window.of(MINUTE_S, now_s, "network", network), Window.of(ACCOUNT_WINDOW_S, now_s, "account", account)

    def _failures_there(self, admission: Admission) -> Window:
        return Window.of(ACCOUNT_WINDOW_S, self._now_s(), "failures there", admission.account, admission.network)

    def _count(self, window: Window, limit: int) -> None:
        if limit and self._add(window) > limit:
            self._refuse(window)

    def _add(self, window: Window) -> int:
        return self._counters.add(window.key, window.ends_at_s + MINUTE_S)

    def _require(self, count: int, limit: int, window: Window) -> None:
        if _is_used_up(count, limit):
            self._refuse(window)

    def _refuse(self, window: Window) -> NoReturn:
        raise RateLimited(retry_after_s=max(1, window.ends_at_s - self._now_s()))

    def _now_s(self) -> int:
        return int(self._clock())


def _is_used_up(count: int, limit: int) -> bool:
    return 0 < limit <= count


def _known(account: str, network: str, at_s: int) -> Window:
    return Window.of(KNOWN_FOR_S, at_s, "known", account, network)


def _key(*subject: str) -> str:
    """Short, whatever was sent for a name, and names nobody."""
    return hashlib.blake2b("\0".join(subject).encode(), digest_size=16).hexdigest()
