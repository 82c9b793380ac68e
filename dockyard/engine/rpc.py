"""A gRPC service from an object with functions: the method `GetPluginInfo` is `get_plugin_info`."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

_ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def start(
    service: ServiceDescriptor, servant: object, calls_at_once: int
) -> tuple[grpc.Server, int]:
    """Serves on a free port of this computer; returns that port."""
    server = grpc.server(ThreadPoolExecutor(calls_at_once), options=_ANY_SIZE)
    server.add_generic_rpc_handlers((_handlers(service, servant),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _handlers(service: ServiceDescriptor, servant: object) -> grpc.GenericRpcHandler:
    found: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    for name, method in service.methods_by_name.items():
        function = getattr(servant, _snake(name), None)
        if function is None:
            continue  # the caller is told that it is not implemented
        make = (
            grpc.unary_stream_rpc_method_handler
            if method.server_streaming
            else grpc.unary_unary_rpc_method_handler
        )
        found[name] = make(
            function,
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
    return grpc.method_handlers_generic_handler(service.full_name, found)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")
