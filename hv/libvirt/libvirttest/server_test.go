package libvirttest

import (
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for something that should happen.
const patience = 20 * time.Second

// connect opens a connection with go-libvirt, who is the judge of what we send.
func connect(t *testing.T, s *Server) *lv.Libvirt {
	t.Helper()
	c, err := net.Dial("unix", s.Socket())
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	l := lv.NewWithDialer(dialers.NewAlreadyConnected(c))
	if err := l.ConnectToURI("qemu:///system"); err != nil {
		t.Fatalf("failed to open: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return l
}

// lab is a daemon with something of everything.
func lab() Daemon {
	return Daemon{
		Type: "QEMU", Version: 7002022, LibVersion: 9000000, HostCPUs: 4, Memory: 4096, ReadOnly: true,
		Domains: []Domain{{
			Name: "on", UUID: UUID{1}, ID: 3, State: 1, Reason: 5, AutoStart: true, Persistent: true, XML: "<domain/>",
			Stats: []Param{
				{"i", int32(-1)}, {"u", uint32(math.MaxUint32)}, {"l", int64(math.MinInt64)}, {"ul", uint64(math.MaxUint64)},
				{"d", 1.5}, {"s", "text"},
			},
			Job: 5, MaxMem: 2048, Memory: 1024, CPUTime: 77,
			CPUs:  []CPU{{Number: 0, Time: 5, Map: []byte{1}}, {Number: 2, Time: 6, Map: []byte{3}}},
			Disks: map[string]Disk{"vda": {Counters: [4]int64{1, 2, 3, 4}, Flags: []Param{{"rd_bytes", int64(2)}}, Allocation: 5, Capacity: 6, Physical: 7}},
			NICs:  map[string][8]int64{"tap0": {1, 2, 3, 4, 5, 6, 7, -1}},

			Snapshots: 2, Addresses: map[AddressSource][]Interface{
				Lease: {{"eth0", []string{"10.0.0.1", "fe80::1"}}, {"eth1", nil}}, Agent: {{"eth0", []string{"10.0.0.2"}}},
			},
		}, {
			Name: "off", UUID: UUID{2}, ID: -1, State: 5, Saved: true, Persistent: true,
		}},
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	l := connect(t, Start(t, lab()))
	typ, err := l.ConnectGetType()
	version, err2 := l.ConnectGetVersion()
	library, err3 := l.ConnectGetLibVersion()
	_, online, present, err4 := l.NodeGetCPUMap(1, 1, 0)
	_, memory, cpus, _, _, _, _, threads, err5 := l.NodeGetInfo()
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		t.Fatalf("failed: %v", err)
	}
	if memory != 4096 || cpus != 4 || threads != 1 {
		t.Errorf("unexpected node: %d, %d, %d", memory, cpus, threads)
	}
	if typ != "QEMU" || version != 7002022 || library != 9000000 || online != 4 || present != 4 {
		t.Errorf("unexpected host: %q, %d, %d, %d, %d", typ, version, library, online, present)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	l := connect(t, Start(t, lab()))
	on, off := lv.Domain{Name: "on", UUID: lv.UUID{1}, ID: 3}, lv.Domain{Name: "off", UUID: lv.UUID{2}, ID: -1}
	tests := []struct {
		name  string
		flags lv.ConnectListAllDomainsFlags
		want  []lv.Domain
	}{
		{"all", 0, []lv.Domain{on, off}},
		{"both", lv.ConnectListDomainsActive | lv.ConnectListDomainsInactive, []lv.Domain{on, off}},
		{"active", lv.ConnectListDomainsActive, []lv.Domain{on}},
		{"inactive", lv.ConnectListDomainsInactive, []lv.Domain{off}},
		{"persistent", lv.ConnectListDomainsPersistent, []lv.Domain{on, off}},
		{"transient", lv.ConnectListDomainsTransient, []lv.Domain{}},
		{"persistent and active", lv.ConnectListDomainsPersistent | lv.ConnectListDomainsActive, []lv.Domain{on}},
		{"saved", lv.ConnectListDomainsManagedsave, []lv.Domain{off}},
		{"autostart", lv.ConnectListDomainsAutostart, []lv.Domain{on}},
		{"saved and active", lv.ConnectListDomainsManagedsave | lv.ConnectListDomainsActive, []lv.Domain{}},
	}
	for _, tt := range tests {
		got, n, err := l.ConnectListAllDomains(1, tt.flags)
		if err != nil || int(n) != len(tt.want) {
			t.Errorf("%s: unexpected outcome: %d, %v", tt.name, n, err)
		}
		if diff := cmp.Diff(tt.want, append([]lv.Domain{}, got...)); diff != "" {
			t.Errorf("%s: unexpected list (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestLimits has answers that are as large as they may be, and larger.
func TestLimits(t *testing.T) {
	t.Parallel()
	const octets = 64 // of the list of both
	tests := []struct {
		name   string
		change func(d *Daemon)
		want   uint32 // the code of the error
	}{
		{"as many as may be", func(d *Daemon) { d.Limit = 2 }, 0},
		{"too many", func(d *Daemon) { d.Limit = 1 }, CodeInternal},
		{"as long as may be", func(d *Daemon) { d.MaxReply = octets }, 0},
		{"too long", func(d *Daemon) { d.MaxReply = octets - 1 }, CodeRPC},
	}
	for _, tt := range tests {
		d := lab()
		tt.change(&d)
		s := Start(t, d)
		l := connect(t, s)
		_, _, err := l.ConnectListAllDomains(1, 0)
		var e lv.Error
		if errors.As(err, &e); e.Code != tt.want || (err == nil) != (tt.want == 0) {
			t.Errorf("%s: unexpected error of the list: %v", tt.name, err)
		}
		s.Change(func(d *Daemon) { d.MaxReply = 0 })
		_, err = l.ConnectGetAllDomainStats(nil, 1, 0)
		if many := tt.want == CodeInternal; (err != nil) != many || many && !strings.Contains(err.Error(), "'2' for limit '16384'") {
			t.Errorf("%s: unexpected error of the states: %v", tt.name, err)
		}
	}
}

func TestBulkStats(t *testing.T) {
	t.Parallel()
	l := connect(t, Start(t, lab()))
	param := func(name string, typ uint32, v any) lv.TypedParam {
		return lv.TypedParam{Field: name, Value: lv.TypedParamValue{D: typ, I: v}}
	}
	got, err := l.ConnectGetAllDomainStats([]lv.Domain{{UUID: lv.UUID{1}}, {UUID: lv.UUID{9}}}, 1|2, 0)
	want := []lv.DomainStatsRecord{{Dom: lv.Domain{Name: "on", UUID: lv.UUID{1}, ID: 3}, Params: []lv.TypedParam{
		param("state.state", 1, int32(1)), param("state.reason", 1, int32(5)),
		param("i", 1, int32(-1)), param("u", 2, uint32(math.MaxUint32)), param("l", 3, int64(math.MinInt64)),
		param("ul", 4, uint64(math.MaxUint64)), param("d", 5, 1.5), param("s", 7, "text"),
	}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("unexpected statistics: %v (-want +got):\n%s", err, diff)
	}
	all, err := l.ConnectGetAllDomainStats(nil, 1, 0)
	if err != nil || len(all) != 2 || len(all[1].Params) != 2 {
		t.Errorf("unexpected statistics of all: %v, %v", all, err)
	}
}

func TestDomain(t *testing.T) {
	t.Parallel()
	l := connect(t, Start(t, lab()))
	on := lv.Domain{UUID: lv.UUID{1}}
	if xml, err := l.DomainGetXMLDesc(on, 0); xml != "<domain/>" || err != nil {
		t.Errorf("unexpected XML: %q, %v", xml, err)
	}
	if state, reason, err := l.DomainGetState(on, 0); state != 1 || reason != 5 || err != nil {
		t.Errorf("unexpected state: %d, %d, %v", state, reason, err)
	}
	if state, most, memory, cpus, used, err := l.DomainGetInfo(on); state != 1 || most != 2048 || memory != 1024 || cpus != 2 || used != 77 || err != nil {
		t.Errorf("unexpected information: %d, %d, %d, %d, %d, %v", state, most, memory, cpus, used, err)
	}
	infos, maps, err := l.DomainGetVcpus(on, 2, 1)
	if diff := cmp.Diff([]lv.VcpuInfo{{Number: 0, State: 1, CPUTime: 5}, {Number: 2, State: 1, CPUTime: 6}}, infos); diff != "" || err != nil || string(maps) != "\x01\x03" {
		t.Errorf("unexpected virtual CPUs: %v, %v (-want +got):\n%s", maps, err, diff)
	}
	if maps, n, err := l.DomainGetVcpuPinInfo(on, 2, 1, 0); string(maps) != "\x01\x03" || n != 2 || err != nil {
		t.Errorf("unexpected maps: %v, %d, %v", maps, n, err)
	}
	if kind, params, err := l.DomainGetJobStats(on, 0); kind != 2 || len(params) != 1 || params[0].Value.I != int32(5) || err != nil {
		t.Errorf("unexpected job: %d, %v, %v", kind, params, err)
	}
	if a, b, c, d, errs, err := l.DomainBlockStats(on, "vda"); a != 1 || b != 2 || c != 3 || d != 4 || errs != -1 || err != nil {
		t.Errorf("unexpected counters: %d, %d, %d, %d, %d, %v", a, b, c, d, errs, err)
	}
	if params, _, err := l.DomainBlockStatsFlags(on, "vda", 16, 0); len(params) != 1 || params[0].Field != "rd_bytes" || err != nil {
		t.Errorf("unexpected counters: %v, %v", params, err)
	}
	if allocation, capacity, physical, err := l.DomainGetBlockInfo(on, "vda", 0); allocation != 5 || capacity != 6 || physical != 7 || err != nil {
		t.Errorf("unexpected sizes: %d, %d, %d, %v", allocation, capacity, physical, err)
	}
	if a, _, _, _, _, _, _, last, err := l.DomainInterfaceStats(on, "tap0"); a != 1 || last != -1 || err != nil {
		t.Errorf("unexpected counters: %d, %d, %v", a, last, err)
	}
	for uuid, want := range map[UUID]int32{{1}: 0, {2}: 1} {
		if saved, err := l.DomainHasManagedSaveImage(lv.Domain{UUID: lv.UUID(uuid)}, 0); saved != want || err != nil {
			t.Errorf("unexpected image: %d, %v", saved, err)
		}
	}
	byName, err := l.DomainLookupByName("off")
	byUUID, err2 := l.DomainLookupByUUID(lv.UUID{2})
	if byName != byUUID || byName.ID != -1 || errors.Join(err, err2) != nil {
		t.Errorf("unexpected virtual machines: %v, %v, %v, %v", byName, byUUID, err, err2)
	}
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	s := Start(t, lab())
	l := connect(t, s)
	on, off := lv.Domain{UUID: lv.UUID{1}}, lv.Domain{UUID: lv.UUID{2}}
	if n, err := l.DomainSnapshotNum(on, 0); n != 2 || err != nil {
		t.Errorf("unexpected snapshots: %d, %v", n, err)
	}
	got, err := l.DomainInterfaceAddresses(on, uint32(Lease), 0)
	want := []lv.DomainInterface{
		{Name: "eth0", Addrs: []lv.DomainIPAddr{{Addr: "10.0.0.1"}, {Addr: "fe80::1"}}},
		{Name: "eth1"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("unexpected interfaces: %v (-want +got):\n%s", err, diff)
	}
	if got, err := l.DomainInterfaceAddresses(on, uint32(ARP), 0); len(got) > 0 || err != nil {
		t.Errorf("unexpected interfaces of who knows none: %v, %v", got, err)
	}
	var refusal lv.Error
	_, err = l.DomainInterfaceAddresses(on, uint32(Agent), 0)
	if errors.As(err, &refusal); refusal.Code != CodeOperationDenied {
		t.Errorf("unexpected error of an agent that may not be asked: %v", err)
	}
	_, err = l.DomainInterfaceAddresses(off, uint32(Lease), 0)
	if errors.As(err, &refusal); refusal.Code != CodeOperationInvalid {
		t.Errorf("unexpected error of one that is off: %v", err)
	}
	s.Change(func(d *Daemon) { d.ReadOnly = false })
	if got, err := l.DomainInterfaceAddresses(on, uint32(Agent), 0); len(got) != 1 || err != nil {
		t.Errorf("unexpected interfaces of an agent: %v, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	d := lab()
	d.Unsupported = map[Proc]bool{ConnectGetType: true}
	d.Fail = func(p Proc, about []Domain) error {
		if p == DomainGetState && len(about) == 1 && about[0].Name == "on" {
			return Error{Code: 38, Message: "a message"}
		}
		return nil
	}
	s := Start(t, d)
	l := connect(t, s)
	on, off, gone := lv.Domain{UUID: lv.UUID{1}}, lv.Domain{UUID: lv.UUID{2}}, lv.Domain{UUID: lv.UUID{9}}
	code := func(err error) uint32 {
		var e lv.Error
		errors.As(err, &e)
		return e.Code
	}
	_, unsupported := l.ConnectGetType()
	_, _, failed := l.DomainGetState(on, 0)
	_, notFound := l.DomainGetXMLDesc(gone, 0)
	_, noName := l.DomainLookupByName("gone")
	_, _, inactive := l.DomainGetVcpus(off, 1, 1)
	_, _, idle := l.DomainGetJobStats(off, 0)
	_, _, noDisk := l.DomainBlockStatsFlags(on, "vdz", 1, 0)
	_, noProcedure := l.DomainGetOsType(on)
	for _, tt := range []struct {
		name string
		err  error
		want uint32
	}{
		{"unsupported", unsupported, CodeNoSupport}, {"failed", failed, 38}, {"not found", notFound, CodeNoDomain},
		{"no such name", noName, CodeNoDomain}, {"inactive", inactive, CodeOperationInvalid},
		{"idle", idle, CodeOperationInvalid}, {"no disk", noDisk, CodeInternal},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: unexpected error: %v", tt.name, tt.err)
		}
	}
	if !errors.Is(noProcedure, lv.ErrUnsupported) {
		t.Errorf("unexpected error of an unknown procedure: %v", noProcedure)
	}
	if s.Calls(DomainGetState) != 1 || s.Busiest() != 1 || s.Conns() != 1 {
		t.Errorf("unexpected counts: %d, %d, %d", s.Calls(DomainGetState), s.Busiest(), s.Conns())
	}
}

// TestCut ends an answer in its middle, and the connection with it. Others are whole.
func TestCut(t *testing.T) {
	t.Parallel()
	d := lab()
	d.Cut = map[Proc]int{ConnectGetType: 30, ConnectGetVersion: 1000}
	s := Start(t, d)
	l := connect(t, s)
	if _, err := l.ConnectGetLibVersion(); err != nil {
		t.Errorf("another answer is cut: %v", err)
	}
	if typ, err := l.ConnectGetType(); err == nil {
		t.Errorf("the answer is not cut: %q", typ)
	}
	l = connect(t, s)
	if v, err := l.ConnectGetVersion(); err != nil || v != 7002022 {
		t.Errorf("an answer that ends before is not whole: %d, %v", v, err)
	}
	s.Change(func(d *Daemon) { d.Cut = nil })
	if typ, err := connect(t, s).ConnectGetType(); err != nil || typ != "QEMU" {
		t.Errorf("unexpected answer afterwards: %q, %v", typ, err)
	}
}

// TestHang lets a request wait until it is released, or its connection ends.
func TestHang(t *testing.T) {
	t.Parallel()
	d := lab()
	asked := make(chan struct{}, 2)
	d.Hang = func(p Proc, _ []Domain) bool {
		if p != ConnectGetType {
			return false
		}
		asked <- struct{}{}
		return true
	}
	s := Start(t, d)
	for _, end := range []func(){s.Release, s.Hangup} {
		l := connect(t, s)
		answered := make(chan error, 1)
		go func() {
			_, err := l.ConnectGetType()
			answered <- err
		}()
		<-asked
		if _, err := l.ConnectGetVersion(); err != nil {
			t.Errorf("another request is held up: %v", err)
		}
		end()
		select {
		case err := <-answered:
			if err == nil {
				t.Errorf("no error")
			}
		case <-time.After(patience):
			t.Fatalf("not within %v", patience)
		}
	}
}

// TestRudeClients sends what no client sends.
func TestRudeClients(t *testing.T) {
	t.Parallel()
	s := Start(t, lab())
	for _, b := range []string{
		"GET / HTTP/1.1\r\n\r\n12345678901234567890",
		"\x00\x00\x00\x04" + "123456789012345678901234",
		string(packet(ConnectGetType, typeReply, 1, 0, nil)),
		string(packet(ConnectGetAllStats, typeCall, 1, 0, []byte{0xff, 0xff, 0xff, 0xff})),
		string(packet(DomainGetXMLDesc, typeCall, 1, 0, []byte{0xff, 0xff, 0xff, 0xff})),
		string(packet(DomainGetXMLDesc, typeCall, 1, 0, nil)),
	} {
		c, err := net.Dial("unix", s.Socket())
		if err != nil {
			t.Fatalf("failed to connect: %v", err)
		}
		c.Write([]byte(b))
		c.(*net.UnixConn).CloseWrite()
		if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Logf("the connection ended: %v", err)
		}
		c.Close()
	}
	if _, err := connect(t, s).ConnectGetType(); err != nil {
		t.Errorf("the daemon is gone: %v", err)
	}
}
