#!/bin/sh
# It says that it is another system.
set -eu

printf 'ID=plan9\nVERSION_ID=4\nPRETTY_NAME="Plan 9"\n' >/usr/lib/os-release
