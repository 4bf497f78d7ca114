package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// Whatever is wrong with a module is an error that says where, and nothing is printed: gosmi alone would be silent
// about most of these or write to the standard output.
func TestGenerateFailsLoudly(t *testing.T) {
	tests := []struct {
		name, from, to string
		want           []string
	}{
		{"syntax", "vmColour OBJECT-TYPE", "vmColour OBJECT-TIPE", []string{`"SMALL-MIB"`, "SMALL-MIB.txt:15:1", "vmColour"}},
		{"imported module", "FROM SNMPv2-TC;", "FROM SNMPv9-TC;", []string{`"SMALL-MIB"`, "SNMPv9-TC.txt"}},
		{"imported name", "Integer32, mib-2", "Integer32, Integer33, mib-2", []string{`"SMALL-MIB"`, `"Integer33"`, `"SNMPv2-SMI"`}},
		{"forgotten import of a type", "Integer32, mib-2", "mib-2", []string{`"vmBoxIndex"`, "type"}},
		{"forgotten import of a node", "Integer32, mib-2", "Integer32", []string{"vmSmall"}},
		{"type of a scalar", "SYNTAX VirtualMachineColour MAX-ACCESS", "SYNTAX Colour MAX-ACCESS", []string{`"vmColour"`, "type"}},
		{"type of a column", "SYNTAX INTEGER { open(0), shut(1) }", "SYNTAX Lid", []string{`"vmBoxLid"`, "type"}},
		{"type of a convention", "SYNTAX INTEGER { red(-1), darkBlue(7) }", "SYNTAX Number", []string{`"vmColour"`, "type"}},
		{"parent", "::= { vmSmall 1 }", "::= { vmTiny 1 }", []string{`"vmColour"`}},
		{"index", "INDEX { vmBoxIndex }", "INDEX { vmBoxNumber }", []string{`"vmBoxEntry"`, "INDEX"}},
		{"no index", "INDEX { vmBoxIndex }", "", []string{`"vmBoxEntry"`}},
		{"object of a notification", "OBJECTS { vmBoxLid, vmColour }", "OBJECTS { vmBoxLid, vmColor }", []string{`"vmPainted"`, "object 2"}},
		{"no identity", smallMIB[strings.Index(smallMIB, "vmSmall MODULE"):strings.Index(smallMIB, "VirtualMachineColour ::=")],
			"vmSmall OBJECT IDENTIFIER ::= { mib-2 9999 }\n", []string{`"SMALL-MIB"`, "MODULE-IDENTITY"}},
		{"name that is none in Go", "darkBlue(7)", "dark-blue(7)", []string{`"SMALL-MIB"`, "name"}},
		{"another module in the file", "SMALL-MIB DEFINITIONS", "TALL-MIB DEFINITIONS", []string{`"SMALL-MIB"`, `"TALL-MIB"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(smallMIB, tt.from, tt.to, 1)
			if text == smallMIB {
				t.Fatalf("there is no %q to change", tt.from)
			}
			var err error
			printed := standardOutput(t, func() { _, err = generate(files(t, text), "SMALL-MIB", "small") })
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("unexpected error, without %s: %v", want, err)
				}
			}
			if printed != "" {
				t.Errorf("unexpected text on the standard output: %q", printed)
			}
		})
	}
}

func TestGenerateWithoutModule(t *testing.T) {
	_, err := generate(fstest.MapFS{}, "SMALL-MIB", "small")
	if err == nil || !strings.Contains(err.Error(), "SMALL-MIB.txt") {
		t.Errorf("unexpected error: %v", err)
	}
}

// standardOutput returns what f prints.
func standardOutput(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	f()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
