"""What the owner of a node consents to: the policy file, and how a task is judged by it."""

from provider_node.consent.policy import Policy
from provider_node.consent.policyfile import PolicyFile
from provider_node.consent.rules import rulings
from provider_node.consent.ruling import Ruling, refusals

__all__ = ["Policy", "PolicyFile", "Ruling", "refusals", "rulings"]
