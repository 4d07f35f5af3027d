package accounts_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/escrow"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// costing is the definition of a task with that reward.
func costing(amount int64) record {
	definition := ledgertest.Definition(1, 1)
	definition["reward"] = record{"amount": amount, "unit": "credit"}
	return definition
}

// poor is a consortium with a second requester, who has spent three coins and has seven of 2 credit and
// 24 of 1 left.
func poor(t *testing.T) (*ledgertest.Consortium, *ledgertest.Identity) {
	t.Helper()
	c := ledgertest.NewConsortium(t, 1)
	buyer := ledgertest.NewIdentity(t, "RequesterMSP", "second.requester", "requester")
	c.Submit(buyer, "Participants:Register", "second", "")
	c.Deposit("second", 1, "a")
	c.Deposit("second", 1, "b")
	c.Deposit("second", 40, "c")
	c.Submit(buyer, "Tasks:Publish", "first", ledgertest.JSON(t, costing(4)), `["deposit.a.1","deposit.b.1","deposit.c.1"]`)
	return c, buyer
}

func TestPublishingPutsTheRewardAside(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	before := c.Coins("buyer")
	funds := c.Funds("buyer", 1000)
	task := c.Publish("digits", costing(1000))
	escrow := c.Query(c.Archive, "Accounts:GetEscrow", "digits")
	want := record{
		"task": "digits", "requester": "buyer", "unit": "credit", "amount": 1000, "coins": funds,
		"tx_id": task["tx_id"], "settlement": nil,
	}
	if ledgertest.JSON(t, escrow) != ledgertest.JSON(t, want) {
		t.Errorf("escrow is %v", escrow)
	}
	got := balance(t, c, "buyer")
	if got["free"] != int64(ledgertest.Deposited-1000) || got["escrow"] != int64(1000) || got["coins"] != int64(len(before)) {
		t.Errorf("balance is %v", got)
	}
}

func TestTheChangeIsInAsManyCoins(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Submit(c.Requester, "Tasks:Publish", "digits", ledgertest.JSON(t, costing(62_499_990)),
		`["deposit.opening.1","deposit.opening.2"]`)
	change := c.Query(c.Archive, "Accounts:ListCoins", "buyer", "credit", "2", "")["items"].([]any)
	for i, item := range change {
		coin := item.(record)
		if coin["id"] != fmt.Sprintf("change.digits.%d", i+1) || coin["amount"] != int64(5) || coin["of"] != "digits" {
			t.Errorf("change is %v", coin)
		}
	}
	c.Submit(c.Requester, "Tasks:Publish", "letters", ledgertest.JSON(t, costing(9)),
		`["change.digits.1","change.digits.2"]`)
	for _, coin := range c.Coins("buyer") {
		if coin["of"] == "digits" || coin["of"] == "letters" && (coin["id"] != "change.letters.1" || coin["amount"] != int64(1)) {
			t.Errorf("a change of 1 is %v", coin)
		}
	}
}

func TestPublishRefusesOtherFunds(t *testing.T) {
	c, buyer := poor(t)
	refuse := func(code fault.Code, text string, amount int64, funds string) {
		t.Helper()
		c.Refuse(code, []string{"funds: ", text}, buyer, "Tasks:Publish", "other", ledgertest.JSON(t, costing(amount)), funds)
	}
	refuse(fault.InsufficientFunds, "0 coins with 0 credit do not cover 4 credit: 4 are missing", 4, `[]`)
	refuse(fault.InsufficientFunds, "2 coins with 4 credit do not cover 7 credit: 3 are missing", 7, `["deposit.c.2","deposit.c.3"]`)
	refuse(fault.InsufficientFunds, "coin deposit.a.1 with 1 credit is spent already, on task first", 1, `["deposit.a.1"]`)
	refuse(fault.InvalidArgument, "2 coins with 4 credit are more than 2 credit take: leave out one of 2", 2, `["deposit.c.2","deposit.c.3"]`)
	refuse(fault.InvalidArgument, "more than 0 credit take", 0, `["deposit.c.2"]`)
	refuse(fault.NotFound, "second has no coin deposit.opening.1", 1, `["deposit.opening.1"]`) // another's
	refuse(fault.NotFound, "second has no coin task.first", 1, `["task.first"]`)
	c.Submit(c.Treasurer, "Accounts:Deposit", "second", "euro", "7", "d")
	refuse(fault.InvalidArgument, "coin deposit.d.1 is of euro, the reward of credit", 1, `["deposit.d.1"]`)
	for _, funds := range []string{"", "null", "{}", `[1]`, `["x"]`, `["deposit."]`, `["deposit.C.1"]`, `["deposit.c.2","deposit.c.2"]`, many()} {
		c.Refuse(fault.InvalidArgument, []string{"funds"}, buyer, "Tasks:Publish", "other", ledgertest.JSON(t, costing(1)), funds)
	}
}

