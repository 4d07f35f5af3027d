"""An auditor's reading of the ledger: from exported blocks alone, by rules of its own.

It shares no code with the chaincode, nor with the clients of the ledger: a mistake that both would
make could hide in what they share. It reads blocks, certificates and signatures itself, replays
every call, and compares what each wrote with what the rules say (`docs/reference/verify.md`). Only
aggregates are recomputed by the code that made them (`deep`): that has a second implementation in
the tests.

    bundle, blocks, configuration          what was exported, and how it is read
    chain, orderers, certificates,
    endorsements, versions                 what Fabric promises
    world, task, term, rules/              what the ledger's rules say; one file a rule
    replay, audit                          every call again, and all of it in order
    artifacts, deep                        the bytes that are named, and the aggregates
"""

from weftwork.audit.audit import verify
from weftwork.audit.bundle import Bundle, is_bundle, opened
from weftwork.audit.findings import Finding, Place, Report

__all__ = ["Bundle", "Finding", "Place", "Report", "is_bundle", "opened", "verify"]
