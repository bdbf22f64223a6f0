"""One campaign from its classes being made to their being taken away: load, kills, then rest, then the verdict."""

import random
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Event, Thread

from enrollment.bootstrap import bootstrap
from enrollment.cli.audit import StoredClasses
from enrollment.settings import EnrollmentSettings
from kit.errors import Unavailable
from verify import (
    check_histories,
    check_idle,
    check_lifecycles,
    check_linearizable,
    check_notices,
    check_offers,
    check_rest,
    check_sections,
    columns,
    many_classes,
    offers,
    sections,
)
from verify.accounts import INSTRUCTOR, Accounts
from verify.api import Api, Direct
from verify.background import Background
from verify.changes import RegistrarChanges
from verify.duplicator import Duplicator
from verify.history import History, Kind, Violation
from verify.hostile import HostileReceivers
from verify.load import Load
from verify.long_line import LongLine
from verify.mailbox import Mailbox
from verify.many_classes import ManyClasses
from verify.nemesis import Nemesis, clock_from_now
from verify.observer import Observer
from verify.offers import Offers
from verify.participants import SIZES, Participants
from verify.probe import NoAnswer, Probe
from verify.readiness import Readiness
from verify.receiver import Receiver
from verify.registrar import Registrar
from verify.sections import Sections
from verify.still_lines import StillLines
from verify.swappers import SEATS, Swappers
from verify.system import System, Unfit
from verify.verdict import Verdict, judge

_NOTICES_WITHIN_S = 60.0
# A notice that failed three times waits five minutes for its fourth try (RETRY_DELAYS_S in etc/development.env).
_RETRIED_NOTICES_WITHIN_S = 400.0
_QUIET_S = 3.0
_AT_REST_WITHIN_S = 15.0
_RECONCILED_WITHIN_S = 60.0  # it begins a pass every 30 s


