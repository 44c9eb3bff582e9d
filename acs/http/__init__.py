"""CWMP's own HTTP/1.x server protocol: bytes to requests, responses to bytes, strict about framing."""
