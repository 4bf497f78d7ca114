package libvirttest

import (
	"errors"
	"fmt"
	"slices"
)

// A Proc is the number of a procedure (remote_protocol.x).
type Proc uint32

// The procedures that the daemon has.
const (
	ConnectOpen             Proc = 1
	ConnectClose            Proc = 2
	ConnectGetType          Proc = 3
	ConnectGetVersion       Proc = 4
	NodeGetInfo             Proc = 6
	DomainGetXMLDesc        Proc = 14
	DomainGetInfo           Proc = 16
	DomainGetVcpus          Proc = 20
	DomainLookupByName      Proc = 23
	DomainLookupByUUID      Proc = 24
	DomainBlockStats        Proc = 64
	DomainInterfaceStats    Proc = 65
	AuthList                Proc = 66
	ConnectGetLibVersion    Proc = 157
	DomainHasManagedSave    Proc = 183
	DomainSnapshotNum       Proc = 187
	DomainGetBlockInfo      Proc = 194
	DomainGetState          Proc = 212
	NodeGetMemoryStats      Proc = 228
	DomainGetVcpuPinInfo    Proc = 230
	DomainBlockStatsFlags   Proc = 243
	ConnectListAllDomains   Proc = 273
	NodeGetCPUMap           Proc = 293
	DomainGetJobStats       Proc = 298
	RegisterEvent           Proc = 316
	LifecycleEvent          Proc = 318
	RebootEvent             Proc = 319
	ConnectGetAllStats      Proc = 344
	DomainInterfaceAddrs    Proc = 353
	DeviceAddedEvent        Proc = 354
	MigrationIterationEvent Proc = 359
)

// The numbers of errors (virErrorNumber).
const (
	CodeInternal         = 1
	CodeNoSupport        = 3
	CodeOperationDenied  = 29
	CodeRPC              = 39
	CodeNoDomain         = 42
	CodeOperationInvalid = 55
)

// An Error is an answer that says what is wrong.
type Error struct {
	Code    uint32
	Message string
}

func (e Error) Error() string { return e.Message }

// What becomes of a request that is not answered.
var (
	errHang   = errors.New("hang")
	errHangup = errors.New("hang up")
)

// A UUID is a virtual machine's.
type UUID [16]byte

// A Param is a typed parameter. Its Value is an int32, uint32, int64, uint64, float64, bool or string.
type Param struct {
	Name  string
	Value any
}

// A Domain is a virtual machine.
type Domain struct {
	Name string
	UUID UUID
	ID   int32 // -1 without a process

	State, Reason                int32
	AutoStart, Saved, Persistent bool
	XML                          string
	Stats                        []Param // what bulk statistics say of it
	StateStats                   []Param // what they say of its state instead of State and Reason; may be nil
	Job                          int32   // the operation of the job that is under way, or 0

	MaxMem, Memory, CPUTime uint64 // DomainGetInfo, in KiB and nanoseconds
	CPUs                    []CPU
	Disks                   map[string]Disk
	NICs                    map[string][8]int64
	Snapshots               int32
	Addresses               map[AddressSource][]Interface
}

// An AddressSource is what is asked for the addresses of a virtual machine (virDomainInterfaceAddressesSource).
type AddressSource uint32

// The sources of addresses.
const (
	Lease AddressSource = 0
	Agent AddressSource = 1
	ARP   AddressSource = 2
)

// An Interface is what a source of addresses knows of a network interface.
type Interface struct {
	Name      string
	Addresses []string
}

// A CPU is a virtual CPU.
type CPU struct {
	Number uint32
	Time   uint64
	Map    []byte
}

// A Disk is what the requests about one disk answer.
type Disk struct {
	Counters                       [4]int64 // read requests and bytes, write requests and bytes
	Flags                          []Param
	Allocation, Capacity, Physical uint64
}

