// Package privacy is what a task asks for, a joining grants and an update has spent: a mode, and an
// epsilon at a delta, to which the mode gives its meaning. The ledger compares amounts of the same
// mode at the same delta, and adds none up.
package privacy

import (
	"cmp"
	"math/big"

	"github.com/weftwork/weftwork/chaincode/document"
)

// None is the mode that protects nothing: it has no budget, and spends none.
const None = "none"

// MaxEpsilonMicro is an epsilon of a million.
const MaxEpsilonMicro = 1_000_000_000_000

// Amount is a budget or a spend, in millionths of epsilon. Delta is kept as the text that it came as.
type Amount struct {
	Mode         string `json:"mode"`
	EpsilonMicro int64  `json:"epsilon_micro,omitempty"`
	Delta        string `json:"delta,omitempty"`
}

// Read reads an amount of at least least millionths.
func Read(object *document.Object, least int64) Amount {
	amount := Amount{Mode: object.Name("mode")}
	if amount.Mode == None {
		refuseAny(object)
		return amount
	}
	amount.EpsilonMicro = object.Integer("epsilon_micro", least, MaxEpsilonMicro)
	amount.Delta = object.Decimal("delta")
	return amount
}

// refuseAny refuses an amount beside the mode none.
func refuseAny(object *document.Object) {
	if !object.IsNull("epsilon_micro") && object.Integer("epsilon_micro", 0, MaxEpsilonMicro) > 0 {
		object.Note("epsilon_micro", "mode none has no epsilon: should be 0 or left out")
	}
	if !object.IsNull("delta") {
		object.Note("delta", "mode none has no delta: should be left out")
	}
}

// Kind is what two amounts share that can be compared. Those recorded before there were modes have none.
func (a Amount) Kind() string {
	if cmp.Or(a.Mode, None) == None {
		return None
	}
	return a.Mode + " at delta " + a.Delta
}

// SameDelta tells whether both deltas are one number, however it is written: 1e-5 is 0.00001.
func (a Amount) SameDelta(other Amount) bool {
	one, isNumber := new(big.Rat).SetString(a.Delta)
	two, isOther := new(big.Rat).SetString(other.Delta)
	if !isNumber || !isOther {
		return a.Delta == other.Delta
	}
	return one.Cmp(two) == 0
}
