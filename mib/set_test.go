package mib_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/mib"
)

func TestSetError(t *testing.T) {
	t.Parallel()
	// Numbers and names of RFC 3416, section 3.
	tests := []struct {
		err    mib.SetError
		number uint16
		want   string
	}{
		{mib.NoAccess, 6, "noAccess"},
		{mib.WrongType, 7, "wrongType"},
		{mib.WrongLength, 8, "wrongLength"},
		{mib.WrongEncoding, 9, "wrongEncoding"},
		{mib.WrongValue, 10, "wrongValue"},
		{mib.NoCreation, 11, "noCreation"},
		{mib.InconsistentValue, 12, "inconsistentValue"},
		{mib.ResourceUnavailable, 13, "resourceUnavailable"},
		{mib.NotWritable, 17, "notWritable"},
		{mib.InconsistentName, 18, "inconsistentName"},
		{mib.SetError(99), 99, "error-status 99"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.err.Error()); diff != "" {
			t.Errorf("unexpected name (-want +got):\n%s", diff)
		}
		if uint16(tt.err) != tt.number {
			t.Errorf("%s is %d, want %d", tt.want, uint16(tt.err), tt.number)
		}
		if got, ok := errors.AsType[mib.SetError](fmt.Errorf("cannot set: %w", tt.err)); !ok || got != tt.err {
			t.Errorf("%s is not found in an error that wraps it", tt.want)
		}
	}
}
