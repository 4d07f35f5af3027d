"""The real contracts on a ledger in memory: `chaincode/cmd/sandbox`, at the other end of a pipe."""

import asyncio
import json
import subprocess
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from network.golang.compiler import Compiler, Recipe
from network.golang.toolchain import REPOSITORY
from weftwork.canonical import canonical
from weftwork.errors import WeftworkError

__all__ = ["Identity", "RefusedError", "Sandbox", "build"]

CHAINCODE = REPOSITORY / "chaincode"
PACKAGE = "github.com/weftwork/weftwork/chaincode/cmd/sandbox"
START_MS = 1_700_000_000_000
CALL_MS = 20  # from one call to the next


class RefusedError(WeftworkError):
    """The chaincode refuses a call; the text begins with the code."""


@dataclass(frozen=True)
class Identity:
    """A certificate: its common name, organisation and role."""

    name: str
    msp: str
    role: str


def build() -> Path:
    """The program, compiled if its sources have changed."""
    files = (path for path in CHAINCODE.rglob("*.go") if not path.stem.endswith("_test"))
    inputs = (CHAINCODE / "go.mod", CHAINCODE / "go.sum", *sorted(files))
    recipe = Recipe("the contracts in a sandbox", "sandbox", CHAINCODE, (PACKAGE,), inputs)
    return asyncio.run(Compiler().build(recipe))["sandbox"]


class Sandbox(AbstractContextManager["Sandbox"]):
    """A ledger that nobody has written to, with a clock that only its calls move."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin  # noqa: S101 - asked for
        assert self._process.stdout  # noqa: S101 - asked for
        self._calls, self._answers = self._process.stdin, self._process.stdout
        self._now_ms = START_MS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program; the ledger is gone."""
        self._calls.close()
        self._process.wait()
        self._answers.close()

    def call(self, who: Identity, function: str, *arguments: Any) -> Any:
        """The answer of a query, or the record that was written.

        Arguments that are no texts and no integers travel as JSON. Raises `RefusedError`.
        """
        self._now_ms += CALL_MS
        texts = [_text(one) for one in arguments]
        call = {"at_ms": self._now_ms, "function": function, "args": texts}
        result = self._ask(who, call)
        return result["record"] if "outcome" in result else result

    def sign(self, who: Identity, text: str) -> str:
        """Base64 of this identity's signature."""
        return str(self._ask(who, {"sign": text}))

    def _ask(self, who: Identity, call: dict[str, Any]) -> Any:
        self._calls.write(json.dumps(call | {"who": who.__dict__}) + "\n")
        self._calls.flush()
        line = self._answers.readline()
        if not line:
            raise WeftworkError(f"the sandbox has ended at {call}: it says why on stderr")
        answer = json.loads(line)
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer["result"]


def _text(argument: Any) -> str:
    return str(argument) if isinstance(argument, str | int) else canonical(argument).decode()
