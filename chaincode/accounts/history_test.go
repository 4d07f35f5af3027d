package accounts_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/escrow"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Whoever deposits, publishes, cancels and settles, in whatever order and with whatever others in the
// same block, with coins that exist or not: no money appears, none is lost, and the queries say so.
func TestMoneyIsNeitherCreatedNorLost(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed, seen)
			for range 40 {
				h.step()
			}
		})
	}
	for _, what := range []string{"deposited", "published", "refused", "conflict", "cancelled", "settled"} {
		if seen[what] < 10 {
			t.Errorf("these histories show little: %v", seen)
		}
	}
}

type history struct {
	*ledgertest.Consortium
	t         *testing.T
	random    *rand.Rand
	seen      map[string]int
	deposited int64
	tasks     []string
	number    int
}

func newHistory(t *testing.T, seed uint64, seen map[string]int) *history {
	return &history{
		Consortium: ledgertest.NewConsortium(t, 3), t: t, random: rand.New(rand.NewPCG(seed, 9)),
		seen: seen, deposited: ledgertest.Deposited,
	}
}

// step commits a block of some calls that were all made before it, and adds everything up.
func (h *history) step() {
	var block []*ledgertest.Endorsement
	var names []string
	for range 1 + h.random.IntN(4) {
		name, made := h.call()
		block, names = append(block, made), append(names, name)
	}
	for i, made := range block {
		switch {
		case made.Message != "":
			h.seen["refused"]++
		case !h.Commit(made):
			h.seen["conflict"]++
		case len(made.Writes) > 0:
			h.note(names[i], made)
		}
	}
	h.check()
}

func (h *history) note(name string, made *ledgertest.Endorsement) {
	h.seen[name]++
	written := ledgertest.Decode(h.t, made.Payload)["record"].(record)
	switch name {
	case "deposited":
		h.deposited += written["amount"].(int64)
	case "published":
		h.tasks = append(h.tasks, written["id"].(string))
	}
}

func (h *history) call() (string, *ledgertest.Endorsement) {
	h.number++
	switch h.random.IntN(6) {
	case 0:
		amount, reference := fmt.Sprint(h.random.IntN(50)), fmt.Sprint("ref", h.random.IntN(40))
		account := slices.Concat(h.Names(), []string{"buyer", "nobody"})[h.random.IntN(5)]
		return "deposited", h.Endorse(h.Treasurer, "Accounts:Deposit", account, "credit", amount, reference)
	case 1:
		return "cancelled", h.Endorse(h.Requester, "Tasks:Cancel", h.task(), "")
	case 2:
		return "settled", h.settle(h.task())
	default:
		price, funds := h.funds()
		definition := ledgertest.JSON(h.t, costing(price))
		return "published", h.Endorse(h.Requester, "Tasks:Publish", fmt.Sprint("task", h.number), definition, funds)
	}
}

// task is one of the published, most often one of the newest.
func (h *history) task() string {
	if len(h.tasks) == 0 {
		return "nothing"
	}
	return h.tasks[max(0, len(h.tasks)-1-h.random.IntN(6))]
}

// funds are some coins and a price that they mostly fit; now and then one coin is no more.
func (h *history) funds() (int64, string) {
	coins := h.Coins("buyer")
	coins = coins[:min(8, len(coins))] // of so few, two calls of a block take the same
	h.random.Shuffle(len(coins), func(i, j int) { coins[i], coins[j] = coins[j], coins[i] })
	coins = coins[:min(h.random.IntN(5), len(coins))]
	price, ids := sum(coins), []string{}
	for _, coin := range coins {
		ids = append(ids, coin["id"].(string))
		price = max(price-h.random.Int64N(1+coin["amount"].(int64)/5), 0)
	}
	switch h.random.IntN(8) {
	case 0:
		ids = append(ids, "deposit.opening.1")
	case 1:
		price += 10_000_000
	}
	return price, ledgertest.JSON(h.t, ids)
}

// settle ends a task as its last round does, with random claims.
func (h *history) settle(id string) *ledgertest.Endorsement {
	rounds := int64(1 + h.random.IntN(3))
	var claims []escrow.Claim
	left := state.Million * rounds
	for _, name := range append(h.Names(), "buyer")[:h.random.IntN(5)] {
		points := h.random.Int64N(left + 1)
		claims, left = append(claims, escrow.Claim{Participant: name, Points: points}), left-points
	}
	earned := escrow.Earned{Of: rounds, In: 3, Rounds: rounds}
	endorser := clock.Clock{Now: h.Now}
	end := func(ctx contractapi.TransactionContextInterface) (string, error) {
		return finish(ctx, endorser, id, claims, earned)
	}
	return h.EndorseWith(h.Providers["factory01"], end, "Rounds:Finalize", id)
}

