"""What bin/verify does to a cluster: it finds who has a part, and takes it away."""

import random
import sys

from tests.support.processes import ROOT
from tests.support.redis_cluster import RedisCluster
from tests.support.waiting import until

sys.path.insert(0, str(ROOT / "bin" / "support"))
from verify.cluster_nodes import ClusterNodes


def test_a_replica_takes_over_and_nothing_is_lost(cluster: RedisCluster) -> None:
    nodes = ClusterNodes({"REDIS_PORT": str(cluster.nodes[0].port), "REDIS_NODES": str(len(cluster.nodes))})
    by_name = {f"redis.{number}": node for number, node in enumerate(cluster.nodes, start=1)}
    primary, replica = nodes.pair(random.Random(1))
    assert by_name[primary].is_primary()
    assert not by_name[replica].is_primary()
    nodes.hand_over(replica)
    until(lambda: by_name[replica].is_primary() and not by_name[primary].is_primary(), "the parts are not changed")
