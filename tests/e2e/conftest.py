"""A real server for every module of end-to-end tests, made from one prepared installation."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, Template
from tests.e2e.line import Line


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An installation to copy."""
    return Template.make(tmp_path_factory.mktemp("house") / "template")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation with a running server, shared by the tests of a module."""
    house = template.copy(tmp_path_factory.mktemp("house") / "data")
    await house.start(VOICE_RESUME_GRACE_S="4", VOICE_MAX_CALLS_PER_USER="60", VOICE_MAX_CALLS="60", VOICE_DRAIN_S="1")
    yield house
    assert await house.stop() == 0, house.log


@pytest_asyncio.fixture(loop_scope="module")
async def line(house: House) -> AsyncIterator[Line]:
    """A program at the door."""
    async with Line(house) as line:
        yield line
