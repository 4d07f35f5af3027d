"""A node's tools: what is built on is read first."""

from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from provider_node.site import Site
from weftwork.artifacts import Store
from weftwork.errors import IntegrityError


@pytest.fixture
def site(tmp_path: Path) -> Site:
    unused = dict.fromkeys(Site.__dataclass_fields__, cast("Any", None))
    return Site(**unused | {"store": Store(tmp_path / "store"), "scratch": tmp_path})


async def test_a_damaged_artifact_is_forgotten(site: Site) -> None:
    whole, damaged = (site.store.put(BytesIO(content)) for content in (b"whole", b"damaged"))
    await site.verify(whole, damaged)
    site.store.path(damaged.digest).write_bytes(b"damage.")
    with pytest.raises(IntegrityError, match="was damaged"):
        await site.verify(whole, damaged)
    assert whole.digest in site.held
    assert damaged.digest not in site.held, "so it is owed anew"


async def test_what_is_kept_is_named_by_its_digest(site: Site) -> None:
    with site.scratch_file() as path:
        path.write_bytes(b"trained")
        artifact = await site.keep(path)
    assert not path.exists()
    assert site.store.path(artifact.digest).read_bytes() == b"trained"
