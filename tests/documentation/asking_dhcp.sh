#!/usr/bin/env bash
# A DHCP server and a device in a network namespace that has nothing else: run by unshare --net, in a folder that has
# server.conf.  Usage: asking_dhcp.sh dnsmasq|kea-dhcp4 PYTHON.  Prints the options of the offer as JSON.
set -euo pipefail

ip link add acs0 type veth peer name cpe0
ip link set lo up
ip link set acs0 up
ip link set cpe0 up
ip addr add 192.0.2.1/24 dev acs0
# Both ends are this machine's: what comes from its own address is to be heard all the same.
for each in all cpe0; do
    echo 1 > "/proc/sys/net/ipv4/conf/$each/accept_local"
    echo 0 > "/proc/sys/net/ipv4/conf/$each/rp_filter"
done

case "$1" in
dnsmasq)
    dnsmasq --keep-in-foreground --conf-file=server.conf --port=0 --interface=acs0 --bind-interfaces --no-ping \
        --dhcp-leasefile=leases --pid-file= --log-facility=- >log 2>&1 &
    ;;
kea-dhcp4)
    KEA_PIDFILE_DIR=$PWD KEA_LOCKFILE_DIR=$PWD kea-dhcp4 -c server.conf >log 2>&1 &
    ;;
esac
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" || true' EXIT

"$2" -m tests.documentation.asking_dhcp