// A Daemon is what a Server serves, and the faults that it has.
type Daemon struct {
	Type                string
	Version, LibVersion uint64
	HostCPUs            uint32
	Memory              uint64 // in KiB
	Domains             []Domain

	// Unsupported are the procedures that answer that the driver does not have them.
	Unsupported map[Proc]bool
	// Hang says of a call about these virtual machines whether it is never answered; there are none in a call about
	// all. It may be nil.
	Hang func(p Proc, about []Domain) bool
	// Fail is the error of a call. It may be nil.
	Fail func(p Proc, about []Domain) error
	// Limit is how many virtual machines an answer may have, MaxReply how many octets. 0 is no limit. What is more is
	// refused as libvirt does, with its own limit in the text.
	Limit, MaxReply int
	// ReadOnly says that the agents may not be asked.
	ReadOnly bool
	// Hangup are the procedures at which the daemon ends the connection.
	Hangup map[Proc]bool
	// Cut are the procedures whose answers end after that many octets, and the connection with them.
	Cut map[Proc]int
	// Hold lets a call that was carried out wait for its answer until something is received from the channel, or it is
	// closed.
	Hold map[Proc]chan struct{}
	// Late is after how many more answers to a client an event is sent to it. A real daemon's event loop makes it 0 or
	// 1; behind virtproxyd, which has such a loop too, it is up to 3.
	Late int
	// Pieces is how many octets of what is sent to a client that connects now come at a time. 0 says that all do.
	Pieces int
	// NoEvents are the events that the daemon is too old to know.
	NoEvents []uint32
	// After changes the daemon after a call was carried out. It may be nil.
	After func(p Proc, d *Daemon)
	// Raw are packets that are sent in the place of the answer.
	Raw map[Proc][]byte
	// Body are the bodies of answers in the place of the true ones.
	Body map[Proc][]byte
}

// find returns the virtual machine that a request means: by its UUID, as the drivers do.
func (d *Daemon) find(asked Domain) (Domain, error) {
	i := slices.IndexFunc(d.Domains, func(have Domain) bool { return have.UUID == asked.UUID })
	if i < 0 {
		return Domain{}, Error{Code: CodeNoDomain, Message: "Domain not found: no domain with matching uuid"}
	}
	return d.Domains[i], nil
}

// fault returns what becomes of the call instead of an answer.
func (d *Daemon) fault(p Proc, about []Domain) error {
	switch {
	case d.Hang != nil && d.Hang(p, about):
		return errHang
	case d.Hangup[p]:
		return errHangup
	case d.Unsupported[p]:
		return Error{Code: CodeNoSupport, Message: "this function is not supported by the connection driver"}
	case d.Fail != nil:
		return d.Fail(p, about)
	}
	return nil
}

// call carries out a call, if the answer is not too much.
func (d *Daemon) call(p Proc, args *decoder, c *client) ([]byte, error) {
	reply, err := d.carryOut(p, args, c)
	if d.MaxReply > 0 && len(reply) > d.MaxReply {
		return nil, Error{Code: CodeRPC, Message: "Unable to encode message payload"}
	}
	return reply, err
}

// tooMany returns the error of an answer with that many virtual machines, if they are too many.
func (d *Daemon) tooMany(n int) error {
	if d.Limit == 0 || n <= d.Limit {
		return nil
	}
	return Error{Code: CodeInternal, Message: fmt.Sprintf("Too many domains '%d' for limit '16384'", n)}
}

func (d *Daemon) carryOut(p Proc, args *decoder, c *client) ([]byte, error) {
	switch p {
	case ConnectListAllDomains, ConnectGetAllStats, RegisterEvent, ConnectOpen, ConnectClose, ConnectGetType,
		ConnectGetVersion, ConnectGetLibVersion, AuthList, NodeGetCPUMap, NodeGetInfo, NodeGetMemoryStats:
		return d.callHost(p, args, c)
	case DomainLookupByName, DomainLookupByUUID:
		return d.lookup(p, args)
	}
	dom, err := d.find(args.domain())
	if fault := d.fault(p, []Domain{dom}); fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	if p == DomainInterfaceAddrs {
		return dom.addresses(AddressSource(args.uint32()), d.ReadOnly)
	}
	return dom.call(p, args)
}
