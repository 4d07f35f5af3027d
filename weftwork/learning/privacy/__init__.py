"""Differential privacy of training: what it costs, what draws the noise, and who keeps the account.

Importing the package imports neither torch nor the accountants.
"""
