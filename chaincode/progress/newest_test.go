package progress

import (
	"errors"
	"math/bits"
	"testing"
)

func TestNewestFindsTheLast(t *testing.T) {
	for limit := 1; limit <= 70; limit++ {
		for last := 0; last <= limit; last++ {
			reads := 0
			got, err := Newest(limit, func(round int) (bool, error) {
				if round < 1 || round > limit {
					t.Fatalf("asks for round %d of %d", round, limit)
				}
				reads++
				return round <= last, nil
			})
			if err != nil || got != last {
				t.Fatalf("the last of %d is %d, found %d (%v)", limit, last, got, err)
			}
			if bound := 2*bits.Len(uint(last)) + 1; reads > bound {
				t.Errorf("%d reads to find %d of %d, at most %d expected", reads, last, limit, bound)
			}
		}
	}
}

func TestNewestPassesOnAFailingRead(t *testing.T) {
	for failing := 1; failing <= 5; failing++ {
		reads := 0
		_, err := Newest(100, func(round int) (bool, error) {
			if reads++; reads == failing {
				return false, errors.New("no ledger")
			}
			return round <= 5, nil
		})
		if err == nil {
			t.Errorf("the failing read %d went unnoticed", failing)
		}
	}
}
