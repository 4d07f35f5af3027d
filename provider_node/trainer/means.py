"""What a trainer computes with, as `node.yaml` says it."""

from collections.abc import Iterator
from dataclasses import dataclass

from weftwork.config import Precision, arithmetic
from weftwork.learning.privacy.parameters import Mode

__all__ = ["Means"]


@dataclass(frozen=True)
class Means:
    """A device, or one for each of several processes from the named one on, and how it computes.

    `threads` are those of all processes together; 0 is as many as torch finds right. Each process
    works on `physical_batch` samples at once at most; None is as many as memory suffices for.
    """

    device: str = "cpu"
    threads: int = 0
    processes: int = 1
    precision: Precision = "float32"
    compiled: bool = False
    physical_batch: int | None = None

    @property
    def name(self) -> str:
        """What makes the bits of a training others than the default's; empty if nothing does."""
        return arithmetic(self.processes, self.precision, self.compiled, self.physical_batch)

    def changes(self, mode: Mode) -> Iterator[str]:
        """What that means for a training in this privacy mode, a line for each option."""
        if self.processes > 1:
            yield (
                f"{self.processes} processes: a batch's sums are added up in another order;"
                " results differ from one process's in their last digits"
            )
        if self.precision == "bfloat16":
            yield (
                "bfloat16: products in the forward and backward pass are rounded to 8 bits;"
                " weights, norms, sums and noise stay float32; results differ from float32's"
            )
        if self.compiled and mode in {"ddp-sgd", "ddp-sgd-paper"}:
            yield "compile: steps that are private by the sample are not compiled"
        elif self.compiled:
            yield (
                "compile: kernels are fused; results differ in their last digits, and repeat on"
                " the same machine and version; the first steps wait for the compiler"
            )
        if self.physical_batch:
            yield (
                f"physical_batch: {self.physical_batch} samples at once at most; the sums of larger"
                " batches are added up in another order, and results differ in their last digits;"
                " a layer that mixes samples sees the parts"
            )

    def arguments(self) -> list[str]:
        """Of a worker's command line."""
        values = {
            "device": self.device,
            "threads": self.threads,
            "processes": self.processes,
            "precision": self.precision,
        } | ({"physical-batch": self.physical_batch} if self.physical_batch else {})
        found = [part for key, one in values.items() for part in (f"--{key}", str(one))]
        return [*found, *(["--compiled"] if self.compiled else [])]
