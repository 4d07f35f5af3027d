"""What a rule is: options that a task chooses, and how it makes one block of many."""

from weftwork.config import Strict
from weftwork.errors import DataError
from weftwork.learning.aggregation.reduction import MakeReduction
from weftwork.learning.aggregation.vectors import Vectors

__all__ = ["MOST_LIARS", "Rule"]

MOST_LIARS = 127  # of the 256 participants that a task may have: less than half


class Rule(Strict):
    """The options of one rule, as a task gives them; `name` is the discriminator.

    A rule's docstring is its specification: whoever follows it gets the same bits. In all of them
    x_1..x_K are the updates in the order given, n_1..n_K their weights, and b is what they started
    from; of an upload, which is a change, b is 0. Numbers are read as float32 and converted to
    float64, every + - * / and square root rounds once, to the nearest float64 (never two of them
    together, as a fused multiply-add does), and the result rounds once to float32 at the end.
    """

    name: str

    @property
    def least(self) -> int:
        """The fewest updates that it can be applied to."""
        return 1

    def check(self, updates: int) -> None:
        """Raise `DataError` if these are too few."""
        if updates < self.least:
            given = {key: one for key, one in self if key != "name" and one is not None}
            options = " and ".join(f"{key} {one}" for key, one in given.items())
            smaller = " or ".join(given)
            raise DataError(
                f"the rule {self.name} with {options} needs {self.least} updates, and {updates}"
                f" were accepted: more participants or a smaller {smaller} would be right"
            )

    def reduction(self, vectors: Vectors) -> MakeReduction:
        """What makes a block of this part, for each thread; passes over the files if it must.

        Raises `DivergedError` where what it measures is not finite.
        """
        raise NotImplementedError
