"""Seats are pure, stable, and legal on every cloud."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from dockyard.seats import NETWORK, seats
from dockyard.spec import LabSpec, Machine

kinds = st.lists(
    st.builds(
        Machine, name=st.sampled_from(["node", "manager", "worker"]), count=st.integers(1, 3)
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda kind: kind.name,
).map(tuple)
labs = st.builds(
    LabSpec,
    name=st.just("moby"),
    target=st.just("local"),
    students=st.integers(0, 500),
    spare=st.integers(0, 50),
    machines=kinds,
)


@given(labs)
def test_addresses_are_private_distinct_and_free_on_every_cloud(lab: LabSpec) -> None:
    found = seats(lab)
    addresses = [ipaddress.IPv4Address(m.address) for seat in found for m in seat.machines]
    assert len(set(addresses)) == len(addresses)
    for seat in found:
        block = list(ipaddress.IPv4Network(seat.subnet))
        # AWS and Azure keep the first four and the last, GCP also the last but one
        free = {str(address) for address in block[4:-2]}
        assert {m.address for m in seat.machines} <= free
    docker = [ipaddress.ip_network("172.17.0.0/12", strict=False)]
    docker += [ipaddress.ip_network("192.168.0.0/16"), ipaddress.ip_network("10.0.0.0/20")]
    assert not any(NETWORK.overlaps(pool) for pool in docker)


@given(labs, st.integers(0, 500), st.integers(0, 50))
def test_a_student_more_or_fewer_touches_only_the_tail(
    lab: LabSpec, students: int, spare: int
) -> None:
    other = lab.model_copy(update={"students": students, "spare": spare})
    for before, after in zip(seats(lab), seats(other), strict=False):
        assert before.machines == after.machines


@given(labs)
def test_hosts_are_distinct_and_legal_names(lab: LabSpec) -> None:
    hosts = [m.host for seat in seats(lab) for m in seat.machines]
    assert len(set(hosts)) == len(hosts)
    assert all(len(f"{lab.name}-{host}") <= 63 for host in hosts)


def test_names_and_addresses_as_people_read_them() -> None:
    lab = LabSpec(name="moby", target="local", students=2, machines=(Machine(count=3),))
    assert [(m.host, m.address) for m in seats(lab)[1].machines] == [
        ("seat02-node1", "10.77.0.36"),
        ("seat02-node2", "10.77.0.37"),
        ("seat02-node3", "10.77.0.38"),
    ]


def test_fifteen_hundred_machines_fit() -> None:
    lab = LabSpec(name="moby", target="local", students=500, machines=(Machine(count=3),))
    found = seats(lab)
    assert len([m for seat in found for m in seat.machines]) == 1500
    assert ipaddress.IPv4Address(found[-1].machines[-1].address) in NETWORK
