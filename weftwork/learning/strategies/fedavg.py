"""FedAvg: the weighted mean of what the clients trained (McMahan et al. 2017)."""

from typing import Literal

from weftwork.learning.strategies.strategy import Strategy


class FedAvg(Strategy):
    """No options: plain local SGD from the global model."""

    name: Literal["fedavg"] = "fedavg"
