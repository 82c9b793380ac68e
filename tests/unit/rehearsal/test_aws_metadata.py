"""EC2's metadata service says to a machine what it is, as its record is now; to nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from rehearsal import http, serve
from rehearsal.clouds.aws import real
from rehearsal.http.server import Face, Reply, Request
from rehearsal.inventory import Record
from standin import cloud_labs

TOKEN = "x-aws-ec2-metadata-token"  # noqa: S105 - the name of a header
SECONDS = f"{TOKEN}-ttl-seconds"
STRICT = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
ID = "/latest/meta-data/instance-id"


@dataclass(frozen=True)
class Cloud:
    running: serve.Running
    face: Face

    def machine(self, **options: object) -> Record:
        """One that was made with these metadata options."""
        made = cloud_labs.make(self.running, "aws", machines=1)[-1]
        return cloud_labs.add(
            self.running, "aws", real.MACHINE, ami=made.inputs["ami"], instanceType="t3.small",
            subnetId=made.inputs["subnetId"], userData="#!/bin/sh\n", metadataOptions=options,
            associatePublicIpAddress=True, tags={"dockyard-lab": "course"},
        )  # fmt: skip

    def ask(self, who: Record, path: str, token: str = "") -> Reply:
        return self.send(who.address, "GET", path, {TOKEN: token} if token else {})

    def token(self, who: Record, seconds: str = "60", **more: str) -> Reply:
        headers = {SECONDS: seconds, **{name.replace("_", "-"): v for name, v in more.items()}}
        return self.send(who.address, "PUT", "/latest/api/token", headers)

    def send(self, peer: str, method: str, path: str, headers: dict[str, str]) -> Reply:
        return self.face.answer(Request(method, path, {}, headers, b"", "http://here", peer))


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with serve.running("aws") as running:
        face = http.metadata_face("aws", running.inventory["aws"])
        assert face
        yield Cloud(running, face)


def test_without_a_token_nothing_is_said(aws: Cloud) -> None:
    strict = aws.machine(**STRICT)
    assert aws.ask(strict, ID).status == 401
    assert aws.ask(strict, ID, "guessed").status == 401
    assert aws.ask(aws.machine(httpTokens="optional"), ID).status == 200


@pytest.mark.parametrize("seconds", ["", "0", "21601", "-1", "a minute"])
def test_a_token_has_a_length_of_time(aws: Cloud, seconds: str) -> None:
    assert aws.token(aws.machine(**STRICT), seconds).status == 400


def test_a_token_is_over_after_its_time(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = aws.machine(**STRICT)
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    token = aws.token(mine, "60").body
    now[0] += 59
    assert aws.ask(mine, ID, token).status == 200
    now[0] += 1
    assert aws.ask(mine, ID, token).status == 401


def test_a_token_is_one_machine_s_and_no_proxy_s(aws: Cloud) -> None:
    mine, other = aws.machine(**STRICT), aws.machine(**STRICT)
    given = aws.token(mine)
    assert (given.status, given.headers[SECONDS], given.hops) == (200, "60", 1)
    assert aws.ask(mine, ID, given.body).body == mine.id
    assert aws.ask(other, ID, given.body).status == 401
    assert aws.token(mine, x_forwarded_for="10.0.0.1").status == 403


def test_a_machine_may_ask_from_its_private_address(aws: Cloud) -> None:
    aws.machine(**STRICT)
    private = str(aws.running.inventory["aws"].all(real.MACHINE)[0].outputs["privateIp"])
    assert aws.send(private, "PUT", "/latest/api/token", {SECONDS: "60"}).status == 200


def test_a_machine_reads_what_it_is(aws: Cloud) -> None:
    mine = aws.machine(**STRICT, instanceMetadataTags="enabled")
    token = aws.token(mine).body
    said = {
        "latest/user-data": "#!/bin/sh\n",
        "latest/meta-data/instance-type": "t3.small",
        "2021-03-23/meta-data/local-ipv4": mine.outputs["privateIp"],
        "latest/meta-data/public-ipv4": mine.address,
        "latest/meta-data/placement/region": "eu-west-3",
        "latest/meta-data/tags/instance/": "dockyard-lab",
        "latest/meta-data/tags/instance/dockyard-lab": "course",
        "latest/": "meta-data/\nuser-data",
    }
    assert {path: aws.ask(mine, f"/{path}", token).body for path in said} == said
    assert "placement/" in aws.ask(mine, "/latest/meta-data/", token).body.split()
    # it has no identity
    assert aws.ask(mine, "/latest/meta-data/iam/security-credentials/", token).status == 404
    assert aws.ask(mine, "/1999-01-01/user-data", token).status == 404


def test_the_answer_is_of_the_record_as_it_is_now(aws: Cloud) -> None:
    mine = aws.machine(**STRICT, instanceMetadataTags="enabled")
    token = aws.token(mine).body
    tag = "/latest/meta-data/tags/instance/dockyard-lab"
    inventory = aws.running.inventory["aws"]
    inventory.put(replace(mine, tags={"dockyard-lab": "another"}))
    assert aws.ask(mine, tag, token).body == "another"
    inventory.put(replace(mine, inputs={**mine.inputs, "metadataOptions": STRICT}))
    assert aws.ask(mine, tag, token).status == 404
    inventory.remove(mine)
    assert aws.ask(mine, ID, token).status == 404


def test_one_that_is_switched_off_says_nothing_and_a_stranger_is_nobody(aws: Cloud) -> None:
    off = aws.machine(httpEndpoint="disabled")
    assert aws.ask(off, ID).status == 403
    assert aws.token(off).status == 403
    assert aws.send("198.51.100.200", "PUT", "/latest/api/token", {SECONDS: "60"}).status == 404
