"""Settings profiles: `dev` for a laptop, `test` for the suite, `prod` for a server; all stand on `base`."""
