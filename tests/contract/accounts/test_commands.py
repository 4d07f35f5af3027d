"""`register`, `deposit`, `balance` and `payouts`, and a provider's."""

import asyncio
import json
import secrets
import sys
from pathlib import Path

import pytest

from network.consortium import Consortium
from tests.contract.requester_cli.commands import REPOSITORY, RequesterCli
from tests.contract.requester_cli.parties import Parties


@pytest.fixture
def treasury(consortium: Consortium, tmp_path: Path) -> tuple[str, str]:
    """The option that makes the caller the treasurer."""
    return "--connection", str(consortium.home.treasurer)


async def test_registering_again_is_harmless(run: RequesterCli, parties: Parties) -> None:
    done = await run("register", "--json")
    assert (done.code, done.document) == (0, {"name": parties.buyer})


async def test_a_deposit_is_seen_in_the_balance(
    run: RequesterCli, parties: Parties, treasury: tuple[str, str]
) -> None:
    unit, reference = f"u{secrets.token_hex(4)}", f"bank-{secrets.token_hex(4)}"
    pay_in = ("deposit", parties.buyer, "1234", "--unit", unit, "--reference", reference)
    first, again = await run(*pay_in, *treasury), await run(*pay_in, *treasury, "--json")
    assert first.out.startswith(f"{parties.buyer} has got 1234 {unit}  (transaction ")
    assert again.document["outcome"] == "already-recorded"
    for account in ([], [parties.buyer]):
        shown = await run("balance", *account, "--json")
        balances = {one["unit"]: one for one in shown.document["balances"]}
        assert (balances[unit]["free"], balances[unit]["earned"]) == (1234, 0)
    table = [line.split() for line in (await run("balance")).out.splitlines()]
    assert table[0] == [parties.buyer, "free", "in", "escrow", "earned", "so", "far"]
    assert [unit, "1234", "0", "0"] in table


async def test_what_a_deposit_refuses(
    run: RequesterCli, parties: Parties, treasury: tuple[str, str]
) -> None:
    nobody = await run("deposit", "nobody", "5", "--reference", "x", *treasury)
    assert (nobody.code, "no participant 'nobody'" in nobody.error) == (6, True)
    own = ("--connection", str(run.connection))
    requester = await run("deposit", parties.buyer, "5", "--reference", "x", *own)
    assert (requester.code, "needs treasurer" in requester.error) == (5, True)
    for wrong in (["--reference", "A B"], ["--reference", "x", "--unit", "€"]):
        done = await run("deposit", parties.buyer, "5", *wrong, *treasury)
        assert (done.code, "is no name" in done.error) == (2, True)


async def test_payouts_before_and_after_the_end(run: RequesterCli, parties: Parties) -> None:
    task = f"money-{secrets.token_hex(4)}"
    await parties.publish(task)
    before = await run("payouts", task)
    assert before.out == f"1000 credit of {parties.buyer} in escrow until task {task} ends\n"
    await parties.requester.tasks.cancel(task, "done")
    after = await run("payouts", task)
    assert "0 credit to be earned in 0 rounds, 1000 credit refunded" in after.out
    document = (await run("payouts", task, "--json")).document
    assert (document["settlement"]["refund"], document["settlement"]["payouts"]) == (1000, [])
    unknown = await run("payouts", task[:-1])
    assert (unknown.code, f"did you mean {task}" in unknown.error) == (6, True)


async def test_a_task_that_is_too_dear_is_refused_before_its_artifacts_travel(
    run: RequesterCli, parties: Parties, tmp_path: Path
) -> None:
    text = (REPOSITORY / "tests" / "scenario" / "task.yaml").read_text()
    file = tmp_path / "dear.yaml"
    file.write_text(text.replace("amount: 1000", "amount: 1000000000000"))
    done = await run("publish-task", str(file))
    assert done.code == 5
    assert "of 1000000000000 credit are missing" in done.error
    assert f"requester_cli deposit {parties.buyer} AMOUNT" in done.error


async def test_a_provider_sees_what_it_has_and_what_a_task_paid(
    parties: Parties, consortium: Consortium
) -> None:
    await parties.deposit("factory1", 7)
    task = f"money-{secrets.token_hex(4)}"
    await parties.publish(task)
    node = consortium.home.site("factory1").component("node") / "node.yaml"
    account = json.loads(await provider_node("balance", "--config", str(node), "--json"))
    assert account == (await parties.factories["factory1"].accounts.get("factory1")).model_dump()
    has = next(one for one in account["balances"] if one["unit"] == "credit")
    line = ["credit", *(str(has[key]) for key in ("free", "escrow", "earned"))]
    balance = await provider_node("balance", "--config", str(node))
    assert line in [line.split() for line in balance.splitlines()]
    for extra, words in ((), "in escrow until"), (("--json",), '"settlement":null'):
        assert words in await provider_node("payouts", "--config", str(node), task, *extra)
    await parties.requester.tasks.cancel(task, "done")


async def provider_node(*arguments: str) -> str:
    """Run the node's command; what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "provider_node", *arguments),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()
