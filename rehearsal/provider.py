# ruff: noqa: N802, ARG002 - the methods and their arguments are named by the protocol
"""What the engine talks to: one provider for any cloud; all knowledge of clouds is in the kinds.

The engine opens one connection for each provider of a program (the default one, explicit ones of
other regions), so what a connection was configured with holds for its later calls.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from rehearsal import checks, operations, replies
from rehearsal.difference import differences
from rehearsal.faults import Refused
from rehearsal.plain import UNKNOWN, general
from rehearsal.scene import Scene
from rehearsal.wire import NOTHING, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Inventory, Record
    from rehearsal.kinds import Cloud, Function, Inputs, Kind
    from rehearsal.plain import Path
    from rehearsal.scene import Hooks
    from rehearsal.wire import Values

Context = grpc.ServicerContext
_OFTEN = dt.timedelta(seconds=1)


@dataclass
class _Connection:
    """One engine's connection for one provider of its program."""

    config: Inputs = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One stand-in, for all connections of all engines."""

    def __init__(self, cloud: Cloud, inventory: Inventory, hooks: Hooks) -> None:
        self.cloud = cloud
        self.inventory = inventory
        self.hooks = hooks
        self.version = importlib.metadata.version(cloud.module)
        self._connections: dict[str, _Connection] = {}
        self._last = _Connection()
        self._looked = inventory.now()

    # --- who is there ---------------------------------------------------------------------------

    def Handshake(
        self, request: pb.ProviderHandshakeRequest, context: Context
    ) -> pb.ProviderHandshakeResponse:
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(self, request: pb.GetSchemaRequest, context: Context) -> pb.GetSchemaResponse:
        schema = {"name": self.cloud.package, "version": self.version}
        return pb.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        self._connection(context).cancelled.set()
        return empty_pb2.Empty()

    # --- the provider itself --------------------------------------------------------------------

    def CheckConfig(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        news = decode(request.news)
        found = checks.config_problems(self.cloud, news.plain)
        return replies.checked(news, found)

    def DiffConfig(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        old, new = decode(request.old_inputs).plain, decode(request.news).plain
        anew = self.cloud.replaces_all.split()
        return replies.diff(differences(old, new), lambda place: place.split(".")[0] in anew)

    def Configure(self, request: pb.ConfigureRequest, context: Context) -> pb.ConfigureResponse:
        self._last = _Connection(checks.config(decode(request.args).plain))
        self._connections[context.peer()] = self._last
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    # --- resources ------------------------------------------------------------------------------

    def Check(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        kind = self._kind(request.urn, context)
        olds, news = decode(request.olds), decode(request.news)
        checks.fill(kind, news.plain, olds.plain, _name(request.urn), request.randomSeed)
        return replies.checked(news, checks.problems(self.cloud, kind, news.plain))

    def Diff(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        kind = self._kind(request.urn, context)
        new = decode(request.news).plain
        old = replies.asked_before(request, new)
        found = differences(old, new, frozenset(kind.unordered.split()))
        response = replies.diff(
            replies.without(found, request.ignoreChanges),
            lambda place: kind.replaced_by(place, old, new),
        )
        # two things of one fixed name cannot exist at once
        response.deleteBeforeReplace = bool(response.replaces) and checks.name_stays(kind, old, new)
        return response

    def Create(self, request: pb.CreateRequest, context: Context) -> pb.CreateResponse:
        kind = self._kind(request.urn, context)
        news = decode(request.properties)
        if request.preview:
            computed = checks.computed(self.cloud, kind) - news.plain.keys()
            unknown = {*computed, *kind.reshapes.split()}
            expected = {**news.plain, **dict.fromkeys(unknown, UNKNOWN)}
            return pb.CreateResponse(properties=encode(expected, news.secrets))
        with self._answering("create", kind, context, news):
            record = operations.create(self._scene(request.urn, kind, news.plain, context))
            self._own_words(kind, record)
            properties = encode(record.properties, news.secrets | replies.secret_outputs_of(kind))
            return pb.CreateResponse(id=record.id, properties=properties)

    def Read(self, request: pb.ReadRequest, context: Context) -> pb.ReadResponse:
        kind = self._kind(request.urn, context)
        asked, known = decode(request.inputs), decode(request.properties)
        with self._answering("read", kind, context):
            scene = self._scene(request.urn, kind, asked.plain, context)
            record = operations.read(scene, request.id)
            if record is None:
                return pb.ReadResponse()
            # an import asked for nothing: then all that there is was asked for
            names = asked.plain.keys() or record.inputs.keys()
            inputs = {name: value for name, value in record.inputs.items() if name in names}
            if "__defaults" in asked.plain:
                # a name that was made up stays the same one
                inputs["__defaults"] = asked.plain["__defaults"]
            return pb.ReadResponse(
                id=record.id,
                inputs=encode(inputs, asked.secrets),
                properties=encode(
                    record.properties,
                    known.secrets | asked.secrets | replies.secret_outputs_of(kind),
                ),
            )

    def Update(self, request: pb.UpdateRequest, context: Context) -> pb.UpdateResponse:
        kind = self._kind(request.urn, context)
        news = decode(request.news)
        before = replies.asked_before(request, news.plain)
        found = differences(before, news.plain, frozenset(kind.unordered.split()))
        changed = frozenset(general(path) for path in found)
        if request.preview:
            renewed = {output for place in changed for output in kind.renewed_by(place)}
            olds = decode(request.olds).plain
            added = {key: value for key, value in olds.items() if key not in before}
            told = {name: olds.get(name, UNKNOWN) for name in kind.reshapes.split()}
            expected = {**added, **news.plain, **told, **dict.fromkeys(renewed, UNKNOWN)}
            return pb.UpdateResponse(properties=encode(expected, news.secrets))
        with self._answering("update", kind, context, news):
            scene = self._scene(request.urn, kind, news.plain, context)
            record = operations.update(scene, request.id, changed)
            properties = encode(record.properties, news.secrets | replies.secret_outputs_of(kind))
            return pb.UpdateResponse(properties=properties)

    def Delete(self, request: pb.DeleteRequest, context: Context) -> empty_pb2.Empty:
        kind = self._kind(request.urn, context)
        with self._answering("delete", kind, context):
            scene = self._scene(request.urn, kind, decode(request.properties).plain, context)
            operations.delete(scene, request.id)
        return empty_pb2.Empty()

    def Invoke(self, request: pb.InvokeRequest, context: Context) -> pb.InvokeResponse:
        function = self._function(request.tok, context)
        args = decode(request.args)
        found = list(checks.argument_problems(self.cloud, function, args.plain))
        if found:
            return pb.InvokeResponse(failures=replies.failures(found))
        with self._answering("invoke", None, context):
            answer = operations.answer(self._scene("", None, args.plain, context), function)
        secrets: set[Path] = {(name,) for name in function.secret_outputs.split()}
        response = pb.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer, secrets))  # a word of Python's
        return response

    # --- what all of them need ------------------------------------------------------------------

    def _connection(self, context: Context) -> _Connection:
        return self._connections.get(context.peer(), self._last)

    def _scene(self, urn: str, kind: Kind | None, inputs: Inputs, context: Context) -> Scene:
        self._end_what_is_due()
        connection = self._connection(context)
        return Scene(
            self.cloud,
            self.inventory,
            self.hooks,
            connection.config,
            {name: value for name, value in inputs.items() if not name.startswith("__")},
            name=_name(urn) if urn else "",
            kind=kind,
            waits=connection.cancelled.wait,
        )

    def _end_what_is_due(self) -> None:
        """Deadlines are met whenever somebody looks, but not looked for every time."""
        now = self.inventory.now()
        if now - self._looked > _OFTEN:
            self._looked = now
            operations.end_what_is_due(self.cloud, self.inventory, self.hooks)

    def _kind(self, urn: str, context: Context) -> Kind:
        token = urn.split("::")[2].rpartition("$")[2]
        if token not in self.cloud.by_token:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, self._not_known(token))
        return self.cloud.by_token[token]

    def _function(self, token: str, context: Context) -> Function:
        if token not in self.cloud.functions_by_token:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, self._not_known(token))
        return self.cloud.functions_by_token[token]

    def _own_words(self, kind: Kind, record: Record) -> None:
        """A stand-in must not tell what the SDK cannot hear."""
        wrong = record.outputs.keys() - checks.outputs(self.cloud, kind)
        wrong |= record.outputs.keys() - record.inputs.keys() - checks.computed(self.cloud, kind)
        if wrong:
            raise Refused(
                "",
                f"{self.cloud.files} computes {', '.join(sorted(wrong))} of {kind.token}: "
                "no output of the SDK, or an input that `computes` does not name",
            )

    def _not_known(self, token: str) -> str:
        return (
            f"the stand-in for {self.cloud.package} doesn't know {token}: "
            f"add it to {self.cloud.files} (rehearsal/kinds.py is the language)"
        )

    @contextmanager
    def _answering(
        self, operation: str, kind: Kind | None, context: Context, asked: Values = NOTHING
    ) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            text = self.cloud.says(operation, kind, refused)
            context.abort(grpc.StatusCode.UNKNOWN, text)
        except operations.Interrupted as interrupted:
            context.abort_with_status(replies.unfinished(interrupted, asked))


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
