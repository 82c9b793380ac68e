#!/bin/sh
# No account can be made: somebody edits the list of them.
set -eu

: >/etc/.pwd.lock
mkdir /etc/passwd.lock /etc/group.lock
