"""What every test may ask for. Servers start only when a test requests them, once a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import private_postgres, private_redis

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a private Redis."""
    with private_redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an empty database in a private PostgreSQL."""
    with private_postgres() as url:
        yield url
