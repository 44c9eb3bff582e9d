"""The northbound interface of GenieACS, for programs that were written for it.

It answers as far as such programs use it, from what this appliance has: a task is a job, a preset a
configuration, a file one of the folder.  ``docs/genieacs.rst`` says what differs.
"""
