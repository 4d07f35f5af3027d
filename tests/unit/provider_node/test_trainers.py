"""Leading does not wait for a training (the workers themselves are tested in `trainer`)."""

import asyncio

from provider_node.trainer import Means
from provider_node.trainers import Trainers


async def test_idle_leading_shares_the_trainings_worker() -> None:
    trainers = Trainers(Means(threads=1))
    async with trainers.training() as main:
        pass
    async with trainers.leading() as leader:
        assert leader is main


async def test_leading_beside_a_training_has_its_own_worker() -> None:
    trainers = Trainers(Means(threads=1))
    async with trainers.training() as main, trainers.leading() as leader:
        assert leader is not main


async def test_a_data_set_is_counted_beside_a_training_and_not_beside_leading() -> None:
    trainers = Trainers(Means(threads=1))
    order: list[str] = []

    async def count() -> None:
        async with trainers.counting() as counter:
            order.append("counts")
            assert counter is not main

    async with trainers.training() as main:
        async with trainers.leading():
            counting = asyncio.create_task(count())
            await asyncio.sleep(0.01)
            order.append("has led")
        await asyncio.wait_for(counting, 20)
    assert order == ["has led", "counts"]


async def test_one_training_at_a_time() -> None:
    trainers = Trainers(Means(threads=1))
    order: list[str] = []

    async def train(name: str) -> None:
        async with trainers.training():
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(train("a"), train("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]


async def test_a_worker_warmed_in_advance_is_gone_after_closing() -> None:
    trainers = Trainers(Means(threads=1))
    trainers.warm_soon()
    trainers.warm_soon()
    async with asyncio.timeout(120), trainers.training() as main:
        await main.warm()
        assert main.pid
    await trainers.close()
    assert main.pid is None


async def test_closing_does_not_wait_for_a_worker_that_is_being_warmed() -> None:
    trainers = Trainers(Means(threads=1))
    trainers.warm_soon()
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await trainers.close()
