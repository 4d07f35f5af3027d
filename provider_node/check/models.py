"""Models: those of other packages, and what keeps one from being used."""

import asyncio

from provider_node.check.finding import Caution
from weftwork.learning.models import definitions, of_packages

__all__ = ["models"]


async def models() -> str:
    """Load what packages offer; a `Caution` names what cannot be used, and why.

    A task that names another model is joined all the same.
    """
    offered = await asyncio.to_thread(of_packages)
    if problems := [f"{one.package}: {one.problem}" for one in offered if one.problem]:
        raise Caution("; ".join(problems) + "; mend or uninstall the package")
    theirs = [
        f"{one.model.name} v{one.model.version} of {one.package}" for one in offered if one.model
    ]
    return ", ".join((f"{len(definitions()) - len(theirs)} of Weftwork's own", *theirs))
