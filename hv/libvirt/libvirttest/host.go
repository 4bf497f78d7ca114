package libvirttest

import (
	"slices"
	"strconv"
)

// The filters of ConnectListAllDomains.
const (
	listActive     = 1
	listInactive   = 2
	listPersistent = 4
	listTransient  = 8
	listSaved      = 256
	listAutoStart  = 1024
)

// statsState is the group of bulk statistics that has the state.
const statsState = 1

// callHost carries out a call that is not about one virtual machine.
func (d *Daemon) callHost(p Proc, args *decoder, c *client) ([]byte, error) {
	if p == ConnectGetAllStats {
		return d.allStats(args)
	}
	if err := d.fault(p, nil); err != nil {
		return nil, err
	}
	var e encoder
	switch p {
	case AuthList:
		e.uint32(1)
		e.uint32(0) // none
	case ConnectGetType:
		e.string(d.Type)
	case ConnectGetVersion:
		e.uint64(d.Version)
	case ConnectGetLibVersion:
		e.uint64(d.LibVersion)
	case NodeGetCPUMap:
		e.opaque(nil)
		e.uint32(d.HostCPUs)
		e.uint32(d.HostCPUs)
	case NodeGetInfo:
		d.node(&e)
	case NodeGetMemoryStats:
		d.memoryStats(args, &e)
	case ConnectListAllDomains:
		return d.list(args)
	case RegisterEvent:
		event := args.uint32()
		if slices.Contains(d.NoEvents, event) {
			return nil, Error{Code: CodeInternal, Message: "unsupported event ID " + strconv.Itoa(int(event))}
		}
		e.uint32(uint32(c.register(int32(event))))
	}
	return e, nil
}

// node answers what the host is made of.
func (d *Daemon) node(e *encoder) {
	const model, counts = 32, 5
	for range model { // letters, each of which takes as much as a number
		e.uint32(0)
	}
	e.uint64(d.Memory)
	e.uint32(d.HostCPUs)
	for range counts {
		e.uint32(1)
	}
}

// memoryStats answers how many figures there are of the memory, or which they are to who says how many.
func (d *Daemon) memoryStats(args *decoder, e *encoder) {
	figures := map[string]uint64{"total": d.Memory, "free": 1}
	if args.uint32() == 0 {
		e.uint32(0)
		e.uint32(uint32(len(figures)))
		return
	}
	e.uint32(uint32(len(figures)))
	for name, n := range figures {
		e.string(name)
		e.uint64(n)
	}
	e.uint32(0)
}

// list answers who matches the filters.
func (d *Daemon) list(args *decoder) ([]byte, error) {
	args.uint32() // results are wanted
	flags := args.uint32()
	var found []Domain
	for _, dom := range d.Domains {
		if dom.matches(flags) {
			found = append(found, dom)
		}
	}
	if err := d.tooMany(len(found)); err != nil {
		return nil, err
	}
	var e encoder
	e.uint32(uint32(len(found)))
	for _, dom := range found {
		e.domain(dom)
	}
	e.uint32(uint32(len(found)))
	return e, nil
}

// matches reports whether each group of filters, if it is used, lets the virtual machine through.
func (dom Domain) matches(flags uint32) bool {
	const activity, persistence = listActive | listInactive, listPersistent | listTransient
	has := uint32(listInactive | listTransient)
	if dom.ID >= 0 {
		has = has&^activity | listActive
	}
	if dom.Persistent {
		has = has&^persistence | listPersistent
	}
	return (flags&activity == 0 || flags&activity&has != 0) &&
		(flags&persistence == 0 || flags&persistence&has != 0) &&
		(flags&listSaved == 0 || dom.Saved) &&
		(flags&listAutoStart == 0 || dom.AutoStart)
}

// allStats answers bulk statistics. Those who are asked about and are not there are left out.
func (d *Daemon) allStats(args *decoder) ([]byte, error) {
	asked := make([]Domain, 0)
	for range args.uint32() {
		if args.bad {
			return nil, Error{Code: CodeInternal, Message: "request that ends too soon"}
		}
		asked = append(asked, args.domain())
	}
	groups := args.uint32()
	found := d.Domains
	if len(asked) > 0 {
		found = slices.DeleteFunc(slices.Clone(d.Domains), func(dom Domain) bool {
			return !slices.ContainsFunc(asked, func(a Domain) bool { return a.UUID == dom.UUID })
		})
	}
	about := found
	if len(asked) == 0 {
		about = nil
	}
	if err := d.fault(ConnectGetAllStats, about); err != nil {
		return nil, err
	}
	if err := d.tooMany(len(found)); err != nil {
		return nil, err
	}
	var e encoder
	e.uint32(uint32(len(found)))
	for _, dom := range found {
		e.domain(dom)
		e.params(dom.group(groups))
	}
	return e, nil
}

// group returns the parameters that are asked for: the state, or all else.
func (dom Domain) group(groups uint32) []Param {
	var ps []Param
	switch {
	case groups&statsState == 0:
	case dom.StateStats != nil:
		ps = append(ps, dom.StateStats...)
	default:
		ps = append(ps, Param{"state.state", dom.State}, Param{"state.reason", dom.Reason})
	}
	if groups&^statsState != 0 {
		ps = append(ps, dom.Stats...)
	}
	return ps
}

// lookup finds a virtual machine.
func (d *Daemon) lookup(p Proc, args *decoder) ([]byte, error) {
	var asked Domain
	same := func(have Domain) bool { return have.UUID == asked.UUID }
	if p == DomainLookupByName {
		asked.Name = args.string()
		same = func(have Domain) bool { return have.Name == asked.Name }
	} else {
		copy(asked.UUID[:], args.take(len(asked.UUID)))
	}
	i := slices.IndexFunc(d.Domains, same)
	if i >= 0 {
		asked = d.Domains[i]
	}
	if err := d.fault(p, []Domain{asked}); err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, Error{Code: CodeNoDomain, Message: "Domain not found"}
	}
	var e encoder
	e.domain(asked)
	return e, nil
}
