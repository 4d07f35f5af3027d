package escrow_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weftwork/weftwork/chaincode/document"
	"github.com/weftwork/weftwork/chaincode/escrow"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
	"github.com/weftwork/weftwork/chaincode/state"
)

func TestSettleAsWrittenOnPaper(t *testing.T) {
	put := &state.Escrow{Task: "digits", Requester: "buyer", Unit: "credit", Amount: 1000}
	claims := []escrow.Claim{{"b", 1_000_000}, {"a", 300_000}, {"c", 1}, {"a", 200_000}}
	got, err := escrow.Settle(put, claims, escrow.Earned{Of: 2, In: 3, Rounds: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := []state.Payout{
		{Participant: "a", Points: 500_000, Amount: 166},
		{Participant: "b", Points: 1_000_000, Amount: 333},
		{Participant: "c", Points: 1, Amount: 0},
	}
	if got.Earnable != 666 || got.Refund != 501 || !slices.Equal(got.Payouts, want) {
		t.Errorf("settled as %+v", got)
	}
	if got.Task != "digits" || got.Requester != "buyer" || got.Unit != "credit" || got.Amount != 1000 || got.Rounds != 2 {
		t.Errorf("settled as %+v", got)
	}
}

// fraction is floor(amount * part / whole) by the other arithmetic.
func fraction(amount, part, whole int64) int64 {
	product := new(big.Int).Mul(big.NewInt(amount), big.NewInt(part))
	return product.Div(product, big.NewInt(whole)).Int64()
}

func TestSettleIsExactHoweverLargeTheNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		put := &state.Escrow{Amount: random.Int64N(document.MaxInteger + 1)}
		rounds := 1 + random.Int64N(state.MaxRounds)
		earned := escrow.Earned{Of: rounds, In: rounds + random.Int64N(9), Rounds: rounds}
		claims := randomClaims(random, rounds)
		settled, err := escrow.Settle(put, claims, earned)
		if err != nil {
			t.Fatal(err)
		}
		if want := fraction(put.Amount, earned.Of, earned.In); settled.Earnable != want {
			t.Fatalf("%d earnable, want %d", settled.Earnable, want)
		}
		var paid int64
		for _, payout := range settled.Payouts {
			paid += payout.Amount
			if want := fraction(settled.Earnable, payout.Points, state.Million*rounds); payout.Amount != want {
				t.Fatalf("%+v is paid %d, want %d", payout, payout.Amount, want)
			}
		}
		if paid > settled.Earnable || paid+settled.Refund != put.Amount {
			t.Fatalf("of %d, %d are paid and %d refunded", put.Amount, paid, settled.Refund)
		}
	}
}

// randomClaims claim, now and then, all that there is.
func randomClaims(random *rand.Rand, rounds int64) []escrow.Claim {
	names, left := []string{"a", "b", "c", "d"}, state.Million*rounds
	var claims []escrow.Claim
	for _, name := range names[:random.IntN(len(names)+1)] {
		points := random.Int64N(left + 1)
		claims = append(claims, escrow.Claim{Participant: name, Points: points})
		left -= points
	}
	if len(claims) > 0 && random.IntN(2) == 0 {
		claims[0].Points += left
	}
	return claims
}

func TestSettleRefusesToPayMoreThanThereIs(t *testing.T) {
	put := &state.Escrow{Amount: 1000}
	one := escrow.Earned{Of: 1, In: 1, Rounds: 1}
	for _, wrong := range []struct {
		claims []escrow.Claim
		earned escrow.Earned
	}{
		{[]escrow.Claim{{"a", 1_000_001}}, one},
		{[]escrow.Claim{{"a", 600_000}, {"b", 600_000}}, one},
		{[]escrow.Claim{{"a", -1}, {"b", 1_000_001}}, one},
		{[]escrow.Claim{{"a", 1}}, escrow.Nothing},
		{nil, escrow.Earned{Of: 2, In: 1, Rounds: 1}},
		{nil, escrow.Earned{Of: 0, In: 0, Rounds: 0}},
		{nil, escrow.Earned{Of: -1, In: 1, Rounds: 0}},
		{nil, escrow.Earned{Of: 1, In: 1, Rounds: -1}},
		{nil, escrow.Earned{Of: 1, In: 1, Rounds: state.MaxRounds + 1}},
	} {
		settled, err := escrow.Settle(put, wrong.claims, wrong.earned)
		if err == nil {
			t.Fatalf("%+v is settled as %+v", wrong, settled)
		}
		ledgertest.RequireFault(t, err.Error(), fault.Internal)
	}
}

func TestWhatEarnedNothingIsRefunded(t *testing.T) {
	for amount := range int64(3) {
		settled, err := escrow.Settle(&state.Escrow{Amount: amount}, nil, escrow.Nothing)
		if err != nil || settled.Refund != amount || len(settled.Payouts) > 0 || settled.Earnable != 0 {
			t.Errorf("%d: %+v, %v", amount, settled, err)
		}
	}
}
