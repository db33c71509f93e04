"""Where the network would be: answers requests of tools and notes where they would have gone."""

from collections.abc import Callable

import httpx

Answer = Callable[[httpx.Request], httpx.Response]


class Wire(httpx.AsyncBaseTransport):
    """Stands where the network is; notes where requests would have gone."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request)


async def public(host: str, port: int) -> list[str]:
    return ["93.184.215.14", "93.184.215.15"]


def ok(body: bytes = b"{}", status: int = 200, **headers: str) -> Answer:
    return lambda request: httpx.Response(status, stream=httpx.ByteStream(body), headers=headers)
