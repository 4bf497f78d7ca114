package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// Health is what a test needs of what vmond says of itself at its control socket, under the names that it has there.
type Health struct {
	Uptime     time.Duration `json:"uptime"`
	Goroutines int           `json:"goroutines"`
	// HeapLive is how many bytes were in use when the garbage was last collected.
	HeapLive   int64 `json:"heap_live"`
	Hypervisor struct {
		VMs int `json:"vms"`
		// Age is how long ago the states were last read. It is nil if they never were.
		Age      *time.Duration     `json:"age"`
		Readings map[string]Reading `json:"readings"`
	} `json:"hypervisor"`
	Master struct {
		Connected  bool `json:"connected"`
		Registered bool `json:"registered"`
		// Since is when Registered last changed. It has no monotonic reading.
		Since time.Time `json:"since"`
		// Error is why it is not registered.
		Error    string `json:"error"`
		Requests uint64 `json:"requests"`
	} `json:"master"`
	Notifications struct {
		Waiting  int    `json:"waiting"`
		Accepted uint64 `json:"accepted"`
		Refused  uint64 `json:"refused"`
		Dropped  uint64 `json:"dropped"`
		Resent   uint64 `json:"resent"`
	} `json:"notifications"`
}

// Reading is how one kind of reading fares: "states", "definitions", "statistics", "watch" or "store".
type Reading struct {
	Age       *time.Duration `json:"age"`
	Failures  int            `json:"failures"`
	LastError string         `json:"last_error"`
}

// Health returns what vmond says of itself.
func (v *Vmond) Health(t testing.TB) Health {
	t.Helper()
	h, err := v.TryHealth()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TryHealth is Health from any goroutine, and of a vmond that may not answer.
func (v *Vmond) TryHealth() (h Health, err error) {
	err = v.Ask("/health", func(r *http.Response) error { return json.NewDecoder(r.Body).Decode(&h) })
	return h, err
}

// Ask asks the control socket for a path and hands the answer to use.
func (v *Vmond) Ask(path string, use func(*http.Response) error) error {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", v.Control)
		},
		DisableKeepAlives: true,
	}
	client := http.Client{Transport: transport, Timeout: grace}
	answer, err := client.Get("http://vmond" + path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("vmond answers %s with %q", path, answer.Status)
	}
	return use(answer)
}
