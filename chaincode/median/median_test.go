package median_test

import (
	"slices"
	"testing"

	"github.com/weftwork/weftwork/chaincode/median"
)

func TestMedians(t *testing.T) {
	for _, example := range []struct {
		numbers   []int64
		lower, of int64
	}{
		{nil, 0, 0}, {[]int64{3}, 3, 3}, {[]int64{9, 3}, 3, 6}, {[]int64{9, -1, 4}, 4, 4}, {[]int64{7, 0, 1, 2}, 1, 1}, {[]int64{-3, 0}, -3, -1},
	} {
		before := slices.Clone(example.numbers)
		if lower, of := median.Lower(example.numbers), median.Of(example.numbers); lower != example.lower || of != example.of {
			t.Errorf("of %v: %d, %d", example.numbers, lower, of)
		}
		if !slices.Equal(before, example.numbers) {
			t.Errorf("%v is sorted", before)
		}
	}
}
