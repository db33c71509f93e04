"""Carriers' media sockets."""
