"""The CPE WAN Management Protocol, sans-I/O: bytes in, bytes out, both roles.

`messages` declares every RPC once, as data; `codec` reads and writes them as XML, `json_form` as JSON.
`envelope` turns the bytes of one HTTP body into an `Envelope` and back.  `dialogue` is the session: who may
say what when, as a table.
"""
