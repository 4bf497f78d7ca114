package main

import (
	"os"
	"runtime/debug"
)

const (
	// garbagePercent is how much garbage there may be before it is collected, in percent of what is in use. Nearly all that vmond
	// has is in use for long: what there is of each virtual machine, which each reading of its statistics replaces. To collect
	// twice as often as a program in Go does by itself costs next to nothing, and what may lie about is memory that a host
	// has for its virtual machines.
	garbagePercent = 50
	// garbageEnv overrules it (package runtime).
	garbageEnv = "GOGC"
)

// saveMemory has garbage collected early, unless the environment says when.
func saveMemory() {
	if os.Getenv(garbageEnv) == "" {
		debug.SetGCPercent(garbagePercent)
	}
}
