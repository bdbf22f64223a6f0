"""The nemesis: one fault after the other, each time waiting until the system has recovered, under load.

Kinds and targets come from a shuffled schedule, so a campaign that is long enough hits each process in each way. Beside
them it holds the lines in Redis, which are deleted (subscriptions never are), and in longer campaigns a broker that is
killed again each time it comes back, so that it is away for a while. Two of them make two faults at once.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event

from clocks.control import Clocks
from network.control import Network, NoNetwork
from network.link import Mode
from redis.exceptions import RedisError

from enrollment.adapters.heartbeats import resynced_key
from enrollment.adapters.waitlist_cache import Keys
from kit.errors import Unavailable
from kit.stores.redis_client import connect
from verify import targets
from verify.cluster_nodes import ClusterNodes, Unknown
from verify.history import ON_CLUSTERS, ON_LINKS, ON_PROCESSES, Fault, History, Kind
from verify.readiness import Readiness
from verify.schedule import BROKER_AWAY, naps, schedule
from verify.system import System

LINES = "lines in Redis"
_BROKER = "rabbitmq.1"
_BROKER_AWAY_S = 15.0
_LONG_CAMPAIGN_S = 120.0
_RECOVERED_WITHIN_S = 90.0
_PAUSE_S = (0.5, 2.0)  # from one recovery to the next fault
_STOPPED_S = (4.0, 14.0)  # shorter and longer than the patience of clients and of the gateway
_REPLACED_WITHIN_S = (7.0, 14.0)  # a node of a cluster, with time to spare (cluster-node-timeout, net_ticktime)
_LAGS_S = (1.0, 4.0)
_APART_S = (3.0, 90.0, 3600.0)
_APART_IN_CLUSTER_S = 3.0  # nodes of a cluster of Redis are allowed ten seconds (CLOCKS_APART in stamp.lua)
_MODES = {
    Kind.PARTITION: (Mode.REFUSED, Mode.SILENT, Mode.DEAF),
    Kind.SLOW: (Mode.SLOW,),
    Kind.MAIL: (Mode.TRICKLE, Mode.ACCEPTS_LATE, Mode.CUT_AFTER_MAIL, Mode.NOT_NOW),
}
_WHERE_NAMED = {Kind.SLOW: (Mode.LOSSY,)}  # in --targets: not yet tried long enough to be among all faults
_DELAYS_S = {
    Mode.SLOW: (0.02, 0.1, 0.5, 1.5),
    Mode.LOSSY: (3.0, 5.0),
    Mode.TRICKLE: (0.05, 0.3),
    Mode.ACCEPTS_LATE: (3.0, 12.0),
}


def _modes(kind: Kind) -> tuple[Mode, ...]:
    return (*_MODES.get(kind, ()), *_WHERE_NAMED.get(kind, ()))


def is_wanted(name: str, only: Sequence[str]) -> bool:
    kind, _, target = name.partition(" ")
    process = target.partition(".")[0]
    ways = (kind, *_modes(Kind(kind)))
    return not only or process in only or any(f"{way}:{process}" in only for way in ways)


class Nemesis:
    """`only`: what it goes wrong with, in all ways (`enrollment`) or in one (`stop:enrollment`, `lossy:dynamodb`);
    with all where it is empty."""

    def __init__(
        self,
        system: System,
        history: History,
        readiness: Readiness,
        dice: random.Random,
        say: Callable[[str], None],
        clock: Callable[[], float],
        kinds: Sequence[Kind],
        only: Sequence[str] = (),
    ) -> None:
        self._kinds = kinds
        self._only = only
        self._system = system
        self._history = history
        self._readiness = readiness
        self._dice = dice
        self._say = say
        self._clock = clock
        self._network = Network(system.data)
        self._clocks = Clocks(system.data)
        self._nodes = ClusterNodes(system.settings)
        self._redis = connect(system.settings["REDIS_URL"])

    def run(self, seconds: float, stop: Event) -> None:
        """Until the time is over or `stop` is set. The last one is waited for, too."""
        end = self._clock() + seconds
        kills = Kind.KILL in self._kinds
        names = [f"{kind} {name}" for kind in ON_PROCESSES if kind in self._kinds for name in self._system.processes]
        names += [f"{kind} {link}" for kind in ON_LINKS if kind in self._kinds for link in self._links(kind)]
        names += [f"{Kind.CLOCK} {name}" for name in self._clocks.names if Kind.CLOCK in self._kinds]
        names += [f"{Kind.KILL} {LINES}"] * kills
        names = [name for name in names if is_wanted(name, self._only)]
        names += [f"{kind} cluster" for kind in ON_CLUSTERS if kind in self._kinds]
        in_turn = schedule(names, self._dice, broker_away=kills and seconds >= _LONG_CAMPAIGN_S)
        while names and not stop.wait(self._dice.uniform(*_PAUSE_S)) and self._clock() < end:
            kind, _, target = next(in_turn).partition(" ")
            if kind == Kind.STOP:
                self._stop(target, stop)
            elif kind in ON_LINKS:
                self._disturb(Kind(kind), target, stop)
            elif kind == Kind.CLOCK:
                self._put_clock(target, stop)
            elif kind in ON_CLUSTERS:
                self._change_roles(Kind(kind), stop)
            else:
                self._inject(target, stop)

    def _links(self, kind: Kind) -> Sequence[str]:
        return ("aiosmtpd",) if kind is Kind.MAIL else self._network.links

    def _change_roles(self, kind: Kind, stop: Event) -> None:
        """Half of the time in the harder way: a node that was frozen wakes up and does not know it was replaced.

        And in half of these cases its replica was cut off before, and lacks what was written since.
        """
        frozen = self._dice.random() < 0.5
        try:
            if kind is Kind.LEADER:
                target = self._nodes.leader(self._dice)
            else:
                target, replica = self._nodes.pair(self._dice)
                if not frozen:
                    return self._hand_over(target, replica)
                if self._dice.random() < 0.5:
                    return self._let_lag(target, replica, stop)
        except Unknown as reason:
            return self._say(f"{kind}: {reason}")
        return self._stop(target, stop, kind) if frozen else self._inject(target, stop, kind)

    def _hand_over(self, primary: str, replica: str) -> None:
        fault = Fault("redis", self._clock(), kind=Kind.FAILOVER)
        self._nodes.hand_over(replica)
        self._history.faults.append(fault)
        self._say(f"{replica} takes over from {primary}")
        self._await_recovery(fault, primary)

    def _let_lag(self, primary: str, replica: str, stop: Event) -> None:
        """The replica is joined again when its primary stands still: it learns nothing more, and takes over."""
        self._nodes.cut_off(replica)
        self._say(f"cut {replica} off from {primary}")
        try:
            stop.wait(self._dice.uniform(*_LAGS_S))
        finally:
            self._stop(primary, stop, Kind.FAILOVER, lambda: self._nodes.join(replica))

    def _stop(
        self, target: str, stop: Event, kind: Kind = Kind.STOP, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """SIGSTOP, and SIGCONT some seconds later, whatever happens meanwhile."""
        fault = Fault(target.partition(".")[0], self._clock(), kind=kind)
        try:
            targets.stop(self._system.data, target)
        except targets.NotOurs as reason:
            self._say(f"not stopped: {reason}")
            meanwhile()
            return
        self._history.faults.append(fault)
        seconds = self._dice.uniform(*(_STOPPED_S if kind is Kind.STOP else _REPLACED_WITHIN_S))
        times = naps(seconds, self._dice) if kind is Kind.STOP else [(seconds, 0.0)]
        self._say(f"stopped {target} for {seconds:.1f} s" + (f" in {len(times)} parts" if len(times) > 1 else ""))
        try:
            meanwhile()
            self._hold(target, times, stop)
        finally:
            try:
                targets.go_on(self._system.data, target)
            except targets.NotOurs as reason:
                self._say(f"not continued: {reason}")
        self._await_recovery(fault, target)

    def _hold(self, target: str, times: list[tuple[float, float]], stop: Event) -> None:
        """Its supervisor may have given up what stands still: then it is another process, and goes on."""
        for number, (still_s, awake_s) in enumerate(times):
            if number:
                with suppress(targets.NotOurs):
                    targets.go_on(self._system.data, target)
                    time.sleep(awake_s)
                    targets.stop(self._system.data, target)
            if stop.wait(still_s):
                return

    def _disturb(self, kind: Kind, link: str, stop: Event) -> None:
        """A link that is cut, silent, deaf, slow or like a bad mail server for some seconds."""
        modes = [mode for mode in _modes(kind) if f"{mode}:{link.partition('.')[0]}" in self._only]
        mode, seconds = self._dice.choice(modes or _MODES[kind]), self._dice.uniform(*_STOPPED_S)
        delay_s = self._dice.choice(_DELAYS_S.get(mode, (0.0,)))
        fault = Fault(link.partition(".")[0], self._clock(), kind=kind)
        try:
            self._network.become(link, mode, delay_s)
        except NoNetwork as reason:
            self._say(f"the link to {link} was left alone: {reason}")
            return
        self._history.faults.append(fault)
        how = f"{mode}, {delay_s:g} s" if delay_s else mode
        self._say(f"the link to {link}: {how} for {seconds:.1f} s")
        try:
            stop.wait(seconds)
        finally:
            self._network.become(link, Mode.OPEN)
        self._await_recovery(fault, f"the link to {link}")

    def _put_clock(self, target: str, stop: Event) -> None:
        """Forward or back, and right again: each is a leap in one direction."""
        process, seconds = target.partition(".")[0], self._dice.uniform(*_STOPPED_S)
        apart_s = self._dice.choice(_APART_S) * self._dice.choice((1, -1))
        if process == "redis" and self._system.is_cluster:
            apart_s = math.copysign(_APART_IN_CLUSTER_S, apart_s)
        fault = Fault(process, self._clock(), kind=Kind.CLOCK)
        self._clocks.put(target, apart_s)
        self._history.faults.append(fault)
        self._say(f"the clock of {target}: {apart_s:+g} s for {seconds:.1f} s")
        try:
            stop.wait(seconds)
        finally:
            self._clocks.put(target, 0)
        self._await_recovery(fault, f"the clock of {target}")

    def _inject(self, target: str, stop: Event, kind: Kind = Kind.KILL) -> None:
        fault = Fault("rabbitmq" if target == BROKER_AWAY else target.partition(".")[0], self._clock(), kind=kind)
        self._history.faults.append(fault)
        if target == LINES:
            if not self._delete_lines():
                self._history.faults.remove(fault)
                return
            self._say("deleted the lines in Redis")
            fault.recovered_s = self._clock()
            return
        try:
            pid = targets.kill(self._system.data, _BROKER if target == BROKER_AWAY else target)
        except targets.NotOurs as reason:
            self._history.faults.remove(fault)
            self._say(f"not killed: {reason}")
            return
        self._say(f"killed {target} (pid {pid})")
        if target == BROKER_AWAY:
            self._keep_broker_away(stop)
        self._await_recovery(fault, target)

    def _delete_lines(self) -> bool:
        try:
            for class_id in self._history.class_ids:  # of a cluster, each may be elsewhere
                self._redis.delete(*Keys(class_id).all)
            self._redis.delete(resynced_key(self._system.settings.get("TABLE_PREFIX", "")))  # as all keys would be
        except (RedisError, Unavailable) as error:
            self._say(f"the lines in Redis were not deleted: {type(error).__name__}")
            return False
        return True

    def _keep_broker_away(self, stop: Event) -> None:
        end = self._clock() + _BROKER_AWAY_S
        while self._clock() < end and not stop.wait(0.5):
            try:
                targets.kill(self._system.data, _BROKER)
            except targets.NotOurs:
                continue  # it is not back yet

    def _await_recovery(self, fault: Fault, target: str) -> None:
        """Also when stopped: what follows, the taking away, needs a system that works."""
        reason: str | None = "not looked at yet"
        while reason and self._clock() < fault.at_s + _RECOVERED_WITHIN_S:
            time.sleep(0.3)
            reason = self._readiness.lacking()
        if reason:
            self._say(f"{target} has not recovered within {_RECOVERED_WITHIN_S:.0f} s: {reason}")
            return
        fault.recovered_s = self._clock()
        self._say(f"{target} recovered after {fault.recovered_s - fault.at_s:.1f} s")


def clock_from_now() -> Callable[[], float]:
    """Seconds since this call, the same for every thread."""
    began = time.monotonic()
    return lambda: time.monotonic() - began
