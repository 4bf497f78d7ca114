package snmpdconf

import "strings"

// extendOID is where snmpd has an extend that names no other place (nsExtendObjects of NET-SNMP-EXTEND-MIB).
const extendOID = ".1.3.6.1.4.1.8072.1.3.2"

// directives are those that make an extend, older ones included. net-snmp knows them in any case.
func directives() []string {
	return []string{"extend", "extend-sh", "extendfix", "exec", "sh", "execFix", "exec2", "sh2", "execFix2"}
}

// extendName returns the name of the extend that a directive makes, or false if it makes none in
// NET-SNMP-EXTEND-MIB. It takes the words as net-snmp does: where there is no further one, it goes on with the
// last.
func extendName(directive, rest string) (string, bool) {
	known := false
	for _, d := range directives() {
		known = known || strings.EqualFold(directive, d)
	}
	if !known {
		return "", false
	}
	w := words{rest: rest}
	w.next()
	for _, option := range []string{"-cacheTime", "-execType"} { // in this order alone
		if w.last == option {
			w.next()
			w.next()
		}
	}
	if strings.HasPrefix(w.last, ".") {
		if w.last != extendOID || directive == "exec" || directive == "sh" {
			return "", false
		}
		w.next()
	}
	switch directive { // in other letters it makes another name, by an oversight
	case "extendfix", "execFix", "execFix2":
		return w.last + "Fix", true
	}
	return w.last, true
}

// words are taken from a line one by one.
type words struct{ last, rest string }

func (w *words) next() {
	if w.rest != "" {
		w.last, w.rest = word(w.rest)
	}
}
