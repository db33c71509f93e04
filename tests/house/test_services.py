"""The private servers are real and are gone afterwards."""

import psycopg
import redis

from tests.services import private_redis


def test_the_private_postgres_answers(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        assert connection.execute("select 6 * 7").fetchone() == (42,)


def test_the_private_redis_answers_and_is_gone_afterwards() -> None:
    with private_redis() as url, redis.Redis.from_url(url) as client:
        client.set("word", "heard")
        assert client.get("word") == b"heard"
    with redis.Redis.from_url(url) as client:
        try:
            client.ping()
        except redis.ConnectionError:
            return
    raise AssertionError("redis-server still answers")
