"""The owner's policy: can it be read, and what does it limit."""

from provider_node.config import NodeConfig
from provider_node.consent import PolicyFile

__all__ = ["policy"]


async def policy(config: NodeConfig) -> str:
    """The keys that are set; raises `ConfigError` for a mistake in the file."""
    rules = PolicyFile(config.policy).load()
    if config.policy is None:
        return "none: any task that privacy in node.yaml allows"
    keys = [key for key in type(rules).model_fields if key in rules.model_fields_set]
    return f"{config.policy} limits {', '.join(keys) or 'nothing'}"
