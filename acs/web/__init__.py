"""The web site of the appliance: the REST API on plain twisted.web.

People and programs use it; the console will stand on it.
"""
