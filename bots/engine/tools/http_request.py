"""A tool that asks a web service, described by settings alone (PROD-19, reliability S3, A4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.engine.errors import ToolError
from bots.engine.spec import ToolSpec

from .egress.client import EgressRequest, EgressResponse
from .egress.errors import EgressTimeout, EgressUnreachable
from .environment import Finding, ToolEnvironment
from .plain_data import plain
from .registry import FunctionCallParams, FunctionHandler
from .templates import filled_header, filled_json, filled_url, places_in, steps_of, value_at

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
IDEMPOTENT = ("GET", "PUT", "DELETE")
PASSING = (502, 503, 504)
PAUSE_S = 0.2
SPARE_S = 0.25
MAX_EXCERPT = 500
HIDDEN = b"[hidden]"
_BEGINNING = re.compile(r"https?://[^/?#\s{}@]+(?=[/?#]|$)")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


class BadAnswer(ToolError):
    """The service answered with something this tool cannot use."""

    code = "tool.bad_answer"
    next_step = "Try the tool on the bot's page and compare its answer with the settings."


@dataclass(frozen=True, slots=True)
class HttpRequestSettings:
    """What an author says of a web service; `{argument}` stands for what the model gives."""

    url: str = field(
        default="",
        metadata={"help": "Address; {argument} may stand behind the host: https://api.example.com/orders/{id}"},
    )
    method: str = field(default="GET", metadata={"help": "GET reads; the others change something.", "choices": METHODS})
    headers: Mapping[str, Any] = field(default_factory=dict, metadata={"help": "Further headers as JSON."})
    credential: str = field(
        default="",
        metadata={"help": "Name of the credential that holds the secret; its provider is the address's host."},
    )
    secret_header: str = field(default="Authorization", metadata={"help": "The header that carries the secret."})
    secret_format: str = field(default="Bearer {secret}", metadata={"help": "The header's value, {secret} in it."})
    body: Any = field(
        default=None, metadata={"help": "JSON to send, {argument} in it; empty: all arguments (not GET)."}
    )
    result_path: str = field(
        default="", metadata={"help": "The part of the answer for the model, as data.items[0].name; empty: all of it."}
    )
    max_bytes: int = field(default=32_768, metadata={"help": "Longest answer in bytes.", "min": 256, "max": 262_144})
    retries: int = field(
        default=1,
        metadata={"help": "Further tries where the service is down (GET, PUT and DELETE).", "min": 0, "max": 3},
    )


def problems_with_request(spec: ToolSpec, settings: HttpRequestSettings) -> Iterator[Finding]:
    """Find what is wrong with a request beyond the types of its settings."""
    if not _BEGINNING.match(settings.url):
        yield "url", "must begin with http:// or https:// and a host without {…} in it."
    if "{" in settings.url.partition("#")[2]:
        yield "url", "must not hold {…} behind a #."
    for name, value in settings.headers.items():
        if not _HEADER.fullmatch(str(name)) or str(name).lower() in _OURS or not isinstance(value, str):
            yield "headers", f"holds {str(name)[:40]!r}, which cannot be set to a text."
    if settings.credential and (
        "{secret}" not in settings.secret_format or not _HEADER.fullmatch(settings.secret_header)
    ):
        yield "secret_format", "must hold {secret}, and secret_header the name of a header."
    if steps_of(settings.result_path) is None:
        yield "result_path", "must be a path such as data.items[0].name."
    if settings.method == "GET" and settings.body not in (None, ""):
        yield "body", "must be empty for GET."
    wanted = places_in(settings.url) | places_in(dict(settings.headers)) | places_in(settings.body)
    if unknown := sorted(wanted - set(spec.properties)):
        yield "url", f"names arguments that the tool does not have: {', '.join(unknown)}."


def http_request(spec: ToolSpec, settings: HttpRequestSettings, environment: ToolEnvironment) -> FunctionHandler:
    """Make the handler. The result is the answer's JSON (or text), or what of it ``result_path`` points at."""
    steps = steps_of(settings.result_path) or []
    secret = environment.secrets.get(settings.credential, "")

    async def ask(params: FunctionCallParams) -> None:
        if settings.credential and not secret:
            raise ToolError("The secret of this tool is missing.")
        response = await _answered(_request_of(settings, secret, params), spec, settings, environment, params)
        body = response.body.replace(secret.encode(), HIDDEN) if secret else response.body
        await params.result_callback(_result_of(response, body, steps, settings.result_path))

    return ask


def _request_of(settings: HttpRequestSettings, secret: str, params: FunctionCallParams) -> EgressRequest:
    given = params.arguments
    headers = {str(name): filled_header(str(value), given) for name, value in settings.headers.items()}
    headers.setdefault("Accept", "application/json")
    content = None
    if settings.method != "GET":
        body = dict(given) if settings.body in (None, "") else filled_json(settings.body, given)
        if settings.method != "DELETE" or settings.body:
            content = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        headers.setdefault("Idempotency-Key", params.idempotency_key or params.tool_call_id)
    if secret:
        headers[settings.secret_header] = settings.secret_format.replace("{secret}", secret)
    return EgressRequest(
        settings.method, filled_url(settings.url, given), headers, content, max_bytes=settings.max_bytes
    )


async def _answered(
    request: EgressRequest,
    spec: ToolSpec,
    settings: HttpRequestSettings,
    environment: ToolEnvironment,
    params: FunctionCallParams,
) -> EgressResponse:
    """Send the request, again where that is harmless, within the tool's time."""
    clock = params.llm.clock
    latest = clock.now() + max(SPARE_S, spec.timeout_s - SPARE_S)
    tries = 1 + (settings.retries if settings.method in IDEMPOTENT else 0)
    for left in range(tries - 1, -1, -1):
        limit = max(SPARE_S, (latest - clock.now()) / (left + 1))
        try:
            response = await environment.egress.send(
                EgressRequest(request.method, request.url, request.headers, request.content, limit, request.max_bytes)
            )
        except (EgressTimeout, EgressUnreachable):
            if not left:
                raise
        else:
            if not left or response.status not in PASSING:
                return response
        await params.progress_callback("trying again")
        await clock.sleep(PAUSE_S)
    raise AssertionError("the last try returns or raises")


def _result_of(response: EgressResponse, body: bytes, steps: list[str | int], path: str) -> Any:
    text = body.decode("utf-8", errors="replace")
    if response.status >= 400:
        said = f"The service answered with status {response.status}."
        return {"error": said, "code": "tool.http_status", "status": response.status, "answer": text[:MAX_EXCERPT]}
    if not text.strip():
        return {"status": response.status}
    try:
        value = plain(json.loads(text))
    except (ValueError, RecursionError):
        if steps or "json" in response.headers.get("content-type", ""):
            raise BadAnswer("The service's answer is not the JSON it should be.") from None
        return text
    there, found = value_at(value, steps)
    if not there:
        raise BadAnswer(f"The service's answer has nothing at {path}.")
    return found
