package libvirttest

import "fmt"

// call carries out a call about the virtual machine.
func (dom Domain) call(p Proc, args *decoder) ([]byte, error) {
	var e encoder
	switch p {
	case DomainGetXMLDesc:
		e.string(dom.XML)
	case DomainGetState:
		e.uint32(uint32(dom.State))
		e.uint32(uint32(dom.Reason))
	case DomainHasManagedSave:
		e.bool(dom.Saved)
	case DomainGetInfo:
		dom.info(&e)
	case DomainGetVcpus:
		return dom.vcpus(args)
	case DomainGetVcpuPinInfo:
		dom.pins(&e)
	case DomainSnapshotNum:
		e.uint32(uint32(dom.Snapshots))
	case DomainGetJobStats:
		return dom.job()
	case DomainBlockStats, DomainBlockStatsFlags, DomainGetBlockInfo:
		return dom.disk(p, args)
	case DomainInterfaceStats:
		return dom.nic(args)
	default:
		return nil, fmt.Errorf("unknown procedure: %d", p)
	}
	return e, nil
}

func (dom Domain) info(e *encoder) {
	e.uint32(uint32(dom.State))
	e.uint64(dom.MaxMem)
	e.uint64(dom.Memory)
	e.uint32(uint32(len(dom.CPUs)))
	e.uint64(dom.CPUTime)
}

// vcpus answers the virtual CPUs, and their maps at the length that was asked for.
func (dom Domain) vcpus(args *decoder) ([]byte, error) {
	if dom.ID < 0 {
		return nil, Error{Code: CodeOperationInvalid, Message: "cannot retrieve vcpu information for inactive domain"}
	}
	args.uint32() // the most that may be answered
	length := int(args.uint32())
	var e encoder
	var maps []byte
	e.uint32(uint32(len(dom.CPUs)))
	for _, c := range dom.CPUs {
		e.uint32(c.Number)
		e.uint32(1) // running
		e.uint64(c.Time)
		e.uint32(0) // on CPU 0
		maps = append(maps, append(c.Map, make([]byte, length)...)[:length]...)
	}
	e.opaque(maps)
	return e, nil
}

// pins answers the maps that are configured.
func (dom Domain) pins(e *encoder) {
	var maps []byte
	for _, c := range dom.CPUs {
		maps = append(maps, c.Map...)
	}
	e.opaque(maps)
	e.uint32(uint32(len(dom.CPUs)))
}

// job answers the job that is under way.
func (dom Domain) job() ([]byte, error) {
	if dom.ID < 0 {
		return nil, Error{Code: CodeOperationInvalid, Message: "domain is not running"}
	}
	var e encoder
	if dom.Job == 0 {
		e.uint32(0) // none
		e.params(nil)
		return e, nil
	}
	e.uint32(2) // unbounded
	e.params([]Param{{"operation", dom.Job}})
	return e, nil
}

// disk answers what is asked about a disk.
func (dom Domain) disk(p Proc, args *decoder) ([]byte, error) {
	target := args.string()
	disk, ok := dom.Disks[target]
	if !ok {
		return nil, Error{Code: CodeInternal, Message: "invalid path " + target}
	}
	var e encoder
	switch p {
	case DomainBlockStats:
		for _, n := range disk.Counters {
			e.uint64(uint64(n))
		}
		e.uint64(^uint64(0)) // errors are not counted
	case DomainBlockStatsFlags:
		e.params(disk.Flags)
		e.uint32(0)
	default:
		e.uint64(disk.Allocation)
		e.uint64(disk.Capacity)
		e.uint64(disk.Physical)
	}
	return e, nil
}

// nic answers the counters of a network interface.
func (dom Domain) nic(args *decoder) ([]byte, error) {
	counters, ok := dom.NICs[args.string()]
	if !ok {
		return nil, Error{Code: CodeInternal, Message: "invalid path"}
	}
	var e encoder
	for _, n := range counters {
		e.uint64(uint64(n))
	}
	return e, nil
}

// addresses answers what a source knows. Only who may write may have something done in the guest, as by its agent.
func (dom Domain) addresses(source AddressSource, readOnly bool) ([]byte, error) {
	if source == Agent && readOnly {
		return nil, Error{Code: CodeOperationDenied, Message: "operation forbidden: read only access prevents virDomainInterfaceAddresses"}
	}
	if dom.ID < 0 {
		return nil, Error{Code: CodeOperationInvalid, Message: "domain is not running"}
	}
	var e encoder
	e.uint32(uint32(len(dom.Addresses[source])))
	for _, iface := range dom.Addresses[source] {
		e.string(iface.Name)
		e.uint32(0) // no link-layer address
		e.uint32(uint32(len(iface.Addresses)))
		for _, a := range iface.Addresses {
			e.uint32(0) // of IPv4, which nobody asks
			e.string(a)
			e.uint32(0) // the length of the prefix
		}
	}
	return e, nil
}
