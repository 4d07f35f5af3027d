"""Learning: models, data, local training, evaluation and exact aggregation.

Knows no ledger, opens no connection, starts no process. `weights`, `training` and a model's `build`
import torch (seconds, hundreds of megabytes); everything else here works without it, so that a
command line can check a task file, and a node a data set, at once.
"""
