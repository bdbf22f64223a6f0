"""Several hosts in one address, and whose turn it is."""

from kit.hosts import each_host
from kit.messaging.amqp import Hosts
from kit.stores.redis_client import cluster_nodes
from kit.stores.redis_cluster import url_of


def test_each_host_has_the_user_the_path_and_the_options_of_all() -> None:
    assert each_host("amqps://me@a:1, b,[::1]:3/%2F?x=1,2") == [
        "amqps://me@a:1/%2F?x=1,2",
        "amqps://me@b/%2F?x=1,2",
        "amqps://me@[::1]:3/%2F?x=1,2",
    ]


def test_an_address_of_one_host_stays_as_it_is() -> None:
    for url in ("redis://127.0.0.1:6379/0", "unix:///run/redis.sock?db=1", "amqp://me@rabbitmq/%2F"):
        assert each_host(url) == [url]


def test_the_scheme_says_whether_it_is_a_cluster() -> None:
    assert cluster_nodes("redis://a:1/0") == []
    assert cluster_nodes("redis-cluster://a:1,b:2") == ["redis://a:1", "redis://b:2"]
    assert cluster_nodes("rediss-cluster://me@a:1/0?x=y") == ["rediss://me@a:1/0?x=y"]
    assert url_of("rediss://me@a:1/0?x=y", "c:3") == "rediss://me@c:3/0?x=y"


def test_each_host_of_rabbitmq_has_its_turn() -> None:
    hosts = Hosts("amqp://a:1,b:2,c:3/%2F", "tests")
    taken = [hosts.next().host for _ in range(6)]
    assert set(taken[:3]) == {"a", "b", "c"}
    assert taken[3:] == taken[:3]
    assert str(hosts) == "a:1, b:2, c:3"
