package nms

import (
	"errors"
	"testing"
)

// FuzzReceive proves that whatever comes is either taken or refused with a code of LibreNMS', and that what was taken is taken
// in its other form, too.
func FuzzReceive(f *testing.F) {
	f.Add([]byte(`{"version":1,"error":0,"errorString":"","data":{"hv":"libvirt","VMs":{},"totals":{}}}`))
	f.Fuzz(func(t *testing.T, output []byte) {
		check(output)
		envelope, err := receive(output)
		var failure *Failure
		if err != nil && (!errors.As(err, &failure) || failure.Code > codeEmpty || failure.Code < codeNoGzip) {
			t.Fatalf("error = %v, want one with a code", err)
		}
		if err != nil {
			return
		}
		if again, err := receive([]byte(packed(encode(t, envelope)))); err != nil || len(again) != len(envelope) {
			t.Fatalf("taken once, then %v, %v", again, err)
		}
	})
}
