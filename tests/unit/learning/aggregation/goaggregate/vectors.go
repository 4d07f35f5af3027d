package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// krum is the mean of the updates with the closest neighbours.
func (p part) krum(rule options) [][]float64 {
	count := len(p.updates)
	neighbours := count - rule.Byzantine - 2
	scores, order := make([]float64, count), make([]int, count)
	squares := p.squares()
	for i := range count {
		others := slices.Delete(slices.Clone(squares[i]), i, i+1)
		slices.Sort(others)
		scores[i], order[i] = added(others[:neighbours]), i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(scores[i], scores[j]) })
	keep := neighbours
	if rule.Keep != nil {
		keep = *rule.Keep
	}
	chosen := part{names: p.names, base: p.base}
	for i, update := range p.updates {
		if slices.Contains(order[:keep], i) {
			chosen.updates = append(chosen.updates, update)
		}
	}
	return chosen.mean(slices.Repeat([]float64{1}, keep))
}

// squares are the squared distances of all pairs.
func (p part) squares() [][]float64 {
	count := len(p.updates)
	table := make([][]float64, count)
	for i := range table {
		table[i] = make([]float64, count)
		for j := range i {
			table[i][j] = p.sum(func(t, n int) float64 { return square(p.value(j, t, n) - p.value(i, t, n)) })
			table[j][i] = table[i][j]
		}
	}
	return table
}

// geometric is a fixed number of Weiszfeld's steps from the coordinate-wise median.
func (p part) geometric(rule options) ([][]float64, error) {
	least, err := strconv.ParseFloat(rule.Smoothing, 64)
	if err != nil {
		return nil, err
	}
	point := p.middle((len(p.updates) - 1) / 2)
	for range rule.Iterations {
		pulls := make([]float64, len(p.updates))
		for k := range pulls {
			radius := p.norm(k, func(t, i int) float64 { return point[t][i] })
			pulls[k] = p.weights[k] / math.Max(radius, least)
		}
		point = p.mean(pulls)
	}
	return point, nil
}

// clipped is the mean of changes, each shortened to a norm.
func (p part) clipped(rule options) ([][]float64, error) {
	start := func(t, i int) float64 { return float64(p.base[t][i]) }
	norms := make([]float64, len(p.updates))
	for k := range norms {
		norms[k] = p.norm(k, start)
	}
	most := slices.Sorted(slices.Values(norms))[(len(norms)-1)/2]
	if p.trained && rule.Norm != "median" {
		var err error
		if most, err = strconv.ParseFloat(rule.Norm, 64); err != nil {
			return nil, err
		}
	}
	weights := slices.Clone(p.weights)
	for k, norm := range norms {
		if norm > most {
			weights[k] *= most / norm
		}
	}
	total := added(p.weights)
	return p.each(func(t, i int) float64 {
		sum := 0.0
		for k, weight := range weights {
			sum += float64((p.value(k, t, i) - start(t, i)) * weight)
		}
		return start(t, i) + sum/total
	}), nil
}
