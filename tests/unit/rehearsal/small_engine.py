"""An engine small enough for unit tests: it asks a stand-in over gRPC as Pulumi's engine does."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.inventory import Inventory
from rehearsal.plain import Path, Plain
from rehearsal.wire import decode, encode

Properties = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - a cloud's answer
    """What an engine would show."""


@dataclass
class Made:
    """What an engine's state knows of a resource."""

    token: str
    name: str
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:lab::dockyard::{self.token}::{self.name}"


class Engine:
    """One provider of a program, connected to its stand-in."""

    def __init__(self, served: str, inventory: Inventory, **config: Plain) -> None:
        """`served` is package:port, as in PULUMI_DEBUG_PROVIDERS."""
        self.inventory = inventory
        port = served.partition(":")[2]
        # a connection of its own, as the engine opens one for each provider
        own = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", own)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Configure(pb.ConfigureRequest(args=encode(config)))

    def check(
        self, made: Made, news: Properties, secrets: AbstractSet[Path] = frozenset()
    ) -> pb.CheckResponse:
        request = pb.CheckRequest(
            urn=made.urn,
            news=encode(news, secrets),
            olds=encode(made.inputs),
            randomSeed=made.name.encode(),
        )
        return said(self.stub.Check, request)

    def inputs(self, made: Made, news: Properties) -> Properties:
        """The checked inputs."""
        response = self.check(made, news)
        refuse(response.failures)
        return decode(response.inputs).plain

    def make(self, token: str, name: str, inputs: Properties) -> Made:
        made = Made(token, name)
        made.inputs = self.inputs(made, inputs)
        request = pb.CreateRequest(urn=made.urn, properties=encode(made.inputs))
        response = said(self.stub.Create, request)
        made.id, made.outputs = response.id, decode(response.properties).plain
        return made

    def preview(self, token: str, name: str, inputs: Properties) -> Properties:
        made = Made(token, name)
        properties = encode(self.inputs(made, inputs))
        request = pb.CreateRequest(urn=made.urn, properties=properties, preview=True)
        return decode(said(self.stub.Create, request).properties).plain

    def diff(self, made: Made, **changes: Plain) -> tuple[pb.DiffResponse, Properties]:
        """What a change would do: the answer, and the new inputs."""
        made_up = made.inputs.get("__defaults", [])
        asked = {key: value for key, value in made.inputs.items() if key not in made_up}
        news = self.inputs(made, {**asked, **changes})
        request = pb.DiffRequest(
            id=made.id,
            urn=made.urn,
            olds=encode(made.outputs),
            old_inputs=encode(made.inputs),
            news=encode(news),
        )
        return said(self.stub.Diff, request), news

    def change(self, made: Made, *, preview: bool = False, **changes: Plain) -> Made:
        """A change in place."""
        response, news = self.diff(made, **changes)
        assert not response.replaces, "a replacement is no update"
        request = pb.UpdateRequest(
            id=made.id,
            urn=made.urn,
            olds=encode(made.outputs),
            old_inputs=encode(made.inputs),
            news=encode(news),
            preview=preview,
        )
        outputs = decode(said(self.stub.Update, request).properties).plain
        return Made(made.token, made.name, made.id, news, outputs)

    def read(self, made: Made) -> Made | None:
        request = pb.ReadRequest(
            id=made.id, urn=made.urn, inputs=encode(made.inputs), properties=encode(made.outputs)
        )
        response = said(self.stub.Read, request)
        inputs, outputs = decode(response.inputs).plain, decode(response.properties).plain
        return Made(made.token, made.name, response.id, inputs, outputs) if response.id else None

    def delete(self, made: Made) -> None:
        properties = encode(made.outputs)
        request = pb.DeleteRequest(id=made.id, urn=made.urn, properties=properties)
        said(self.stub.Delete, request)

    def ask(self, token: str, **arguments: Plain) -> Properties:
        response = said(self.stub.Invoke, pb.InvokeRequest(tok=token, args=encode(arguments)))
        refuse(response.failures)
        return decode(getattr(response, "return")).plain


def refused(words: str) -> pytest.RaisesExc[Refusal]:
    """Within it the stand-in says no, with this in its words."""
    return pytest.raises(Refusal, match=words)


def refuse(failures: Any) -> None:  # noqa: ANN401 - protobuf's container has no public type
    if failures:
        raise Refusal("\n".join(f"{one.property}: {one.reason}" for one in failures))


def said(call: Callable[..., Any], request: object) -> Any:  # noqa: ANN401 - the call's answer
    try:
        return call(request, timeout=30)
    except grpc.RpcError as error:
        raise Refusal(error.details()) from None
