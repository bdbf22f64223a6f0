"""Receivers that cost others time, processor or memory if they are let."""

import socket
import statistics
import time
from urllib.parse import quote

from tests.support.consumers import Consumers
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.tcp_server import TcpServer, hear_request
from tests.support.waiting import until


class RawReceiver(TcpServer):
    """Says these pieces to everybody who has sent a whole request, as fast as they are taken; never closes."""

    def __init__(self, piece: bytes, times: int = 1) -> None:
        super().__init__(self._say)
        self.requests = 0
        self._piece, self._times = piece, times

    @property
    def proxy(self) -> str:
        return quote(f"http://127.0.0.1:{self.port}/", safe="")

    def _say(self, connection: socket.socket) -> None:
        hear_request(connection)
        self.requests += 1
        for _ in range(self._times):
            connection.sendall(self._piece)
        self.closing.wait(60)


def test_endless_early_hints_fail_at_once_and_keep_nobody_waiting(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook", WEBHOOK_TIMEOUT_S="10", RETRY_DELAYS_S="60")
    with RawReceiver(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, times=10_000) as hostile:
        for _ in range(11):
            post_office.publish(an_event(proxy_url=hostile.proxy))
        began = time.monotonic()
        consumer.wait_for_log("the reply is too long", times=11)
        assert time.monotonic() - began < 9, "that is the time of one attempt"
        sent_at: list[float] = []
        for _ in range(10):
            post_office.publish(an_event(proxy_url=hostile.proxy))
            sent_at.append(time.monotonic())
            post_office.publish(an_event(proxy_url=receiver.proxy()))
            until(lambda: len(receiver.received) == len(sent_at))
    waits_s = [got.at - at for got, at in zip(receiver.received, sent_at, strict=True)]
    assert statistics.median(waits_s) < 2


def test_sigterm_while_a_body_stalls_after_its_200_does_not_have_it_sent_again(
    post_office: PostOffice, consumers: Consumers
) -> None:
    with RawReceiver(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc") as stalling:
        consumer = consumers.start("webhook", WEBHOOK_TIMEOUT_S="10")
        post_office.publish(an_event(proxy_url=stalling.proxy))
        until(lambda: stalling.requests)
        consumer.terminate()
        assert consumer.wait_for_end() == 0
        assert " delivered" in consumer.log
        assert post_office.depth(post_office.topology.queue("webhook")) == 0


def test_a_retry_after_of_an_absurd_date_is_ignored_and_the_attempt_logged(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook")
    receiver.answers = [Answer(status=503, headers=(("Retry-After", "Fri, 31 Dec 99999999999 23:59:59 GMT"),))]
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: len(receiver.received) == 2)
    assert "the receiver answered 503" in consumer.log
    assert "Traceback" not in consumer.log
