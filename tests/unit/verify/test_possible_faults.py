"""Which faults a system allows."""

from pathlib import Path

import pytest
from verify.history import ON_CLUSTERS, ON_LINKS, Kind
from verify.system import System, Unfit, possible

SINGLE = System(Path("/nowhere"), {})
CLUSTER = System(Path("/nowhere"), {"REDIS_NODES": "6", "RABBITMQ_NODES": "3"})


def test_what_needs_a_cluster_is_left_out_without_one_and_refused_when_asked_for() -> None:
    assert not set(possible(SINGLE, None)) & {*ON_CLUSTERS, *ON_LINKS}
    with pytest.raises(Unfit, match="--faults leader needs a system started with bin/start --cluster"):
        possible(SINGLE, [Kind.KILL, Kind.LEADER])


def test_so_are_faults_of_clocks() -> None:
    assert Kind.CLOCK not in possible(SINGLE, None)
    with pytest.raises(Unfit, match="--faults clock needs a system started with bin/start --clock-faults"):
        possible(SINGLE, [Kind.CLOCK])
    assert Kind.CLOCK in possible(System(Path("/nowhere"), {"FAULTY_CLOCKS": "/nowhere/clocks"}), None)


def test_a_cluster_allows_it() -> None:
    assert set(ON_CLUSTERS) <= set(possible(CLUSTER, None))
    assert possible(CLUSTER, [Kind.FAILOVER]) == (Kind.FAILOVER,)
