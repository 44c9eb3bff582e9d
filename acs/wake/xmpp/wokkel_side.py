"""What we use of wokkel, which is imported nowhere else.

Wokkel 18.0.0 calls functions that Twisted has deprecated.  Here it gets Python's own in their place, so that
their warnings are not in the log whenever a stream ends.
"""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from wokkel import subprotocols

subprotocols.iteritems = dict.items
subprotocols.itervalues = dict.values

StreamManager: Any = subprotocols.StreamManager
"""Has the stream at hand, and tells its handlers when there is one.

Made of a factory and a reactor.  `wokkel.component.Component`, made of it, would connect by
``reactor.connectTCP`` and retry once a second where the server refuses it.
"""
