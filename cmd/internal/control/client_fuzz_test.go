package control

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// An answer is a transport that gives every request the same answer.
type answer struct {
	kind string
	body []byte
}

// RoundTrip returns the answer.
func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {a.kind}}, Body: io.NopCloser(bytes.NewReader(a.body)),
	}, nil
}

// FuzzClient lets a client read whatever a socket may answer: it is an error, or something that can be shown.
func FuzzClient(f *testing.F) {
	src := example()
	for _, v := range []any{src.snapshot, src.health, src.events} {
		text, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("application/json", text)
	}
	f.Add("text/html", []byte("<html>"))
	f.Add("application/json; charset=utf-8", []byte("{}{"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		c := NewClient("/nonexistent")
		c.http.Transport = answer{kind, body}
		if s, err := c.Snapshot(t.Context()); err == nil {
			for vm := range s.VMs() {
				if s.VM(vm.Index) == nil {
					t.Errorf("index %d is of nobody", vm.Index)
				}
			}
		}
		if h, err := c.Health(t.Context()); err == nil {
			if _, err := json.Marshal(h); err != nil {
				t.Logf("a time that no text is for: %v", err)
			}
		}
		if all, err := c.Events(t.Context()); err == nil && len(all) > len(body) {
			t.Errorf("%d events in %d octets", len(all), len(body))
		}
	})
}
