"""Money: coins that are made, spent once and whole, put aside for a task, and paid out."""

from weftwork.audit.findings import require
from weftwork.audit.rules.settlement import settle
from weftwork.audit.task import Task
from weftwork.audit.world import Call, Record, World, Writes

__all__ = ["deposit", "equal_parts", "escrow", "settlement"]

COINS = 32  # of a deposit


def deposit(call: Call, world: World) -> Writes:
    """A treasurer pays in: up to 32 coins, as equal as integers allow."""
    account, unit, amount, reference = call.take(4)
    require(call.role == "treasurer", f"the certificate grants the role {call.role!r}")
    world.need("participant", account)
    require(not world.has("deposit", reference), f"the reference {reference} was used before")
    require(amount.isdecimal() and int(amount) > 0, f"{amount!r} is no amount")
    parts = equal_parts(int(amount), COINS)
    record = {
        "reference": reference,
        "account": account,
        "unit": unit,
        "amount": int(amount),
        "coins": len(parts),
        "treasurer": call.common_name,
        "treasurer_msp": call.msp,
        "deposited_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    made = _coins(call, account, unit, "deposit", reference, parts)
    return {("deposit", reference): record} | made


def escrow(call: Call, world: World, task: Record, reward: Record, funds: list[str]) -> Writes:
    """What publishing a task spends, puts aside and gives in change. Every coin is needed."""
    owner, unit, price = task["requester"], reward["unit"], int(reward["amount"])
    writes: Writes = {}
    amounts = []
    for id_ in sorted(funds):
        coin = world.need("coin", owner, id_)
        require(coin["unit"] == unit, f"coin {id_} is of {coin['unit']}, not of {unit}")
        require(not world.has("spent", owner, id_), f"coin {id_} is spent twice")
        spent = {key: coin[key] for key in ("owner", "id", "unit", "amount")}
        writes["spent", owner, id_] = spent | {"task": task["id"], "tx_id": call.tx_id}
        amounts.append(int(coin["amount"]))
    require(len(set(funds)) == len(funds), "a coin is named twice")
    require(sum(amounts) >= price, f"coins with {sum(amounts)} {unit} pay {price}")
    needless = amounts and sum(amounts) - min(amounts) >= price
    require(not needless, f"a coin is spent that {price} {unit} do not need")
    change = equal_parts(sum(amounts) - price, len(amounts))
    writes |= _coins(call, owner, unit, "change", task["id"], change)
    writes["escrow", task["id"]] = {
        "task": task["id"],
        "requester": owner,
        "unit": unit,
        "amount": price,
        "coins": sorted(funds),
        "tx_id": call.tx_id,
    }
    return writes


def settlement(call: Call, task: Task, *, whole: bool) -> Writes:
    """What the end of a task writes of its escrow; `whole` where it reached its end.

    A participant's points are the sum of its shares of the rounds' pots.
    """
    put = task.world.need("escrow", task.id)
    last = task.last_round
    rounds = int(last["round"]) if last else 0
    points = {one["participant"]: one["points"] for one in last["standings"]} if last else {}
    planned = rounds if whole else int(task.definition["training"]["rounds"])
    shared = settle(put["amount"], rounds, planned, points)
    record = {
        "task": task.id,
        "requester": put["requester"],
        "unit": put["unit"],
        "amount": put["amount"],
        "earnable": shared.earnable,
        "rounds": rounds,
        "payouts": [
            {"participant": name, "points": points[name], "amount": amount}
            for name, amount in sorted(shared.payouts.items())
        ],
        "refund": shared.refund,
        "settled_at_ms": call.now_ms,
        "tx_id": call.tx_id,
    }
    writes: Writes = {("settlement", task.id): record}
    paid = [(name, "task", amount) for name, amount in shared.payouts.items()]
    for owner, source, amount in [*paid, (put["requester"], "refund", shared.refund)]:
        if amount:
            coin = _coin(call, owner, put["unit"], source, task.id, f"{source}.{task.id}", amount)
            writes["coin", owner, coin["id"]] = coin
    return writes


def equal_parts(amount: int, most: int) -> list[int]:
    """At most so many positive numbers with this sum, that differ by 1 at most; the larger first.

    >>> equal_parts(7, 3)
    [3, 2, 2]
    """
    count = min(amount, most)
    return [(amount + count - 1 - at) // count for at in range(count)]


def _coins(call: Call, owner: str, unit: str, source: str, of: str, amounts: list[int]) -> Writes:
    ids = [f"{source}.{of}.{at}" for at in range(1, len(amounts) + 1)]
    return {
        ("coin", owner, id_): _coin(call, owner, unit, source, of, id_, amount)
        for id_, amount in zip(ids, amounts, strict=True)
    }


def _coin(call: Call, owner: str, unit: str, source: str, of: str, id_: str, amount: int) -> Record:
    return {
        "owner": owner,
        "id": id_,
        "unit": unit,
        "amount": amount,
        "from": source,
        "of": of,
        "tx_id": call.tx_id,
    }
