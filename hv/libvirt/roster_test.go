package libvirt

import "testing"

// TestRosterProcess has the process not be found again, in the same run and in another.
func TestRosterProcess(t *testing.T) {
	t.Parallel()
	known, other := &process{pid: 1, start: 1}, &process{pid: 1, start: 2}
	tests := []struct {
		name        string
		run         int64
		found, want *process
	}{
		{"found", 1, known, known},
		{"found again", 1, &process{pid: 1, start: 1}, known},
		{"not found", 1, nil, known},
		{"not found in another run", 2, nil, nil},
		{"another", 2, other, other},
	}
	r := roster{m: map[string]devices{}}
	for _, tt := range tests {
		if got := r.put("key", devices{run: tt.run, process: tt.found}).process; got != tt.want {
			t.Errorf("%s: unexpected process: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
