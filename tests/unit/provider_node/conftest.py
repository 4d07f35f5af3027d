"""A follower on a stage."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
import pytest_asyncio

from provider_node import follower as module
from provider_node.follower import Follower
from provider_node.site import Site
from tests.unit.provider_node.stage import Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr(module, "owed", lambda view: stage.owed(view))
    monkeypatch.setattr(module, "perform", stage.perform)
    return stage


@pytest.fixture
def follower(stage: Stage) -> Follower:
    return Follower(cast("Site", stage), "digits-1", asyncio.Semaphore(8))


@pytest_asyncio.fixture
async def running(follower: Follower) -> AsyncIterator[asyncio.Task[None]]:
    following = asyncio.create_task(follower.run())
    yield following
    following.cancel()
