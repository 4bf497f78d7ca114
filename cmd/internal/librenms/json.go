package librenms

import (
	"bytes"
	"io"
	"strconv"
)

// JSON returns the whole Document without blanks and without a newline at its end. LibreNMS would take backslashes away
// from it, which a name may need: it should get [Document.Compressed].
func (d *Document) JSON() []byte {
	var b bytes.Buffer
	_ = d.encode(&b, d.everything()) // a Buffer takes all
	return b.Bytes()
}

// encode writes what is chosen of the Document, one virtual machine at a time. The error is that of w.
func (d *Document) encode(w io.Writer, c choice) error {
	text := append([]byte(`{"version":1,"error":`), strconv.Itoa(d.code)...)
	text = appendText(append(text, `,"errorString":`...), d.text)
	text = append(text, `,"data":{`...)
	if d.word != "" {
		text = appendText(append(text, `"hv":`...), d.word)
	}
	if d.code != 0 {
		_, err := w.Write(append(text, "}}"...))
		return err
	}
	text = c.appendMarker(text)
	text = append(d.appendTotals(append(text, `,"totals":`...)), `,"VMs":{`...)
	comma := ""
	for i, vm := range d.vms {
		if !c.has(i) {
			continue
		}
		text = appendText(append(text, comma...), vm.name)
		text = d.reader.appendVM(append(text, ':'), vm.VM, c)
		if _, err := w.Write(text); err != nil {
			return err
		}
		text, comma = text[:0], ","
	}
	_, err := w.Write(append(text, "}}}"...))
	return err
}

// appendTotals appends the sums, and how many virtual machines there are in each state.
func (d *Document) appendTotals(b []byte) []byte {
	b = d.totals.append(append(b, '{'), ofTotals)
	for state, n := range d.states {
		b = strconv.AppendInt(appendKey(b, stateKeys[state]), n, 10)
	}
	return append(b, '}')
}
