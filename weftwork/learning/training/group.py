"""Several processes that train one model together, each on its share of every batch.

All of them do the same: they begin with the same weights, draw the same batches and the same noise,
and take the same steps. A step's sums over the batch are what differs: each process computes them
over its share, and then has the sum of all, to the same bits as the others.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, distributed
from torch.distributed import FileStore  # type: ignore[attr-defined] # undeclared, documented

from weftwork.errors import EnvironmentFaultError
from weftwork.learning.errors import LostMemberError, first_line

__all__ = ["ALONE", "Group", "join"]

# Members read data and compile at their own pace.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Group:
    """One process's place: `rank` of `size`, on `device`. The first leads: it alone adds noise.

    Only the leader's results count, and only it writes files.
    """

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        """Whether this is the process whose results count."""
        return self.rank == 0

    def share(self, rows: Tensor) -> Tensor:
        """This process's part of a batch's rows (n,); there may be none."""
        return rows if self.size == 1 else rows[self.rank :: self.size]

    def total(self, vector: Tensor, *numbers: Tensor) -> tuple[Tensor, ...]:
        """The sums over all processes of a vector (k,) and of numbers (0-d), in one exchange.

        Raises `LostMemberError` where another process is gone, or silent for ten minutes.
        """
        if self.size == 1:
            return vector, *numbers
        packed = torch.cat([vector, torch.stack(numbers)]) if numbers else vector.clone()
        try:
            distributed.all_reduce(packed)
        except RuntimeError as error:
            raise LostMemberError(_lost(error)) from error
        return packed[: len(vector)], *packed[len(vector) :]

    def agree(self, what: str) -> None:
        """Raise `EnvironmentFaultError` unless all processes say the same."""
        if self.size == 1:
            return
        digest = list(hashlib.sha256(what.encode()).digest())
        own = torch.tensor(digest, dtype=torch.int64, device=self.device)
        (total,) = self.total(own)
        if not torch.equal(total, own * self.size):
            raise EnvironmentFaultError(
                "the processes of this training do not begin with the same: "
                "its data set or its checkpoint was changed meanwhile; leave them as they are"
            )


ALONE = Group()


def join(rank: int, size: int, device: str, meeting: Path) -> Group:
    """Meet the other processes by the file `meeting`, which only they may read or write.

    Waits for all of them; raises `LostMemberError` where they do not come. Once in a process.
    """
    backend = "nccl" if device.startswith("cuda") else "gloo"
    if backend == "nccl":
        torch.cuda.set_device(device)
    try:
        distributed.init_process_group(
            backend,
            store=FileStore(str(meeting), size),
            rank=rank,
            world_size=size,
            timeout=PATIENCE,
        )
    except RuntimeError as error:
        raise LostMemberError(_lost(error)) from error
    return Group(rank, size, device)


def _lost(error: RuntimeError) -> str:
    return (
        f"the processes of this training have lost each other ({first_line(error)});"
        " if it happens again, set processes: 1"
    )
