"""Twilio (TEL-03…07, TEL-11)."""

from telephony.carriers.base import CredentialField
from telephony.carriers.carrier import Carrier
from telephony.serializers import TwilioFrameSerializer

from . import documents, signature, webhooks
from .api import TwilioAPI
from .console import CONSOLE

CARRIER = Carrier(
    name="twilio",
    label="Twilio",
    fields=(CredentialField("auth_token", "Auth token", "On the first page of the console, under Account info."),),
    console=CONSOLE,
    verify=signature.verify,
    webhooks=webhooks,
    documents=documents,
    api=TwilioAPI,
    new_serializer=TwilioFrameSerializer,
    asks_for_key=True,
)
