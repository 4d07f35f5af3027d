"""Strategies of federated learning: one file each, combined in the order of a task's list."""

from weftwork.learning.strategies.composition import Composition, StrategyOptions, problems
from weftwork.learning.strategies.strategy import Block, Client, Finished, Memory, Received, Server

__all__ = [
    "Block",
    "Client",
    "Composition",
    "Finished",
    "Memory",
    "Received",
    "Server",
    "StrategyOptions",
    "problems",
]
