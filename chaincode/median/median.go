// Package median has the medians that the ledger counts by.
package median

import "slices"

// Lower is the middle number, of an even count the lower of the two: one that somebody has said. 0 of none.
func Lower(numbers []int64) int64 {
	low, _ := middle(numbers)
	return low
}

// Of is the middle number, of an even count halfway between the two, rounded towards 0. 0 of none.
func Of(numbers []int64) int64 {
	low, high := middle(numbers)
	return (low + high) / 2
}

func middle(numbers []int64) (low, high int64) {
	if len(numbers) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
}
