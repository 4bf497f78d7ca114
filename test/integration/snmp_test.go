package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
)

// maxVarbinds is how many variables one request asks for.
const maxVarbinds = 40

// get asks for instances, as many as go into one request at once.
func get(t *testing.T, c *gosnmp.GoSNMP, names []mib.OID) []mib.Varbind {
	t.Helper()
	return ask(t, c.Get, names)
}

// getNext asks for what comes after names.
func getNext(t *testing.T, c *gosnmp.GoSNMP, names []mib.OID) []mib.Varbind {
	t.Helper()
	return ask(t, c.GetNext, names)
}

func ask(t *testing.T, request func([]string) (*gosnmp.SnmpPacket, error), names []mib.OID) []mib.Varbind {
	t.Helper()
	var out []mib.Varbind
	for len(names) > 0 {
		n := min(len(names), maxVarbinds)
		var texts []string
		for _, name := range names[:n] {
			texts = append(texts, "."+name.String())
		}
		answer, err := request(texts)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Error != gosnmp.NoError || len(answer.Variables) != n {
			t.Fatalf("answer to %v: error %v at %d, %d variables", texts, answer.Error, answer.ErrorIndex, len(answer.Variables))
		}
		for _, v := range answer.Variables {
			vb, err := varbind(v)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, vb)
		}
		names = names[n:]
	}
	return out
}

// varbind turns what gosnmp decoded into our own form.
func varbind(p gosnmp.SnmpPDU) (mib.Varbind, error) {
	name, err := mib.ParseOID(p.Name)
	if err != nil {
		return mib.Varbind{}, err
	}
	switch v := p.Value.(type) {
	case []byte:
		if p.Type == gosnmp.OctetString {
			return mib.Varbind{Name: name, Value: mib.Octets(v)}, nil
		}
	case int:
		if p.Type == gosnmp.Integer {
			return mib.Varbind{Name: name, Value: mib.Integer(int32(v))}, nil
		}
	case uint32:
		if p.Type == gosnmp.TimeTicks {
			return mib.Varbind{Name: name, Value: mib.TimeTicks(v)}, nil
		}
	case uint64:
		if p.Type == gosnmp.Counter64 {
			return mib.Varbind{Name: name, Value: mib.Counter64(v)}, nil
		}
	case string:
		if p.Type == gosnmp.ObjectIdentifier {
			o, err := mib.ParseOID(strings.TrimPrefix(v, "."))
			return mib.Varbind{Name: name, Value: mib.ObjectID(o)}, err
		}
	case nil:
		switch p.Type {
		case gosnmp.NoSuchObject:
			return mib.Varbind{Name: name, Value: mib.NoSuchObject}, nil
		case gosnmp.NoSuchInstance:
			return mib.Varbind{Name: name, Value: mib.NoSuchInstance}, nil
		case gosnmp.EndOfMibView:
			return mib.Varbind{Name: name, Value: mib.EndOfMIBView}, nil
		}
	}
	return mib.Varbind{Name: name}, fmt.Errorf("%s: value %v of type %v", p.Name, p.Value, p.Type)
}
