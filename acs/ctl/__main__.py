"""Runs the command line as ``python -m acs.ctl``."""

from __future__ import annotations

import sys

from acs.ctl import main

sys.exit(main())
