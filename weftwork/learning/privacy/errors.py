"""What can go wrong in privacy.

RefusedError
└── BudgetError  5  the privacy budget is spent, or too small for what is asked of it

The exit code is the parent class's.
"""

from weftwork.errors import RefusedError


class BudgetError(RefusedError):
    """The privacy budget is spent, or too small; nothing was drawn and nothing was recorded."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="privacy_budget")
