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

func TestADeltaIsANumberHoweverItIsWritten(t *testing.T) {
	for _, pair := range []struct {
		one, other string
		same       bool
	}{
		{"1e-5", "0.00001", true},
		{"1E-05", "0.000010", true},
		{"1e-999", "0.1e-998", true},
		{"1e-5", "1.0000000000000000001e-5", false},
		{"1e-999", "0", false},
		{"1e-5", "", false},
		{"", "", true},
	} {
		one, other := privacy.Amount{Delta: pair.one}, privacy.Amount{Delta: pair.other}
		if one.SameDelta(other) != pair.same || other.SameDelta(one) != pair.same {
			t.Errorf("that %q is %q is not %t", pair.one, pair.other, pair.same)
		}
	}
}
