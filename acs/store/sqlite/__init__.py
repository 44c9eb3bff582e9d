"""SQLite behind the seam `acs.store.database`: one file, and all of it in this process."""
