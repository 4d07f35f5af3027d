// Command diagram prints docs/reference/state-machine.md from the tables that the contracts obey.
package main

import "os"

func main() {
	if _, err := os.Stdout.WriteString(page()); err != nil {
		os.Exit(1)
	}
}
