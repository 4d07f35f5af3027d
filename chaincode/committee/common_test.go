package committee_test

import "slices"

func contains(names []string, name string) bool { return slices.Contains(names, name) }

func without(names []string, others ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}
