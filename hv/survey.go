package hv

import (
	"context"
	"net/netip"
)

// A Survey is what of a virtual machine is dear to find out, tolerably old at any time, and told by no event.
type Survey struct {
	// Run is the run in which it was read, as [Summary.Run]. It is absent where that cannot be told.
	Run Opt[int64] `json:"run,omitzero"`
	// Addresses are the guest's addresses on its networks, the one to show first; none of a loopback interface. It is
	// empty where none is known, and for one that is not active unless it is configured.
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// Snapshots is how many snapshots there are of the virtual machine or its disks, SnapshotsSize what these take of
	// physical storage in bytes.
	Snapshots     Opt[int]   `json:"snapshots,omitzero"`
	SnapshotsSize Opt[int64] `json:"snapshots_size,omitzero"`
}

// A Surveyor is a Source that can tell more of a virtual machine, at a price.
type Surveyor interface {
	// Surveys does for each Survey what Source.Definitions does for a Definition. What there is not is absent from it. An
	// error says that something could not be found out: what is absent then may be as it was.
	Surveys(ctx context.Context, keys []string, yield func(key string, s Survey, err error)) error
}
