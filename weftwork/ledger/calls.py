"""Calls of one Weftwork contract: JSON in and out, conflicts retried, refusals translated."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from weftwork.errors import IntegrityError
from weftwork.ledger.contract import Contract
from weftwork.ledger.errors import GatewayError
from weftwork.ledger.records import Receipt, Record
from weftwork.ledger.refusals import is_conflict, translate

__all__ = ["Calls", "as_json"]

R = TypeVar("R", bound=Record)

# A conflict means that a block came in between; ten attempts outlast a busy second.
_ATTEMPTS = 10
_PAGE_SIZE = "200"  # the contracts' largest


class _Page(Record):
    items: list[dict[str, Any]]
    bookmark: str = ""


def as_json(value: Record | Mapping[str, Any]) -> str:
    """`value` as the chaincode takes it."""
    return value.to_json() if isinstance(value, Record) else json.dumps(value)


class Calls:
    """Reads and writes of one contract. Every error is one of `weftwork.errors`."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    async def read(self, model: type[R], name: str, *arguments: str) -> R:
        """Evaluate `name` and parse its answer."""
        return _parse(model, name, await self._evaluate(name, *arguments))

    async def read_all(self, model: type[R], name: str, *arguments: str) -> list[R]:
        """Evaluate the paged query `name`, following its bookmarks to the end."""
        items: list[R] = []
        bookmark = ""
        while True:
            page = _parse(_Page, name, await self._evaluate(name, *arguments, _PAGE_SIZE, bookmark))
            items += [_parse(model, name, item) for item in page.items]
            if page.bookmark in ("", bookmark):
                return items
            bookmark = page.bookmark

    async def write(self, name: str, *arguments: str) -> Receipt:
        """Submit `name` and wait until it is committed."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(is_conflict),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )
        try:
            return await retrying(self._submit, name, *arguments)
        except GatewayError as error:
            raise translate(error) from error

    async def _evaluate(self, name: str, *arguments: str) -> bytes:
        try:
            return await self._contract.evaluate(name, *arguments)
        except GatewayError as error:
            raise translate(error) from error

    async def _submit(self, name: str, *arguments: str) -> Receipt:
        proposal = self._contract.proposal(name, *arguments)
        answer = await proposal.submit()
        receipt = _parse(Receipt, name, answer)
        return receipt.model_copy(update={"transaction_id": proposal.transaction_id})


def _parse(model: type[R], name: str, answer: bytes | dict[str, Any]) -> R:
    try:
        if isinstance(answer, bytes):
            return model.model_validate_json(answer)
        return model.model_validate(answer)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise IntegrityError(
            f"{name}: the ledger's answer is no {model.__name__}: {where}: {problem['msg']}"
        ) from error
