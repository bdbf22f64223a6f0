from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.redis_cluster import RedisCluster, redis_cluster


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    folder: Path = tmp_path_factory.mktemp("redis-cluster")
    with redis_cluster(folder) as cluster:
        yield cluster


@pytest.fixture
def cluster(nodes: RedisCluster) -> RedisCluster:
    """A cluster in which all is well, whatever the test before did to it."""
    nodes.heal()
    return nodes
