"""Exotel, by way of the Voicebot applet of a flow (services 11)."""

from telephony.carriers.base import CredentialField
from telephony.carriers.carrier import Carrier
from telephony.serializers import ExotelFrameSerializer

from . import documents, signature, webhooks
from .api import ExotelAPI
from .console import CONSOLE

CARRIER = Carrier(
    name="exotel",
    label="Exotel",
    fields=(
        CredentialField("api_key", "API key", "Under API settings in the dashboard."),
        CredentialField("api_token", "API token", "Beside the key."),
        CredentialField(
            "flow_id",
            "Flow for calls out",
            "The number of the flow whose Voicebot applet asks this server; only needed to dial out.",
            required=False,
        ),
    ),
    console=CONSOLE,
    verify=signature.verify,
    webhooks=webhooks,
    documents=documents,
    api=ExotelAPI,
    new_serializer=ExotelFrameSerializer,
    signs_webhooks=False,
    connects_in_flow=True,
)
