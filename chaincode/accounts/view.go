package accounts

import (
	"maps"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/state"
)

// View is an account: what its owner has, in each unit that it ever had.
type View struct {
	Account  string     `json:"account"`
	Balances []*Balance `json:"balances"`
}

// Balance is an account's money of one unit: free to spend, in so many coins; put aside for tasks that
// have not ended; and earned by tasks, ever, whatever became of it.
type Balance struct {
	Unit   string `json:"unit"`
	Free   int64  `json:"free"`
	Coins  int64  `json:"coins"`
	Escrow int64  `json:"escrow"`
	Earned int64  `json:"earned"`
}

func viewOf(stub shim.ChaincodeStubInterface, account string) (*View, error) {
	balances := map[string]*Balance{}
	in := func(unit string) *Balance {
		if balances[unit] == nil {
			balances[unit] = &Balance{Unit: unit}
		}
		return balances[unit]
	}
	if err := addCoins(stub, account, in); err != nil {
		return nil, err
	}
	if err := addEscrows(stub, account, in); err != nil {
		return nil, err
	}
	view := &View{Account: account, Balances: []*Balance{}}
	for _, unit := range slices.Sorted(maps.Keys(balances)) {
		view.Balances = append(view.Balances, balances[unit])
	}
	return view, nil
}

func addCoins(stub shim.ChaincodeStubInterface, account string, in func(unit string) *Balance) error {
	return state.Coins(account).Each(stub, func(coin *state.Coin) {
		balance := in(coin.Unit)
		balance.Free += coin.Amount
		balance.Coins++
		if coin.From == state.FromTask {
			balance.Earned += coin.Amount
		}
	})
}

// addEscrows takes away the coins that are spent. They name the tasks whose escrows may be open.
func addEscrows(stub shim.ChaincodeStubInterface, account string, in func(unit string) *Balance) error {
	tasks := map[string]bool{}
	err := state.SpentCoins(account).Each(stub, func(spent *state.Spent) {
		balance := in(spent.Unit)
		balance.Free -= spent.Amount
		balance.Coins--
		tasks[spent.Task] = true
	})
	if err != nil {
		return err
	}
	for _, task := range slices.Sorted(maps.Keys(tasks)) {
		escrow, err := escrowOf(stub, task)
		if err != nil {
			return err
		}
		if escrow.Settlement == nil {
			in(escrow.Unit).Escrow += escrow.Amount
		}
	}
	return nil
}

// Escrow is a task's escrow, with what became of it; null before the task has ended.
type Escrow struct {
	*state.Escrow
	Settlement *state.Settlement `json:"settlement"`
}

func escrowOf(stub shim.ChaincodeStubInterface, task string) (*Escrow, error) {
	if err := document.CheckName("task", task); err != nil {
		return nil, err
	}
	escrow, err := state.Get(stub, state.EscrowKey(task))
	if err != nil {
		return nil, err
	}
	if escrow == nil {
		return nil, fault.NotFound.Errorf("task %s has no escrow", task)
	}
	settlement, err := state.Get(stub, state.SettlementKey(task))
	return &Escrow{escrow, settlement}, err
}

func listFree(stub shim.ChaincodeStubInterface, account, unit, pageSize, bookmark string) (*state.Page[state.Coin], error) {
	page, err := state.Coins(account).Page(stub, pageSize, bookmark)
	if err != nil {
		return nil, err
	}
	free := []state.Coin{}
	for _, coin := range page.Items {
		if unit != "" && coin.Unit != unit {
			continue
		}
		spent, err := state.Exists(stub, state.SpentKey(account, coin.ID))
		if err != nil {
			return nil, err
		}
		if !spent {
			free = append(free, coin)
		}
	}
	return &state.Page[state.Coin]{Items: free, Bookmark: page.Bookmark}, nil
}
