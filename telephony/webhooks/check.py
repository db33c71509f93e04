"""Answers the round trip of the attach wizard: the request that went out has come back in (ux, Phone numbers)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from telephony.selectors.round_trip import answer_to


@csrf_exempt
@never_cache
def check(request: HttpRequest, slug: str, nonce: str) -> HttpResponse:
    """Prove that it is this house that was reached; says nothing to whoever brings a nonce of their own."""
    if request.method != "POST":
        return HttpResponse("input.method\n", content_type="text/plain", status=405)
    proof = answer_to(slug, nonce)
    if proof is None:
        return HttpResponse("webhook.unsigned\n", content_type="text/plain", status=403)
    return HttpResponse(f"{proof}\n", content_type="text/plain")
