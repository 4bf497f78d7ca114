package agentx

import (
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/vmond/vmond/mib"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(c *Config)
		want   string // a part of it
	}{
		{name: "no_address", change: func(c *Config) { c.Address = "" }, want: "want unix:/path or tcp:host:port"},
		{name: "no_subtree", change: func(c *Config) { c.Subtree = nil }, want: `subtree "": it is empty`},
		{name: "too_long_a_subtree", change: func(c *Config) { c.Subtree = make(mib.OID, 129) }, want: "129 sub-identifiers, at most 128 are allowed"},
		{name: "nameless_capability", change: func(c *Config) { c.Capabilities = []Capability{{}} }, want: `capability "": it is empty`},
		{name: "too_long_a_description", change: func(c *Config) { c.Description = strings.Repeat("x", 256) }, want: "more than 255 octets"},
		{name: "a_description_that_is_not_ascii", change: func(c *Config) { c.Description = "Rübe" }, want: "description with octet 0xc3"},
		{
			name:   "too_long_a_description_of_a_capability",
			change: func(c *Config) { c.Capabilities = []Capability{{ID: subtree, Description: strings.Repeat("x", 256)}} },
			want:   "more than 255 octets",
		},
		{
			name:   "a_description_of_a_capability_that_is_not_ascii",
			change: func(c *Config) { c.Capabilities = []Capability{{ID: subtree, Description: "\xff"}} },
			want:   `capability "1.3.6.1.2.1.236": description with octet 0xff`,
		},
		{name: "too_long_a_context", change: func(c *Config) { c.Context = strings.Repeat("x", 256) }, want: "more than 255 octets"},
		{name: "a_queue_of_less_than_none", change: func(c *Config) { c.Queue = -1 }, want: "queue for -1 notifications"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Address: "unix:/nowhere", Subtree: subtree}
			tt.change(&cfg)
			s, err := New(cfg, func() mib.Tree { return nil }, zap.NewNop())
			if s != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("unexpected error: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestQueueByDefault(t *testing.T) {
	t.Parallel()
	for given, want := range map[int]int{0: 10000, 1: 1, 12345: 12345} {
		r := prepare(t, nil, func(c *Config) { c.Queue = given })
		for range want {
			r.sub.Notify(vmRunning(), func(err error) { t.Errorf("unexpected outcome in a queue of %d: %v", want, err) })
		}
		dropped := make(chan error, 1)
		r.sub.queue.waiting[0].done = func(err error) { dropped <- err }
		r.sub.Notify(vmRunning(), nil)
		if got := outcome(dropped); got != ErrDropped.Error() {
			t.Errorf("unexpected outcome of the oldest of %d: %s", want+1, got)
		}
	}
}

func TestNewPanicsWithoutATree(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("New without a tree did not panic")
		}
	}()
	New(Config{Address: "unix:/nowhere", Subtree: subtree}, nil, zap.NewNop())
}

func TestString(t *testing.T) {
	t.Parallel()
	if got, want := prepare(t, nil).sub.String(), "agentx unix:/nowhere"; got != want {
		t.Errorf("unexpected name: %q, want %q", got, want)
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	tests := map[string]error{
		"agentx: Register refused: duplicateRegistration (263)": &ResponseError{Request: "Register", Status: 263},
		"agentx: Open refused: openFailed (256)":                &ResponseError{Request: "Open", Status: 256},
		"agentx: Notify refused: error (5)":                     &ResponseError{Request: "Notify", Status: 5, Index: 1},
	}
	for want, err := range tests {
		if got := err.Error(); got != want {
			t.Errorf("unexpected text: %q, want %q", got, want)
		}
	}
}
