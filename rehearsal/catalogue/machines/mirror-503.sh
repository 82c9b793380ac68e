#!/bin/sh
# Whatever is fetched is answered by a proxy that is out of order.
set -eu

cat >/usr/local/sbin/answer-503 <<'ANSWER'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Busy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)


ThreadingHTTPServer(("127.0.0.1", 5030), Busy).serve_forever()
ANSWER
cat >/etc/systemd/system/answer-503.service <<'UNIT'
[Unit]
DefaultDependencies=no

[Service]
ExecStart=/usr/bin/python3 /usr/local/sbin/answer-503
UNIT
mkdir -p /etc/systemd/system/sysinit.target.wants
ln -s ../answer-503.service /etc/systemd/system/sysinit.target.wants/
echo 'Acquire::http::Proxy "http://127.0.0.1:5030"; Acquire::https::Proxy "http://127.0.0.1:5030";' \
	>/etc/apt/apt.conf.d/99-out-of-order
