"""Each call again, by the rules; what it should have written is compared with what it wrote."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from weftwork.audit.blocks import CHAINCODE, Action, Transaction
from weftwork.audit.findings import Broken, require
from weftwork.audit.rules import (
    attestations,
    counting,
    ending,
    money,
    registration,
    rounds,
    scores,
    tasks,
)
from weftwork.audit.rules.commit import commit
from weftwork.audit.rules.terms import replace
from weftwork.audit.world import Call, Key, Record, World, Writes, canonical, read_call

__all__ = ["RULES", "check_call", "differences", "read_writes"]

RULES: dict[str, Callable[[Call, World], Writes]] = {
    "Participants:Register": registration.register,
    "Participants:UpdateEndpoint": registration.update_endpoint,
    "Participants:Deactivate": registration.deactivate,
    "Accounts:Deposit": money.deposit,
    "Tasks:Publish": tasks.publish,
    "Tasks:Join": tasks.join,
    "Tasks:Leave": tasks.leave,
    "Tasks:Start": tasks.start,
    "Tasks:Cancel": ending.cancel,
    "Rounds:SubmitUpdate": rounds.submit,
    "Rounds:Extend": rounds.extend,
    "Rounds:Close": rounds.close,
    "Committee:SealScores": scores.seal,
    "Committee:RevealScores": scores.reveal,
    "Committee:SealAttestation": attestations.seal,
    "Rounds:ProposeAggregate": attestations.propose,
    "Committee:AttestAggregate": attestations.attest,
    "Committee:Report": attestations.report,
    "Committee:Replace": replace,
    "Rounds:Commit": commit,
    "Rounds:Finalize": ending.finalize,
    "Rounds:Halt": ending.halt,
    "Committee:Count": counting.count,
}

# What is written in words of the chaincode's own.
_WORDS = {("halt", "detail")}


def check_call(transaction: Transaction, world: World, wrote: Writes) -> None:
    """Check that the call might be made, and that it `wrote` what the rules say. Raises `Broken`.

    A call that wrote nothing is a question, or a repetition: it did nothing.
    """
    if not wrote:
        return
    _check_form(transaction.action)
    call = read_call(transaction, world)
    rule = RULES.get(call.function)
    if rule is None:
        raise Broken(f"{call.function} is no call that writes")
    for difference in differences(wrote, rule(call, world)):
        raise Broken(f"{call.function}: {difference}")


def read_writes(action: Action) -> Writes:
    """The records that an action writes, by their keys. Raises `Broken`."""
    writes: Writes = {}
    for (space, key), value in action.writes:
        if space != CHAINCODE:
            continue
        if value is None:
            raise Broken(f"it deletes {key!r}: records are kept")
        writes[_split(key)] = _record(value)
    return writes


def _check_form(action: Action | None) -> None:
    """A call that writes does so into its own records, and by what it read key by key."""
    if action is None:
        raise Broken("it calls no chaincode")
    text = f"{action.chaincode} writes into {CHAINCODE}"
    require(action.chaincode == CHAINCODE, text)
    require(action.ranges == 0, "it writes by what it read in a range")
    for (space, _), _ in action.writes:
        require(space == CHAINCODE, f"it writes into {space}")


def differences(wrote: Writes, expected: Writes) -> Iterator[str]:
    """What is written, and what the rules say instead; nothing if both are the same."""
    for key in sorted(wrote.keys() | expected.keys()):
        name = "/".join(key)
        if key not in expected:
            yield f"it writes {name}, by no rule"
        elif key not in wrote:
            yield f"it does not write {name}"
        else:
            yield from _different(name, key[0], wrote[key], expected[key])


def _different(name: str, kind: str, wrote: Record, expected: Record) -> Iterator[str]:
    for field in sorted(wrote.keys() | expected.keys()):
        if (kind, field) in _WORDS:
            continue
        for path, found, right in _unequal(field, wrote.get(field), expected.get(field)):
            yield f"{path} of {name} is {_shown(found)}, by the rules {_shown(right)}"


def _unequal(path: str, found: Any, right: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where two values differ. An empty list or object may be written as null."""
    if isinstance(found, dict) and isinstance(right, dict):
        for key in sorted(found.keys() | right.keys()):
            yield from _unequal(f"{path}.{key}", found.get(key), right.get(key))
    elif isinstance(found, list) and isinstance(right, list) and len(found) == len(right):
        for at, pair in enumerate(zip(found, right, strict=True)):
            yield from _unequal(f"{path}[{at}]", *pair)
    elif (found if found not in ([], {}) else None) != (right if right not in ([], {}) else None):
        yield path, found, right


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."


def _split(key: str) -> Key:
    """The parts of a composite key."""
    parts = key.split("\0")
    require(len(parts) > 2 and parts[0] == parts[-1] == "", f"the key {key!r} is of no record")
    return tuple(parts[1:-1])


def _record(value: bytes) -> Record:
    try:
        record = json.loads(value)
    except ValueError as error:
        raise Broken(f"it writes what is no JSON: {error}") from error
    require(isinstance(record, dict), "it writes what is no record")
    require(canonical(record) == value, "it writes a record that is not in canonical form")
    return dict(record)
