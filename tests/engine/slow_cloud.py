"""A stand-in cloud of one kind of thing: what it makes are files in a folder.

`slow_cloud.py FOLDER` prints its port. A thing takes `seconds` to make; one whose name is
`refused` is refused. Only what the tests of dockyard/engine need.
"""

import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.plugin_pb2 import PluginInfo

from dockyard.engine import rpc

Context = grpc.ServicerContext


@dataclass(frozen=True)
class SlowCloud:
    """The calls that the engine makes, in the order it makes them."""

    folder: Path

    def handshake(self, _request: Message, _: Context) -> Message:
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    def attach(self, _request: Message, _: Context) -> Message:
        return Empty()

    def get_plugin_info(self, _request: Message, _: Context) -> Message:
        return PluginInfo(version="1.0.0")

    def check_config(self, request: pb.CheckRequest, _: Context) -> Message:
        return pb.CheckResponse(inputs=request.news)

    def diff_config(self, _request: Message, _: Context) -> Message:
        return pb.DiffResponse()

    def configure(self, _request: Message, context: Context) -> Message:
        if (self.folder / "no-credentials").exists():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "No valid credential sources found")
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def check(self, request: pb.CheckRequest, _: Context) -> Message:
        return pb.CheckResponse(inputs=request.news)

    def diff(self, request: pb.DiffRequest, _: Context) -> Message:
        changed = MessageToDict(request.news) != MessageToDict(request.old_inputs)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if changed else pb.DiffResponse.DIFF_NONE
        )

    def create(self, request: pb.CreateRequest, context: Context) -> Message:
        wanted = MessageToDict(request.properties)
        if wanted["name"] == "refused":
            context.abort(grpc.StatusCode.UNKNOWN, "The quota of things is used up: 3 of 3.")
        if request.preview:
            return pb.CreateResponse(properties=request.properties)
        made = self.folder / f"{wanted['name']}-{uuid.uuid4().hex[:8]}"
        made.touch()
        time.sleep(wanted["seconds"])
        return pb.CreateResponse(id=made.name, properties=request.properties)

    def read(self, request: pb.ReadRequest, _: Context) -> Message:
        there = (self.folder / request.id).exists()
        return pb.ReadResponse(
            id=request.id if there else "", inputs=request.inputs, properties=request.properties
        )

    def update(self, request: pb.UpdateRequest, _: Context) -> Message:
        return pb.UpdateResponse(properties=request.news)

    def delete(self, request: pb.DeleteRequest, _: Context) -> Message:
        (self.folder / request.id).unlink(missing_ok=True)
        return Empty()

    def cancel(self, _request: Message, _: Context) -> Message:
        return Empty()


def main() -> None:
    service = pb.DESCRIPTOR.services_by_name["ResourceProvider"]
    _, port = rpc.start(service, SlowCloud(Path(sys.argv[1])), calls_at_once=16)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
