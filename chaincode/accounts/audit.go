package accounts

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/state"
)

// Audit is all money of a unit. It holds where what was deposited is what is free and what tasks have
// put aside: nothing was created, nothing was lost.
type Audit struct {
	Unit      string `json:"unit"`
	Deposited int64  `json:"deposited"`
	Free      int64  `json:"free"`
	Escrow    int64  `json:"escrow"`
	Holds     bool   `json:"holds"`
}

// auditOf reads every record that is about money.
func auditOf(stub shim.ChaincodeStubInterface, unit string) (*Audit, error) {
	audit := &Audit{Unit: unit}
	of := func(recorded string, amount int64) int64 {
		if recorded != unit {
			return 0
		}
		return amount
	}
	for _, read := range []func() error{
		func() error {
			return state.Deposits().Each(stub, func(d *state.Deposit) { audit.Deposited += of(d.Unit, d.Amount) })
		},
		func() error {
			return state.Coins("").Each(stub, func(c *state.Coin) { audit.Free += of(c.Unit, c.Amount) })
		},
		func() error {
			return state.SpentCoins("").Each(stub, func(s *state.Spent) { audit.Free -= of(s.Unit, s.Amount) })
		},
		func() error {
			return state.Escrows().Each(stub, func(e *state.Escrow) { audit.Escrow += of(e.Unit, e.Amount) })
		},
		func() error {
			return state.Settlements().Each(stub, func(s *state.Settlement) { audit.Escrow -= of(s.Unit, s.Amount) })
		},
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	audit.Holds = audit.Deposited == audit.Free+audit.Escrow
	return audit, nil
}
