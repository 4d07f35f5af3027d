"""The rules of the ledger, one a file: who may make a call, and what it writes. All of them pure.

A rule takes a call and the records that were there, and gives the records that it writes. It raises
`Broken` where the call should not have been made.
"""
