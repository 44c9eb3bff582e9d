"""SQLite behind the seam `acs.store.database`: one file, all of it in this process."""
