"""Plivo (TEL-12)."""

from telephony.carriers.base import CredentialField
from telephony.carriers.carrier import Carrier
from telephony.serializers import PlivoFrameSerializer

from . import documents, signature, webhooks
from .api import PlivoAPI
from .console import CONSOLE

CARRIER = Carrier(
    name="plivo",
    label="Plivo",
    fields=(CredentialField("auth_token", "Auth token", "On the first page of the console, beside the auth id."),),
    console=CONSOLE,
    verify=signature.verify,
    webhooks=webhooks,
    documents=documents,
    api=PlivoAPI,
    new_serializer=PlivoFrameSerializer,
)
