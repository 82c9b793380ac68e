#!/bin/sh
# Docker is stopped, and stays so.
set -eu

systemctl stop docker.socket docker.service
