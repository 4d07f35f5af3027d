// Goaggregate computes an aggregate from the specification alone: the text in weftwork's rules and
// docs/reference/aggregation.md. It shares no code with the product and holds whole models.
//
// Go may fuse x*y + z into one rounding where the processor can. An explicit conversion forbids it:
// every product below that is added to something is inside float64(...).
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// job is what is to be computed. Decimals are strings, as on the ledger. Without an output, it is
// the squared distances of the trained weights of all pairs of updates, to be printed.
type job struct {
	Base    string `json:"base"`
	Updates []struct {
		Path    string `json:"path"`
		Samples int64  `json:"samples"`
	} `json:"updates"`
	Output    string   `json:"output"`
	Trainable []string `json:"trainable"`
	Rule      options  `json:"rule"`
}

// options are those of all rules.
type options struct {
	Name       string `json:"name"`
	Trim       int    `json:"trim"`
	Byzantine  int    `json:"byzantine"`
	Keep       *int   `json:"keep"`
	Iterations int    `json:"iterations"`
	Smoothing  string `json:"smoothing"`
	Norm       string `json:"norm"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: goaggregate JOB.json"))
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var task job
	if err := json.Unmarshal(text, &task); err != nil {
		fail(err)
	}
	if err := task.run(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// run writes the base model's own bytes, with new numbers in its float32 tensors.
func (task job) run() error {
	base, err := readModel(task.Base)
	if err != nil {
		return err
	}
	var updates []*model
	var weights []int64
	for _, update := range task.Updates {
		read, err := readModel(update.Path)
		if err != nil {
			return err
		}
		updates, weights = append(updates, read), append(weights, update.Samples)
	}
	parts := partsOf(base, updates, weights, task.Trainable)
	if task.Output == "" {
		return json.NewEncoder(os.Stdout).Encode(parts[0].squares())
	}
	for _, part := range parts {
		results, err := part.apply(task.Rule)
		if err != nil {
			return err
		}
		for i, name := range part.names {
			base.put(name, results[i])
		}
	}
	return os.WriteFile(task.Output, base.bytes, 0o600)
}
