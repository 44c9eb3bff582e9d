"""What operators write of devices, turned into what has to be said to one.

Documents go in (`document`), are laid over each other (`composing`), have names filled in (`templates`) and
are held against what the device has (`planning`); what comes out are arguments of RPCs.  It does no I/O, asks
no clock, and knows nothing but `acs.cwmp`.
"""
