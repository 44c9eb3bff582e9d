#!/bin/sh
# The appliance in the foreground, as its unit runs it: acs [-c FILE]
[ $# -gt 0 ] || set -- -c /etc/acs/acs.toml
PYTHONPATH=/usr/lib/acs:/usr/local/lib/acs PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1 \
    exec /usr/bin/python3 -c 'from twisted.scripts.twistd import run; run()' \
    --nodaemon --pidfile= acs "$@"