class Campaign:
    """`say` takes a line for the person who watches; `show` is called often with the seconds and what is going on."""

    def __init__(
        self, system: System, *, seed: int, say: Callable[[str], None], show: Callable[[float, str, History], None]
    ) -> None:
        self.history = History()
        self.interrupted = Event()
        self._system = system
        self._seed = seed
        self._say = say
        self._show = show
        self._is_cleared = False
        self._clock = clock_from_now()
        self._readiness = Readiness(system)
        self._deps = bootstrap(_settings(system), "bin/verify")
        self._accounts = Accounts(system)
        self._registrar = Registrar(system, self.history, self._clock, self._accounts)
        self._hostile = HostileReceivers()
        self._receiver = Receiver(self.history, self._clock)
        self._mailbox = Mailbox(system.log, self.history, self._clock)

    def run(self, options: Namespace, kinds: Sequence[Kind], checker: Path | None) -> Verdict:
        """`options`: see arguments.py.

        Raises Unfit when the system is not ready, and then leaves it as it was.
        """
        if reason := self._readiness.lacking():
            raise Unfit(f"The system is not ready: {reason}")
        self._receiver.start()
        self._hostile.start()
        self._mailbox.start()
        try:
            hostile = self._hostile.url if Kind.RECEIVERS in kinds else None
            participants = self._registrar.prepare(self._receiver.url, hostile)
            observer = Observer(self._deps, self.history.snapshots, participants.members, self._clock)
            swappers, offered = self._swappers(participants), self._offers(participants)
            sections = self._sections(participants)
            beside = [observer, *self._load(participants), swappers, offered, self._observer_of(offered), sections]
            beside += [self._long_line(options.line)] if options.line else []
            beside += self._still_lines(options.still_lines, participants.students)
            beside += [self._many_classes(options.classes, participants)] if options.classes else []
            beside += [Duplicator(self._system, self.history, self._seed)] if Kind.DUPLICATE in kinds else []
            nemeses = [self._nemesis(kinds, options.targets, number) for number in range(options.at_once)]
            self._under_load(60 * options.minutes, beside, nemeses)
            self._hostile.become_friendly()
            swappers.look()
            at_rest = [] if self.interrupted.is_set() else self._rest(participants, observer)
            at_rest += [*swappers.found, *offered.found, *check_offers.check(self.history, offered.pausing)]
            at_rest += [*self._sections_at_rest(sections), *check_sections.check(self.history)]
            complete = not self.interrupted.is_set() and self._await_notices()
            if complete:
                at_rest += [*self._stuck(), *check_idle.watch(self._system), *self._audited()]
            if checker:
                self._say("looking for one order that explains all that was seen of each class")
                at_rest += check_linearizable.check(
                    checker, self.history, dict(zip(self.history.class_ids, SIZES, strict=True))
                )
            at_rest += self._audited_without_classes() if complete else []
            return judge(self.history, at_rest, missing_is_final=complete)
        finally:
            self._clear_away()
            self._accounts.close()
            self._mailbox.stop()
            self._receiver.stop()
            self._hostile.stop()

    def _under_load(self, seconds: float, beside: Sequence[Background], nemeses: Sequence[Nemesis]) -> None:
        """The last targets of the nemeses recover under load, too: it may take a little longer than asked for."""
        end = self._clock() + seconds
        faults = [Thread(target=each.run, args=(seconds, self.interrupted), daemon=True) for each in nemeses]
        for one in beside:
            one.start()
        for fault in faults:
            fault.start()
        try:
            while self._clock() < end or any(each.is_alive() for each in faults):
                if failures := [failure for one in beside for failure in one.failures]:
                    raise failures[0]
                if self.interrupted.wait(0.2):
                    break
                self._show(self._clock(), "under load", self.history)
        finally:
            for each in faults:
                each.join()
            for one in reversed(beside):
                one.stop()

    def _load(self, participants: Participants) -> tuple[Background, Background]:
        return (
            Load(self._system, self.history, participants, self._accounts, self._seed, self._clock),
            RegistrarChanges(self._system, self.history, self._accounts, self._seed, self._clock),
        )

    def _offers(self, participants: Participants) -> Offers:
        class_id = self._registrar.add_one(offers.SEATS, offers.PLACES)
        offers.prepare(self._deps, class_id, self._registrar.require)
        api, secret = self._api(), self._system.settings.get("OFFER_LINK_SECRET", "")
        return Offers(api, self.history, class_id, participants.students, self._seed, secret)

    def _observer_of(self, offered: Offers) -> Observer:
        return Observer(self._deps, self.history.offer_looks, {offered.class_id: offered.students}, self._clock)

    def _api(self) -> Api:
        return Api(self._system, self.history, self._clock, self._accounts)

    def _swappers(self, participants: Participants) -> Swappers:
        pair = (self._registrar.add_one(SEATS, 2 * SEATS), self._registrar.add_one(SEATS, 2 * SEATS))
        swappers = Swappers(self._api(), self._deps, self.history, pair, participants.students, self._seed)
        swappers.seat(self._registrar.require)
        return swappers

    def _sections(self, participants: Participants) -> Sections:
        class_ids = self._registrar.add_course(sections.SECTIONS, sections.SEATS, sections.PLACES)
        apis = [self._api() for _ in range(sections.THREADS)]
        return Sections(apis, self._deps, self.history, class_ids, participants.students, self._seed, self._clock)

    def _sections_at_rest(self, sections: Sections) -> list[Violation]:
        """Students passed over for a seat that they gave up are in turn again, at the latest by the reconciler."""
        end = self._clock() + _RECONCILED_WITHIN_S
        while (found := check_sections.at_rest(sections.look())) and self._clock() < end:
            if self.interrupted.wait(0.5):
                return []
        return found

    def _long_line(self, length: int) -> LongLine:
        self._say(f"{length} students join a line")
        long_line = LongLine(self._system, self.history, self._clock, self._registrar.add_one(1, length), length)
        long_line.fill(self._deps.enrollments)
        return long_line

    def _still_lines(self, count: int, students: list[int]) -> list[Background]:
        observer = partial(Observer, self._deps, self.history.snapshots, clock=self._clock)
        more = self.history, self._clock, students, self._seed
        return [StillLines(count, self._registrar, self._api, observer, *more)] if count else []

    def _many_classes(self, count: int, participants: Participants) -> ManyClasses:
        self._say(f"{count} classes are loaded")
        many_classes.load(self._deps.catalog, count, self._accounts.of(INSTRUCTOR).user_id)
        return ManyClasses(self._api(), self._direct(), self.history, participants.students[0], count, self._seed)

    def _direct(self) -> Direct:
        return Direct(self._system, self.history, self._clock)

    def _nemesis(self, kinds: Sequence[Kind], only: Sequence[str], number: int) -> Nemesis:
        dice = random.Random(self._seed + 1000 * number)  # noqa: S311 - guards no secret
        return Nemesis(self._system, self.history, self._readiness, dice, self._say, self._clock, kinds, only)

    def _rest(self, participants: Participants, observer: Observer) -> list[Violation]:
        """What the stores and the API tell differently at rest; they are given a short while to agree."""
        probe = Probe(self._direct(), self._deps, participants)
        end = self._clock() + _AT_REST_WITHIN_S
        found: list[Violation] = []
        try:
            for class_id in participants.members:
                while (found_here := self._differences(class_id, observer, probe)) and self._clock() < end:
                    self._show(self._clock(), "the stores come to rest", self.history)
                    if self.interrupted.wait(0.5):
                        return found
                found += found_here
        finally:
            probe.close()
        return found

    def _differences(self, class_id: int, observer: Observer, probe: Probe) -> list[Violation]:
        try:
            telling = probe.tell(class_id)
        except NoAnswer as reason:
            return [Violation(columns.CONTRADICTION, f"class {class_id} at rest: {reason}")]
        if not observer.look(class_id):
            return [Violation(columns.CONTRADICTION, f"class {class_id}: DynamoDB does not answer")]
        return check_rest.check(self.history.snapshots[-1], telling)

    def _await_notices(self) -> bool:
        """False when it was interrupted."""
        lifecycles = check_lifecycles.lifecycles_of(self.history)
        began_s = self._clock()
        while True:
            lacking = len(check_notices.missing(self.history, lifecycles))
            arrived_s = max((delivery.at_s for delivery in self.history.deliveries), default=began_s)
            waiting, retried = self._waiting_notices()
            if not lacking and not waiting and self._clock() > max(arrived_s, began_s) + _QUIET_S:
                return True
            patience_s = _RETRIED_NOTICES_WITHIN_S if retried else _NOTICES_WITHIN_S
            if self._clock() > began_s + patience_s:
                return True
            # Others' notices may wait in the same queues for hours; ours are all here.
            if not lacking and self._clock() > began_s + _NOTICES_WITHIN_S / 2:
                return True
            self._show(self._clock(), f"waiting for {lacking} notices, {waiting} in outbox and queues", self.history)
            if self.interrupted.wait(0.5):
                return False

    def _waiting_notices(self) -> tuple[int, bool]:
        """How many are in the outbox and the queues, and whether some wait for a retry; (1, False) if unknown."""
        try:
            outbox = self._in_outbox()
        except Unavailable:
            return 1, False
        ready, retried = self._readiness.queued()
        return outbox + ready + retried, retried > 0

    def _in_outbox(self) -> int:
        return self._deps.outbox.backlog().count

    def _stuck(self) -> list[Violation]:
        """What is not as it was before the faults, long after they are over."""
        found = [f"the system is not ready: {reason}"] if (reason := self._readiness.lacking()) else []
        try:
            left = self._in_outbox()
        except Unavailable as error:
            found.append(f"the outbox cannot be read: {error}")
        else:
            found += [f"{left} events stay in the outbox"] if left else []
        ready, _ = self._readiness.queued()
        found += [f"{ready} notices stay in the queues"] if ready else []
        held = self._readiness.held(_NOTICES_WITHIN_S)
        found += [f"{held} notices stay with consumers, unsent"] if held else []
        return [Violation(columns.BUSY, text) for text in found]

    def _audited(self) -> Iterator[Violation]:
        source = StoredClasses(self._deps.rosters, self._deps.rosters.history)
        return check_histories.check(source, self._registrar.class_ids)

    def _audited_without_classes(self) -> Iterator[Violation]:
        """The histories of the classes outlive them, and tell of their removal."""
        self._clear_away()
        return self._audited()

    def _clear_away(self) -> None:
        if self._is_cleared:
            return
        self._is_cleared = True
        self._say("taking the classes and subscriptions of the campaign away")
        for sentence in self._registrar.clear_away():
            self._say(sentence)


def _settings(system: System) -> EnrollmentSettings:
    return EnrollmentSettings.model_validate({name.lower(): value for name, value in system.settings.items() if value})
