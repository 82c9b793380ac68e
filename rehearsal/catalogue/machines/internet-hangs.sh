#!/bin/sh
# What goes out is handed to somebody who throws it away.
set -eu

gateway=$(ip -4 route show default | sed 's/.*via \([0-9.]*\) .*/\1/')
nobody=${gateway%.*}.14
ip neighbour add "$nobody" lladdr 02:00:00:00:00:0e dev eth0 nud permanent
ip route replace default via "$nobody"
