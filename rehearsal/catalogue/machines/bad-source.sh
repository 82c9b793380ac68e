#!/bin/sh
# A line that apt does not understand.
set -eu

echo 'dab http://deb.example.org/ nothing' >/etc/apt/sources.list.d/bad.list
