"""Server Yogi: Adam whose second moment moves by bounded steps (FedYogi; Reddi et al. 2021).

    v <- v - (1 - beta2) d^2 sign(v - d^2)

and otherwise as in `server_adam`: where updates suddenly become small, the steps do not explode.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from weftwork.learning.strategies.server_adam import Adaptive, AdaptiveServer
from weftwork.learning.strategies.strategy import Floats, Server

__all__ = ["ServerYogi"]


class ServerYogi(Adaptive):
    """Yogi as the server's optimiser."""

    name: Literal["server-yogi"] = "server-yogi"

    def server(self) -> Server:
        """Keeps both moments."""
        return _Server(self)


class _Server(AdaptiveServer):
    def second(self, before: Floats, squares: Floats) -> Floats:
        sign: Floats = np.sign(before - squares)
        return before - (1 - self.beta2) * squares * sign
