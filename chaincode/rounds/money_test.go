package rounds_test

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

// reward is what ledgertest.Definition promises.
const reward = 1000

// checkMoney: nothing is created or lost, whatever happened to the task; and what its end has paid is
// what the records say was earned, of the part of the task that was carried out.
func (h *history) checkMoney() {
	audit := h.Query(h.Archive, "Accounts:GetAudit", "credit")
	if audit["holds"] != true || audit["deposited"] != int64(ledgertest.Deposited) {
		h.t.Errorf("the money of the ledger: %v", audit)
	}
	escrow := h.Query(h.Archive, "Accounts:GetEscrow", id)
	settlement, settled := escrow["settlement"].(record)
	if !settled {
		if audit["escrow"] != int64(reward) {
			h.t.Errorf("of a task that goes on %v is put aside", audit["escrow"])
		}
		return
	}
	paid := int64(0)
	for name, amount := range h.earned() {
		paid += amount
		if got := h.free(name); got != amount {
			h.t.Errorf("%s has %d, and earned %d", name, got, amount)
		}
	}
	if settlement["refund"] != reward-paid || h.free("buyer") != ledgertest.Deposited-paid {
		h.t.Errorf("refunded %v of %d; the buyer has %d", settlement["refund"], reward-paid, h.free("buyer"))
	}
}

// earned is what each participant has coming of all rounds that were committed.
func (h *history) earned() map[string]int64 {
	items := h.Query(h.Requester, "Rounds:List", id, "", "")["items"].([]any)
	task := h.Query(h.Requester, "Tasks:Get", id)
	promised := task["definition"].(record)["training"].(record)["rounds"].(int64)
	earnable := int64(reward)
	if task["state"] != "FINISHED" {
		earnable = reward * int64(len(items)) / promised
	}
	points, earned := map[string]int64{}, map[string]int64{}
	for _, item := range items {
		for _, one := range item.(record)["standings"].([]any) {
			points[one.(record)["participant"].(string)] += one.(record)["share_ppm"].(int64)
		}
	}
	for _, name := range h.Names() {
		earned[name] = earnable * points[name] / (1_000_000 * max(int64(len(items)), 1))
	}
	return earned
}

func (h *history) free(account string) int64 {
	balances := h.Query(h.Archive, "Accounts:Get", account)["balances"].([]any)
	i := slices.IndexFunc(balances, func(one any) bool { return one.(record)["unit"] == "credit" })
	if i < 0 {
		return 0
	}
	return balances[i].(record)["free"].(int64)
}
