package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nodeHead begins the description of a host for libvirt's test driver.
const nodeHead = "<node><cpu><mhz>3000</mhz><model>x86_64</model><active>2</active><nodes>1</nodes><sockets>1</sockets>" +
	"<cores>2</cores><threads>1</threads></cpu><memory>33554432</memory>\n"

// A TestNode is a host for libvirt's test driver that is described by a file: unlike the usual one it is there again, with
// the same virtual machines, when libvirtd is restarted. Each connection has a copy of its own of it, as it is in the file
// when the connection is opened.
type TestNode struct{ path string }

// NewTestNode returns one without virtual machines.
func NewTestNode(t testing.TB) TestNode {
	t.Helper()
	dir := ShortDir(t)
	// libvirtd may run as another user.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	n := TestNode{filepath.Join(dir, "node.xml")}
	n.Write(t)
	return n
}

// Write has the host have those virtual machines, such as [TestDomain] returns. They run, but for those of which the XML
// says otherwise.
func (n TestNode) Write(t testing.TB, domains ...string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(nodeHead)
	for _, d := range domains {
		b.WriteString(d)
	}
	b.WriteString("</node>\n")
	// In one step: a connection may be opened at any time.
	draft := n.path + ".new"
	if err := os.WriteFile(draft, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, n.path); err != nil {
		t.Fatal(err)
	}
}

// TestDomainIn is [TestDomain] in a state, as libvirt numbers them (virDomainState).
func TestDomainIn(n, state int) string {
	const namespace = "xmlns:test='http://libvirt.org/schemas/domain/test/1.0'"
	return strings.NewReplacer(
		"<domain type='test'>", "<domain type='test' "+namespace+">",
		"</domain>", fmt.Sprintf("<test:runstate>%d</test:runstate></domain>", state),
	).Replace(TestDomain(n))
}

// StartTestNode is [StartTestLibvirtd] with that host.
func StartTestNode(t testing.TB, n TestNode) *Libvirtd {
	t.Helper()
	l := newTestLibvirtd(t)
	l.path = n.path
	l.Again(t)
	return l
}
