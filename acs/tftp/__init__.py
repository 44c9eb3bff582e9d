"""The TFTP server, which sends devices the files of the folder (RFC 1350, with its options)."""
