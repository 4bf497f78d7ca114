package bhyve

import (
	"context"
	"fmt"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The questions of a machine may hang.

func (m *machine) Sysctl(name string, args ...int) ([]byte, error) {
	if name == processesVariable {
		m.step()
	}
	m.wait(fmt.Sprint(append([]any{name}, anys(args)...)...))
	return m.Recording.Sysctl(name, args...)
}

func anys(args []int) []any {
	var all []any
	for _, a := range args {
		all = append(all, " ", a)
	}
	return all
}

func (m *machine) ReadDir(path string) ([]string, error) {
	m.wait(path)
	return m.Recording.ReadDir(path)
}

func (m *machine) ReadFile(path string) ([]byte, error) {
	m.wait(path)
	return m.Recording.ReadFile(path)
}

func (m *machine) Tail(path string, n int) ([]byte, error) {
	m.wait(path)
	return m.Recording.Tail(path, n)
}

func (m *machine) Stat(path string) (freebsd.Stat, error) {
	m.wait(path)
	return m.Recording.Stat(path)
}

// Run ends with its context, as a program does that is killed.
func (m *machine) Run(ctx context.Context, c freebsd.Command) ([]byte, error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.wait(c.Argv[0])
	}()
	select {
	case <-done:
		return m.Recording.Run(ctx, c)
	case <-ctx.Done():
		return nil, fmt.Errorf("run %q: %w", c.Argv[0], context.Cause(ctx))
	}
}
