"""One part tells another (PAR-09)."""

import asyncio

from bots.engine.blocks.notifier import EventNotifier
from bots.engine.testing.loop import run_virtual


def test_a_notification_wakes_all_who_wait_and_once() -> None:  # PAR-09
    async def main() -> tuple[int, bool]:
        notifier, woken = EventNotifier(), []

        async def wait(number: int) -> None:
            await notifier.wait()
            woken.append(number)

        waiting = [asyncio.create_task(wait(number)) for number in range(3)]
        await asyncio.sleep(0)
        await notifier.notify()
        await asyncio.gather(*waiting)
        again = asyncio.create_task(wait(4))
        done, _ = await asyncio.wait({again}, timeout=10)
        again.cancel()
        return len(woken), bool(done)

    assert run_virtual(main()) == (3, False)


def test_a_notification_that_nobody_waits_for_is_kept_once() -> None:  # PAR-09
    async def main() -> bool:
        notifier = EventNotifier()
        await notifier.notify()
        await notifier.notify()
        await notifier.wait()
        again = asyncio.create_task(notifier.wait())
        done, _ = await asyncio.wait({again}, timeout=10)
        again.cancel()
        return bool(done)

    assert run_virtual(main()) is False
