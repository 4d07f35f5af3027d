"""Updates that are no work of their own: of another provider's, of the last round's, of nothing."""

from collections.abc import Sequence
from itertools import combinations

from weftwork.learning.judging.bounds import SAME, SAME_CLOSENESS, SAME_OF_TWO, STANDING_STILL
from weftwork.learning.judging.moves import Floats, Moves
from weftwork.learning.judging.outliers import lower_median

__all__ = ["duplicates"]


def duplicates(names: Sequence[str], moves: Moves) -> dict[int, str]:
    """Which updates are copies, and of what; `names` are the providers, in order of submission.

    Whoever submitted first is the original. A cosine does not see a scale.
    """
    to_last, to_each_other = moves.to_last, moves.to_each_other
    still = STANDING_STILL * moves.base_norm
    pairs = combinations(range(len(names)), 2)
    bound = _bound([float(to_each_other[pair]) for pair in pairs] if len(names) > 2 else [])
    found = {}
    for one in range(len(names)):
        if moves.norms[one] <= still:
            found[one] = "it is the global model that the round started from"
        elif to_last[one] >= _bound([float(to_last[i]) for i in range(len(names)) if i != one]):
            cosine = to_last[one]
            found[one] = f"it repeats the global model's last change (cosine {cosine:.4f})"
        elif (earlier := _original(to_each_other[one, :one], bound)) is not None:
            cosine = to_each_other[one, earlier]
            found[one] = f"it copies the earlier update of {names[earlier]} (cosine {cosine:.4f})"
    return found


def _bound(typical: Sequence[float]) -> float:
    """From which cosine on two directions are one, given those of the round."""
    if not typical:
        return SAME_OF_TWO
    return max(SAME, 1 - (1 - lower_median(typical)) / SAME_CLOSENESS)


def _original(cosines: Floats, bound: float) -> int | None:
    """The earlier update that is nearest, if it is that near."""
    nearest = int(cosines.argmax()) if len(cosines) else None
    return nearest if nearest is not None and cosines[nearest] >= bound else None
