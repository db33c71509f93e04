"""Bots written in code, run by themselves while they are developed: no database, no login, one process (RUN-01)."""
