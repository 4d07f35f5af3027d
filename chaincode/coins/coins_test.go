package coins_test

import (
	"math/rand/v2"
	"testing"

	"github.com/weftwork/weftwork/chaincode/coins"
)

func TestSharesAreAsEqualAsIntegersAllow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		amount, most := random.Int64N(1<<random.IntN(50)), random.Int64N(64)
		shares := coins.Shares(amount, most)
		if want := min(amount, most); int64(len(shares)) != want {
			t.Fatalf("%d in %d shares, want %d", amount, len(shares), want)
		}
		if len(shares) == 0 {
			continue
		}
		var sum int64
		for i, share := range shares {
			sum += share
			if share < 1 || i > 0 && share > shares[i-1] {
				t.Fatalf("%d is shared as %v", amount, shares)
			}
		}
		if sum != amount || shares[0]-shares[len(shares)-1] > 1 {
			t.Fatalf("%d is shared as %v", amount, shares)
		}
	}
}