// finish is Rounds:Finalize without the rounds: it needs no leader, and no record of one.
func finish(
	ctx contractapi.TransactionContextInterface, endorser clock.Clock, id string, claims []escrow.Claim, earned escrow.Earned,
) (string, error) {
	t, err := transaction.Begin(ctx, endorser)
	if err != nil {
		return "", err
	}
	task, err := progress.LoadTask(t.Stub, id)
	if err != nil {
		return "", err
	}
	if task.Cancel != nil || task.Final != nil {
		return "", fmt.Errorf("it has ended")
	}
	payouts, err := escrow.Close(t, task, claims, earned)
	if err != nil {
		return "", err
	}
	final := &state.Final{Task: id, TxID: t.TxID}
	about := transaction.Subject{Contract: "Rounds", Event: "Finalized", Task: id}
	return transaction.Record(t, about, state.FinalKey(id), final, payouts...)
}

// check adds up the accounts one by one, and compares with the audit and with the escrows' own sums.
func (h *history) check() {
	h.t.Helper()
	var free, put, earned, paid int64
	for _, account := range append(h.Names(), "buyer") {
		for _, item := range h.Query(h.Archive, "Accounts:Get", account)["balances"].([]any) {
			one := item.(record)
			free, put, earned = free+one["free"].(int64), put+one["escrow"].(int64), earned+one["earned"].(int64)
			if coins := h.Coins(account); sum(coins) != one["free"] || int64(len(coins)) != one["coins"] {
				h.t.Fatalf("%s has %v in coins %v", account, one, coins)
			}
		}
	}
	for _, task := range h.tasks {
		paid += h.paid(task)
	}
	if free+put != h.deposited || earned != paid {
		h.t.Fatalf("%d deposited, %d free, %d in escrow; %d earned, %d paid", h.deposited, free, put, earned, paid)
	}
	want := record{"unit": "credit", "deposited": h.deposited, "free": free, "escrow": put, "holds": true}
	if audit := h.Query(h.Archive, "Accounts:GetAudit", "credit"); ledgertest.JSON(h.t, audit) != ledgertest.JSON(h.t, want) {
		h.t.Fatalf("the audit says %v, not %v", audit, want)
	}
}

// paid is what a task has paid: never more than could be earned, and with the refund what was put aside.
func (h *history) paid(task string) int64 {
	h.t.Helper()
	put := h.Query(h.Archive, "Accounts:GetEscrow", task)
	settlement, settled := put["settlement"].(record)
	if !settled {
		return 0
	}
	var paid int64
	for _, payout := range settlement["payouts"].([]any) {
		paid += payout.(record)["amount"].(int64)
	}
	if paid > settlement["earnable"].(int64) || paid+settlement["refund"].(int64) != put["amount"] {
		h.t.Fatalf("%s: escrow %v is settled as %v", task, put, settlement)
	}
	return paid
}

func sum(coins []record) int64 {
	var sum int64
	for _, coin := range coins {
		sum += coin["amount"].(int64)
	}
	return sum
}

func TestAnAuditFindsMoneyThatWasMade(t *testing.T) {
	h := newHistory(t, 1, map[string]int{})
	forge := func(ctx contractapi.TransactionContextInterface) (string, error) {
		call, err := transaction.Begin(ctx, clock.Clock{Now: h.Now})
		if err != nil {
			return "", err
		}
		coin := &state.Coin{Owner: "factory01", ID: "task.x", Unit: "credit", Amount: 1}
		return transaction.Record(call, transaction.Subject{Contract: "Accounts", Event: "Forged"},
			state.CoinKey("factory01", "task.x"), coin)
	}
	if !h.Commit(h.EndorseWith(h.Treasurer, forge, "Accounts:Forge")) {
		t.Fatal("the coin is not on the ledger")
	}
	if audit := h.Query(h.Archive, "Accounts:GetAudit", "credit"); audit["holds"] != false {
		t.Errorf("the audit says %v", audit)
	}
}

func TestTwentyPaymentsAtOnce(t *testing.T) {
	h := newHistory(t, 2, map[string]int{})
	var block []*ledgertest.Endorsement
	for i, coin := range h.Coins("buyer")[:20] {
		funds := ledgertest.JSON(t, []any{coin["id"]})
		h.tasks = append(h.tasks, fmt.Sprint("task", i))
		block = append(block, h.Endorse(h.Requester, "Tasks:Publish", h.tasks[i], ledgertest.JSON(t, costing(1000)), funds))
	}
	h.commitAll(block)
	block = nil
	for _, task := range h.tasks { // each pays factory01, and refunds the buyer
		block = append(block, h.EndorseWith(h.Providers["factory01"], func(ctx contractapi.TransactionContextInterface) (string, error) {
			claims := []escrow.Claim{{Participant: "factory01", Points: 600_000}}
			return finish(ctx, clock.Clock{Now: h.Now}, task, claims, escrow.Earned{Of: 1, In: 1, Rounds: 1})
		}, "Rounds:Finalize", task))
	}
	h.commitAll(block)
	if got := balance(t, h.Consortium, "factory01"); got["free"] != int64(12_000) || got["earned"] != int64(12_000) || got["coins"] != int64(20) {
		t.Errorf("factory01 has %v", got)
	}
	h.check()
}

func (h *history) commitAll(block []*ledgertest.Endorsement) {
	h.t.Helper()
	for i, made := range block {
		if made.Message != "" || !h.Commit(made) {
			h.t.Fatalf("transaction %d of the block is not valid: %s", i, made.Message)
		}
	}
}
