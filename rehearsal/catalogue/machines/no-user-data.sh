#!/bin/sh
# cloud-init never runs.
set -eu

: >/etc/cloud/cloud-init.disabled
