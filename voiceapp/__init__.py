"""The roof of the house: wires the apps together and decides nothing itself."""

from voiceapp.celery import app as celery_app

__all__ = ["celery_app"]
