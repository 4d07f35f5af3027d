package main

import (
	"cmp"
	"math"
	"slices"
)

// mean weighs the updates.
func (p part) mean(weights []float64) [][]float64 {
	total := added(weights)
	return p.each(func(t, i int) float64 {
		sum := 0.0
		for k, weight := range weights {
			sum += float64(p.value(k, t, i) * weight)
		}
		return sum / total
	})
}

// middle is the mean of what is left without the smallest and the largest, added up from below.
func (p part) middle(trim int) [][]float64 {
	values := make([]float64, len(p.updates))
	return p.each(func(t, i int) float64 {
		for k := range values {
			values[k] = p.value(k, t, i)
		}
		slices.SortFunc(values, bySize)
		left := values[trim : len(values)-trim]
		return added(left) / float64(len(left))
	})
}

// bySize has -0 before +0.
func bySize(a, b float64) int {
	if a == 0 && b == 0 {
		return cmp.Compare(sign(a), sign(b))
	}
	return cmp.Compare(a, b)
}

func sign(zero float64) float64 {
	return math.Copysign(1, zero)
}
