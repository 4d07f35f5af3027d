"""Divides a data set among clients, as experiments do: equally, or with the skews that sites have.

Every function takes the labels (n,), the number of clients and a seed, and gives for each client
the rows that it has, ascending. Together the clients have every row exactly once, and each has at
least one. The same arguments give the same rows everywhere: NumPy has frozen what is drawn here.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError

__all__ = ["by_class", "by_shard", "by_writer", "dirichlet", "iid", "quantity_skew"]

Rows = NDArray[np.int64]

TRIES = 10_000  # to draw a division in which everyone has enough


def iid(labels: np.ndarray, clients: int, seed: int) -> list[Rows]:
    """Rows at random, of equal number (or one fewer)."""
    _need(len(labels), clients, 1)
    return _sorted(np.array_split(_random(seed).permutation(len(labels)), clients))


def quantity_skew(
    labels: np.ndarray, clients: int, seed: int, *, alpha: float, minimum: int = 10
) -> list[Rows]:
    """Rows at random, of numbers in proportions drawn from Dirichlet(alpha), at least `minimum`."""
    _need(len(labels), clients, minimum)
    random = _random(seed)
    order = random.permutation(len(labels))
    spare = len(labels) - clients * minimum
    cuts = _cuts(_proportions(random, alpha, np.ones(clients, np.bool_)), spare)
    return _sorted(np.split(order, cuts + minimum * np.arange(1, clients)))


def dirichlet(
    labels: np.ndarray, clients: int, seed: int, *, alpha: float, minimum: int = 10
) -> list[Rows]:
    """Each class in proportions drawn from Dirichlet(alpha): the smaller, the fewer have it.

    A client that has its equal share of all rows gets none of the classes that follow, and a
    division in which someone has fewer than `minimum` is drawn anew (Yurochkin et al. 2019, and
    so EasyFL).
    """
    _need(len(labels), clients, minimum)
    random = _random(seed)
    for _ in range(TRIES):
        parts: list[list[Rows]] = [[] for _ in range(clients)]
        sizes = np.zeros(clients, np.int64)
        for rows in _by_label(labels):
            shuffled = random.permutation(rows)
            shares = _proportions(random, alpha, sizes < len(labels) / clients)
            for client, part in enumerate(np.split(shuffled, _cuts(shares, len(rows)))):
                parts[client].append(part)
                sizes[client] += len(part)
        if sizes.min() >= minimum:
            return _sorted([np.concatenate(part) for part in parts])
    raise DataError(
        f"in {TRIES:,} divisions some client had fewer than {minimum} of {len(labels)} samples;"
        " take a larger alpha, fewer clients or a smaller minimum"
    )


def by_class(labels: np.ndarray, clients: int, seed: int, *, classes: int) -> list[Rows]:
    """Each client has exactly `classes` classes, the paper's class(2).

    Every class is cut into shards of equal size, as nearly as many as other classes, and a client
    gets `classes` shards of different classes.
    """
    groups = _by_label(labels)
    if not 1 <= classes <= len(groups) or classes * clients < len(groups):
        raise DataError(
            f"{clients} clients with {classes} classes each: there are {len(groups)} classes to be"
            f" had, and all of them must be"
        )
    random = _random(seed)
    left = np.full(len(groups), classes * clients // len(groups))
    left[random.permutation(len(groups))[: classes * clients % len(groups)]] += 1
    shards = [_shards(random.permutation(rows), n) for rows, n in zip(groups, left, strict=True)]
    parts = []
    for _ in range(clients):
        # Of those that have most shards left, so that the last client finds different ones too.
        chosen = np.lexsort((random.random_sample(len(groups)), -left))[:classes]
        left[chosen] -= 1
        parts.append(np.concatenate([shards[group].pop() for group in chosen]))
    return _sorted([parts[client] for client in random.permutation(clients)])


def by_shard(labels: np.ndarray, clients: int, seed: int, *, shards: int) -> list[Rows]:
    """Rows sorted by label and cut into equal shards; each client gets `shards` at random.

    McMahan et al. 2017, with two: most clients have two classes, some one or three.
    """
    _need(len(labels), clients, shards)
    random = _random(seed)
    order = random.permutation(len(labels))
    ordered = order[np.argsort(labels[order], kind="stable")]
    cut = np.array_split(ordered, clients * shards)
    dealt = random.permutation(clients * shards).reshape(clients, shards)
    return _sorted([np.concatenate([cut[shard] for shard in mine]) for mine in dealt])


def by_writer(writers: np.ndarray, clients: int, seed: int) -> list[Rows]:
    """All rows of a writer (or a speaking role, a machine) are one client's; `writers` (n,).

    With fewer clients than writers, each has equally many of them, or one fewer.
    """
    groups = _by_label(writers)
    if not 1 <= clients <= len(groups):
        raise DataError(f"{len(groups)} writers cannot be divided among {clients} clients")
    dealt = np.array_split(_random(seed).permutation(len(groups)), clients)
    return _sorted([np.concatenate([groups[writer] for writer in mine]) for mine in dealt])


def _random(seed: int) -> np.random.RandomState:
    return np.random.RandomState(np.random.PCG64(seed))


def _need(samples: int, clients: int, each: int) -> None:
    if clients < 1 or each < 1 or samples < clients * each:
        raise DataError(
            f"{samples} samples cannot be divided among {clients} clients, at least {each} each"
        )


def _by_label(labels: np.ndarray) -> list[Rows]:
    """The rows of each label that occurs, ascending."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _proportions(
    random: np.random.RandomState, alpha: float, eligible: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """From Dirichlet(alpha), nothing for those who are not eligible; sums to 1."""
    if not alpha > 0:
        raise DataError(f"alpha: must be greater than 0 (got {alpha})")
    weights = random.standard_gamma(alpha, len(eligible)) * eligible
    if not weights.sum() > 0:  # alpha is so small that all were rounded to 0
        weights[random.choice(np.flatnonzero(eligible))] = 1
    proportions: NDArray[np.float64] = weights / weights.sum()
    return proportions


def _cuts(proportions: NDArray[np.float64], n: int) -> Rows:
    """Where to cut n rows into these proportions, (clients - 1,)."""
    return np.minimum(np.cumsum(proportions)[:-1] * n, n).astype(np.int64)


def _shards(rows: Rows, count: int) -> list[Rows]:
    if len(rows) < count:
        raise DataError(f"a class has {len(rows)} samples, too few for {count} clients")
    return np.array_split(rows, count)


def _sorted(parts: Sequence[Rows]) -> list[Rows]:
    return [np.sort(part) for part in parts]
