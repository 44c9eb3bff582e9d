"""PostgreSQL behind the seam `acs.store.database`, through txpostgres."""
