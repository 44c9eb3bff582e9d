"""A whole store carried through one file: exported into it, imported from it."""
