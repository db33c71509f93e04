"""Calls over a carrier's media stream, whichever carrier it is (TEL-01, TEL-10)."""

from .line import CarrierLine

__all__ = ["CarrierLine"]
