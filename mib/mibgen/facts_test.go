package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sleepinggenius2/gosmi"

	"github.com/vmond/vmond/mibs"
)

// published has the facts of the published VM-MIB, one a line.
const published = "../../mibs/testdata/VM-MIB.golden"

// What gosmi makes of the module, against the facts that were read without gosmi's resolution of names and types.
func TestModelIsThePublishedMIB(t *testing.T) {
	data, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	facts := string(data)
	// Objects but for the tables, which the model leaves out, and notifications with their objects.
	var wantObjects, wantNotifications []string
	for _, m := range regexp.MustCompile(`(?m)^object (\S+ \S+): (\S+)`).FindAllStringSubmatch(facts, -1) {
		if m[2] != "SEQUENCE" {
			wantObjects = append(wantObjects, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^notification (\S+ \S+) current: (.*)$`).FindAllStringSubmatch(facts, -1) {
		wantNotifications = append(wantNotifications, m[1]+" "+m[2])
	}
	wantEnums := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(?:convention|object) (\S+)(?: \S+)?: INTEGER { (.*) }`).FindAllStringSubmatch(facts, -1) {
		wantEnums[m[1]] = m[2]
	}

	var gotObjects, gotNotifications []string
	gotEnums := map[string]string{}
	err = load(mibs.FS(), moduleName, func(m gosmi.SmiModule) error {
		facts, err := newModel(m)
		if err != nil {
			return err
		}
		gotObjects, gotNotifications = objectLines(facts), notificationLines(facts)
		for _, e := range facts.enums {
			gotEnums[e.name] = labelText(e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	byName := cmp.Transformer("Set", func(lines []string) map[string]int {
		set := map[string]int{}
		for _, l := range lines {
			set[l]++
		}
		return set
	})
	if diff := cmp.Diff(wantObjects, gotObjects, byName); diff != "" {
		t.Errorf("unexpected objects (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantNotifications, gotNotifications); diff != "" {
		t.Errorf("unexpected notifications, or order of them (-want +got):\n%s", diff)
	}
	// Those of other modules are not among the facts of VM-MIB.
	wantEnums["IANAStorageMediaType"] = "other(1), unknown(2), hardDisk(3), opticalDisk(4), floppyDisk(5)"
	wantEnums["TruthValue"] = "true(1), false(2)"
	if diff := cmp.Diff(wantEnums, gotEnums); diff != "" {
		t.Errorf("unexpected enumerations (-want +got):\n%s", diff)
	}
}

// objectLines returns the scalars, rows and columns.
func objectLines(m *model) []string {
	var lines []string
	for _, o := range m.scalars {
		lines = append(lines, o.name+" "+o.oid.String())
	}
	for _, t := range m.tables {
		lines = append(lines, t.row.name+" "+t.row.oid.String())
		for _, c := range t.columns {
			lines = append(lines, c.name+" "+c.oid.String())
		}
	}
	return lines
}

// notificationLines returns the notifications with the names of their objects.
func notificationLines(m *model) []string {
	var lines []string
	for _, n := range m.notifications {
		line := n.name + " " + n.oid.String()
		for _, o := range n.objects {
			line += " " + o.name
		}
		lines = append(lines, line)
	}
	return lines
}

// labelText returns an enumeration as the MIB writes it.
func labelText(e enum) string {
	var labels []string
	for _, l := range e.labels {
		labels = append(labels, fmt.Sprintf("%s(%s)", l.name, strconv.Itoa(int(l.value))))
	}
	return strings.Join(labels, ", ")
}
