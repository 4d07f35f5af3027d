package privacy_test

import (
	"testing"

	"github.com/weftwork/weftwork/chaincode/privacy"
)

func TestOnlyAmountsOfOneKindCompare(t *testing.T) {
	for amount, kind := range map[privacy.Amount]string{
		{Mode: "ddp-sgd", EpsilonMicro: 5, Delta: "1e-5"}: "ddp-sgd at delta 1e-5",
		{Mode: "ddp-sgd", EpsilonMicro: 6, Delta: "1E-5"}: "ddp-sgd at delta 1E-5",
		{Mode: privacy.None}:                              "none",
		{}:                                                "none", // as joinings say that are older than modes
	} {
		if got := amount.Kind(); got != kind {
			t.Errorf("%v is of kind %s, not %s", amount, got, kind)
		}
	}
}
