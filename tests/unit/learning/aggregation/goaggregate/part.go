package main

import (
	"fmt"
	"slices"
	"strings"
)

// part is what a rule takes as one vector: tensors, in the order of their names.
type part struct {
	trained bool
	names   []string
	base    [][]float32   // by tensor
	updates [][][]float32 // by update, by tensor
	weights []float64
}

// partsOf has the trained tensors and the others that are float32; all are trained if none is named.
func partsOf(base *model, updates []*model, weights []int64, trainable []string) []part {
	var trained, others []string
	for name, entry := range base.tensors {
		switch {
		case entry.Type != "F32" || strings.HasPrefix(name, "server:"):
		case len(trainable) == 0 || slices.Contains(trainable, name):
			trained = append(trained, name)
		default:
			others = append(others, name)
		}
	}
	return []part{
		newPart(true, trained, base, updates, weights),
		newPart(false, others, base, updates, weights),
	}
}

func newPart(trained bool, names []string, base *model, updates []*model, weights []int64) part {
	slices.Sort(names)
	made := part{trained: trained, names: names, base: vector(base, names)}
	for _, update := range updates {
		made.updates = append(made.updates, vector(update, names))
	}
	for _, weight := range weights {
		made.weights = append(made.weights, float64(weight))
	}
	return made
}

func vector(from *model, names []string) [][]float32 {
	var numbers [][]float32
	for _, name := range names {
		numbers = append(numbers, from.floats(name))
	}
	return numbers
}

// each computes every number of the result from its place: tensor t, number i.
func (p part) each(number func(t, i int) float64) [][]float64 {
	results := make([][]float64, len(p.names))
	for t, numbers := range p.base {
		results[t] = make([]float64, len(numbers))
		for i := range numbers {
			results[t][i] = number(t, i)
		}
	}
	return results
}

// value is number i of tensor t of update k.
func (p part) value(k, t, i int) float64 {
	return float64(p.updates[k][t][i])
}

// apply is the rule.
func (p part) apply(rule options) ([][]float64, error) {
	count := len(p.updates)
	switch rule.Name {
	case "mean":
		return p.mean(p.weights), nil
	case "median":
		return p.middle((count - 1) / 2), nil
	case "trimmed-mean":
		return p.middle(rule.Trim), nil
	case "multi-krum":
		return p.krum(rule), nil
	case "geometric-median":
		return p.geometric(rule)
	case "clipped-mean":
		return p.clipped(rule)
	}
	return nil, fmt.Errorf("no rule %q", rule.Name)
}
