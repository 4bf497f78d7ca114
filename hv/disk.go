package hv

import "time"

// SourceType says where the content of a disk lives (VirtualMachineStorageSourceType).
type SourceType uint8

// The source types. SourceRaw is a file without a format, with or without holes; SourceSparse is a file of a format
// that grows as it is written to.
const (
	SourceUnknown SourceType = iota
	SourceOther
	SourceBlock
	SourceRaw
	SourceSparse
	SourceNetwork
)

var sourceTypes = [...]string{
	SourceUnknown: "unknown",
	SourceOther:   "other",
	SourceBlock:   "block",
	SourceRaw:     "raw",
	SourceSparse:  "sparse",
	SourceNetwork: "network",
}

// MediaType says what a disk looks like to the guest (IANAStorageMediaType).
type MediaType uint8

// The media types.
const (
	MediaUnknown MediaType = iota
	MediaOther
	MediaHardDisk
	MediaOpticalDisk
	MediaFloppyDisk
)

var mediaTypes = [...]string{
	MediaUnknown:     "unknown",
	MediaOther:       "other",
	MediaHardDisk:    "harddisk",
	MediaOpticalDisk: "opticaldisk",
	MediaFloppyDisk:  "floppydisk",
}

// A Disk is a virtual storage device.
type Disk struct {
	// Key identifies the device in its virtual machine for as long as it is attached, such as libvirt's target "vda".
	Key string `json:"key"`

	Source SourceType `json:"source"`
	// Format is the detailed text of the source, such as "qcow2" or "rbd".
	Format string `json:"format,omitempty"`
	// Resource names the source, such as the path of the image. It is empty where no medium is in the drive.
	Resource string `json:"resource,omitempty"`

	ReadOnly Answer    `json:"read_only"`
	Media    MediaType `json:"media"`
	// Bus is the detailed text of the medium, such as "virtio".
	Bus string `json:"bus,omitempty"`
}

// DiskStats are the sizes and counters of a disk.
type DiskStats struct {
	Key string `json:"key"`

	// Capacity is the size that the guest sees, Allocation what it takes of physical storage, in bytes.
	Capacity   Opt[int64] `json:"capacity,omitzero"`
	Allocation Opt[int64] `json:"allocation,omitzero"`
	// Physical is the size of what the content lies in, in bytes: as libvirt's "physical" and `virsh domblkinfo` have it,
	// of a volume of ZFS what it uses.
	Physical Opt[int64] `json:"physical,omitzero"`

	ReadRequests  Opt[uint64] `json:"read_requests,omitzero"`
	WriteRequests Opt[uint64] `json:"write_requests,omitzero"`
	ReadBytes     Opt[uint64] `json:"read_bytes,omitzero"`
	WriteBytes    Opt[uint64] `json:"write_bytes,omitzero"`

	// FlushRequests is how often the guest had what it wrote put on the disk for good, FlushTime the time that all that took.
	FlushRequests Opt[uint64]        `json:"flush_requests,omitzero"`
	FlushTime     Opt[time.Duration] `json:"flush_time,omitzero"`

	// ReadTime and WriteTime are the times that all requests took together, from reception to completion.
	ReadTime  Opt[time.Duration] `json:"read_time,omitzero"`
	WriteTime Opt[time.Duration] `json:"write_time,omitzero"`
}

func (t SourceType) String() string { return word("SourceType", sourceTypes[:], t) }
func (t MediaType) String() string  { return word("MediaType", mediaTypes[:], t) }

// MarshalText writes the word.
func (t SourceType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText writes the word.
func (t MediaType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the word, and returns an error for one that it does not know.
func (t *SourceType) UnmarshalText(text []byte) error {
	return parse("source type", sourceTypes[:], text, t)
}

// UnmarshalText reads the word.
func (t *MediaType) UnmarshalText(text []byte) error {
	return parse("media type", mediaTypes[:], text, t)
}
