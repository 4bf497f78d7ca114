// Package librenms is a stand-in.
package librenms

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// MaxCompressed is a stand-in.
const MaxCompressed = 60000

// Limits is a stand-in.
type Limits struct{ States, Statistics time.Duration }

// Document is a stand-in.
type Document struct{ text []byte }

// New is a stand-in.
func New(s *collector.Snapshot, l Limits) *Document {
	if s.StatesAt.IsZero() {
		return Failed(2, "libvirt", "the hypervisor was never read")
	}
	if l.States > 0 && s.Now().Sub(s.StatesAt) > l.States {
		return Failed(2, "libvirt", "the hypervisor was not read lately")
	}
	vms := map[string]any{}
	for vm := range s.VMs() {
		vms[vm.Name] = map[string]any{}
	}
	return envelope(0, "", map[string]any{"hv": "libvirt", "VMs": vms, "totals": map[string]any{"on": len(vms)}})
}

// Failed is a stand-in.
func Failed(code int, hypervisor, text string) *Document {
	data := map[string]any{}
	if code == 2 {
		data["hv"] = hypervisor
	}
	return envelope(code, text, data)
}

func envelope(code int, text string, data any) *Document {
	b, _ := json.Marshal(map[string]any{"version": 1, "error": code, "errorString": text, "data": data})
	return &Document{b}
}

// JSON is a stand-in.
func (d *Document) JSON() []byte { return d.text }

// Compressed is a stand-in.
func (d *Document) Compressed(int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(d.text)
	z.Close()
	return []byte(base64.StdEncoding.EncodeToString(b.Bytes()))
}

// Libvirt and CBSD are stand-ins.
const (
	Libvirt = "libvirt"
	CBSD    = "CBSD"
)

type platform struct{ word string }

func platformOf(hv.Host) *platform { return &platform{Libvirt} }

const (
	CodeLoad = 1
	CodeRun  = 2
)