// many is a list of one more coin than may be spent at once.
func many() string {
	ids := make([]string, 257)
	for i := range ids {
		ids[i] = fmt.Sprintf("deposit.x.%d", i+1)
	}
	text, _ := json.Marshal(ids)
	return string(text)
}

func TestATaskMayPayNothing(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	before := c.Coins("buyer")
	c.Publish("digits", costing(0))
	c.Submit(c.Requester, "Tasks:Cancel", "digits", "")
	if after := c.Coins("buyer"); ledgertest.JSON(t, after) != ledgertest.JSON(t, before) {
		t.Errorf("coins were %v and are %v", before, after)
	}
	if escrow := c.Query(c.Archive, "Accounts:GetEscrow", "digits"); escrow["amount"] != int64(0) || escrow["settlement"] == nil {
		t.Errorf("escrow is %v", escrow)
	}
}

func TestCancellingRefunds(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish("digits", costing(1000))
	end := c.Submit(c.Requester, "Tasks:Cancel", "digits", "no need")
	settlement := c.Query(c.Archive, "Accounts:GetEscrow", "digits")["settlement"].(record)
	want := record{
		"task": "digits", "requester": "buyer", "unit": "credit", "amount": 1000, "earnable": 0, "rounds": 0,
		"payouts": []any{}, "refund": 1000, "settled_at_ms": c.NowMs(), "tx_id": end["tx_id"],
	}
	if ledgertest.JSON(t, settlement) != ledgertest.JSON(t, want) {
		t.Errorf("settlement is %v", settlement)
	}
	got := balance(t, c, "buyer")
	if got["free"] != int64(ledgertest.Deposited) || got["escrow"] != int64(0) || got["earned"] != int64(0) {
		t.Errorf("balance is %v", got)
	}
}

func TestOneCoinIsSpentOnce(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	funds := ledgertest.JSON(t, c.Funds("buyer", 1000))
	publish := func(id string) *ledgertest.Endorsement {
		return c.Endorse(c.Requester, "Tasks:Publish", id, ledgertest.JSON(t, costing(1000)), funds)
	}
	first, second := publish("first"), publish("second")
	if !c.Commit(first) || c.Commit(second) {
		t.Error("one coin paid for both tasks of one block, or for none")
	}
}

// as makes a transaction that no contract offers, and commits it.
func as(t *testing.T, c *ledgertest.Consortium, run func(*transaction.Transaction) (string, error)) string {
	t.Helper()
	made := c.EndorseWith(c.Requester, func(ctx contractapi.TransactionContextInterface) (string, error) {
		call, err := transaction.Begin(ctx, clock.Clock{Now: c.Now})
		if err != nil {
			return "", err
		}
		return run(call)
	}, "Tasks:Forge")
	if made.Message == "" && !c.Commit(made) {
		t.Fatal("conflicts with nothing, and yet conflicts")
	}
	return made.Message
}

func TestATaskFromBeforeEscrowsEndsWithoutOne(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	old := &state.Task{ID: "old", Requester: "buyer", RequesterMSP: "RequesterMSP"}
	old.Definition = []byte(ledgertest.JSON(t, costing(1000)))
	about := transaction.Subject{Contract: "Tasks", Event: "Published", Task: "old"}
	message := as(t, c, func(call *transaction.Transaction) (string, error) {
		return transaction.Record(call, about, state.TaskKey("old"), old)
	})
	if message != "" {
		t.Fatal(message)
	}
	c.Submit(c.Requester, "Tasks:Cancel", "old", "")
	c.Refuse(fault.NotFound, []string{"task old has no escrow"}, c.Archive, "Accounts:GetEscrow", "old")
}

func TestAnEscrowIsSettledOnce(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish("digits", costing(1000))
	c.Submit(c.Requester, "Tasks:Cancel", "digits", "")
	message := as(t, c, func(call *transaction.Transaction) (string, error) {
		task, err := progress.LoadTask(call.Stub, "digits")
		if err != nil {
			return "", err
		}
		_, err = escrow.Close(call, task, nil, escrow.Nothing)
		return "", err
	})
	ledgertest.RequireFault(t, message, fault.Internal, "digits is settled already")
}
