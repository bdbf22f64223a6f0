"""A Redis database that no other test process uses."""

import os

from kit.stores.redis_client import cluster_nodes


def own_redis_url() -> str:
    """Of one of the databases 1 to 15, in which this process may do what it likes; 0 is the running system's.

    The tests of one process run one after the other, so each of them may empty it. A cluster has one database: there,
    tests have classes and students of their own, and those that need a database are marked `single`.
    """
    url = os.environ["REDIS_URL"]
    if cluster_nodes(url):
        return url
    server, _, _ = url.rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{server}/{1 + worker % 15}"
