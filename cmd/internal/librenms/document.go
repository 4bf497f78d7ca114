package librenms

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/vmond/vmond/collector"
)

// The codes of errors in the envelope.
const (
	// CodeLoad says that there is nothing to ask, CodeRun that it does not answer.
	CodeLoad = 1
	CodeRun  = 2
)

// maxText bounds the text of an error, in octets.
const maxText = 1000

// Limits say how old what is told as the present may be; 0 is no limit.
type Limits struct{ States, Statistics time.Duration }

// tooOld reports whether the states of a Snapshot are, at a moment.
func (l Limits) tooOld(s *collector.Snapshot, now time.Time) bool {
	return l.States > 0 && now.Sub(s.StatesAt) > l.States
}

// A Document is what LibreNMS is told. It is never changed.
type Document struct {
	// code and text are the error, or 0 and empty.
	code int
	text string
	// word is the hypervisor's. It is empty where it is not told.
	word string

	reader *reader
	// vms are in the order of their names.
	vms    []named
	totals figures
	states [numStates]int64
}

// A named is a virtual machine under the name that it has in a Document.
type named struct {
	name string
	*collector.VM
}

// Failed returns a Document that says why there is none: with CodeLoad no more than that, else the hypervisor's word,
// too.
func Failed(code int, hypervisor, text string) *Document {
	d := &Document{code: code, text: clean(text)}
	if code != CodeLoad {
		d.word = clean(hypervisor)
	}
	if len(d.text) > maxText {
		end := maxText
		for !utf8.RuneStart(d.text[end]) {
			end--
		}
		d.text = d.text[:end]
	}
	return d
}

// New returns the Document of a Snapshot. It says that it failed if the states were never read, or too long ago.
func New(s *collector.Snapshot, l Limits) *Document {
	p, now := platformOf(s.Host), s.Now()
	if s.StatesAt.IsZero() {
		return Failed(CodeRun, p.word, "the states of the virtual machines were never read")
	}
	if l.tooOld(s, now) {
		return Failed(CodeRun, p.word, fmt.Sprintf(
			"the states of the virtual machines were last read %v ago, and may be %v old",
			now.Sub(s.StatesAt).Round(time.Second), l.States))
	}
	d := &Document{word: p.word, reader: &reader{platform: p, memory: s.Host.Memory, now: now, limit: l.Statistics}}
	names := tellApart(func(yield func(int32, string) bool) {
		for vm := range s.VMs() {
			if !yield(vm.Index, vm.Name) {
				return
			}
		}
	})
	all := newTally()
	for vm := range s.VMs() {
		d.vms = append(d.vms, named{names[len(d.vms)], vm})
		all.add(d.reader.vm(vm))
		d.states[p.statusOf(vm.Summary)]++
	}
	d.totals = all.totals()
	slices.SortFunc(d.vms, func(a, b named) int { return cmp.Compare(a.name, b.name) })
	return d
}
