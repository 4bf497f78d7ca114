package main

import (
	"runtime/debug"
	"testing"
)

// TestSaveMemory proves that garbage is collected early, and that who says when in the environment is obeyed.
func TestSaveMemory(t *testing.T) {
	const usual = 100
	t.Cleanup(func() { debug.SetGCPercent(usual) })
	for env, want := range map[string]int{"": garbagePercent, "100": usual, "off": usual} {
		t.Setenv(garbageEnv, env)
		debug.SetGCPercent(usual)
		saveMemory()
		if got := debug.SetGCPercent(usual); got != want {
			t.Errorf("with %s %q, garbage is collected at %d percent, want %d", garbageEnv, env, got, want)
		}
	}
}
