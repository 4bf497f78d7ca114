package bhyve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseURI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		uri, dir string
		// says is what the error has to name, or empty if there is to be none.
		says string
	}{
		{uri: "bhyve:///"},
		{uri: "bhyve:///?recorded=hosts/all", dir: "hosts/all"},
		{uri: "bhyve:///?recorded=/tmp/a%20b", dir: "/tmp/a b"},
		{uri: "bhyve://", says: `"bhyve://"`},
		{uri: "bhyve:/", dir: ""},
		{uri: "bhyve:", says: `"bhyve:"`},
		{uri: "bhyve", says: `"bhyve"`},
		{uri: "", says: `""`},
		{uri: "bhyve:///system", says: `"bhyve:///system"`},
		{uri: "bhyve://host/", says: `"bhyve://host/"`},
		{uri: "bhyve://user@/", says: `"bhyve://user@/"`},
		{uri: "bhyve:///#x", says: `"bhyve:///#x"`},
		{uri: "sim:///", says: `"sim:///"`},
		{uri: "bhyve+ssh:///", says: `"bhyve+ssh:///"`},
		{uri: "bhyve:///?recorded=", says: `"recorded"`},
		{uri: "bhyve:///?recorded=a&recorded=b", says: `"recorded"`},
		{uri: "bhyve:///?socket=a", says: `"socket"`},
		{uri: "bhyve:///?%zz", says: "%zz"},
		{uri: "bhyve:///\x7f", says: "URI"},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			t.Parallel()
			dir, err := parseURI(tt.uri)
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("unexpected error %v, want one with %s", err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.dir, dir); diff != "" {
				t.Errorf("unexpected directory (-want +got):\n%s", diff)
			}
		})
	}
}
