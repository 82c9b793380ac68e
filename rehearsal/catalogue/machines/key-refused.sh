#!/bin/sh
# sshd takes no key of anybody.
set -eu

echo 'PubkeyAuthentication no' >/etc/ssh/sshd_config.d/00-no-keys.conf
