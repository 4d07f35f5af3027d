"""Typed configuration: YAML in, validated models out, every mistake at once with its line."""

from weftwork.config.connection import Connection, GatewayAddress, KeyPair
from weftwork.config.device import Device, Precision, arithmetic
from weftwork.config.document import Strict, load_yaml, mistaken
from weftwork.config.home import weftwork_home

__all__ = [
    "Connection",
    "Device",
    "GatewayAddress",
    "KeyPair",
    "Precision",
    "Strict",
    "arithmetic",
    "load_yaml",
    "mistaken",
    "weftwork_home",
]
