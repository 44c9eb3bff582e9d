#!/bin/sh
# The appliance's command line, on the packaged configuration unless another is named.
ACS_CONFIG="${ACS_CONFIG:-/etc/acs/acs.toml}" PYTHONPATH=/usr/lib/acs:/usr/local/lib/acs exec /usr/bin/python3 -sP -m acs.ctl "$@"
