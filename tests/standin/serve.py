"""Serves a folder over HTTP, with faults on request: `serve.py FOLDER ADDRESS [PORT]`.

Prints the port once it listens. `fault.json` in the folder is read at every request:
`{"match": "^/linux/", "status": 503}` answers so, `{"match": "^/linux/", "hang": 30}` first
waits so many seconds. Without the file all is well.
"""

import functools
import json
import re
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(SimpleHTTPRequestHandler):
    # apt keeps one connection open for all its files
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        fault = self._fault()
        time.sleep(fault.get("hang", 0))
        if status := fault.get("status"):
            self.send_error(status)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing: nobody reads the pipe that the port was printed to."""

    def _fault(self) -> dict[str, Any]:
        try:
            fault: dict[str, Any] = json.loads((Path(self.directory) / "fault.json").read_text())
        except (OSError, ValueError):
            return {}
        return fault if re.search(fault["match"], self.path) else {}


def main(folder: str, address: str, port: str = "0") -> None:
    handler = functools.partial(Handler, directory=folder)
    with ThreadingHTTPServer((address, int(port)), handler) as server:
        print(server.server_port, flush=True)  # noqa: T201 - the caller reads it
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
