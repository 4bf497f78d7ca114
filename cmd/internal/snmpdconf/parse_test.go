package snmpdconf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	of := func(k kind, line int, in section, argument string) statement {
		return statement{kind: k, line: line, section: in, argument: argument}
	}
	tests := []struct {
		name, text string
		in         section
		want       []statement
	}{
		{name: "nothing", in: forSnmpd},
		{
			name: "extends among other lines", in: forSnmpd,
			text: "rocommunity public\n\n# extend no /bin/true\n  EXTEND one /bin/true\nextend\nextend two\r\nextend three x",
			want: []statement{of(anExtend, 4, forSnmpd, "one"), of(anExtend, 6, forSnmpd, "two"), of(anExtend, 7, forSnmpd, "three")},
		},
		{
			name: "sections", in: forSnmpd,
			text: "[snmp]\nextend no x\n[snmpd] extend one x\nextend no x\n[snmptrapd]\n[snmpd]\nextend two x\n[snmp] extend no x\n[none\nextend three x\n",
			want: []statement{of(anExtend, 3, forSnmpd, "one"), of(anExtend, 7, forSnmpd, "two"), of(anExtend, 10, forSnmpd, "three")},
		},
		{
			name: "a file for all", in: forAll,
			text: "extend no x\n[snmpd]\nextend one x\n",
			want: []statement{of(anExtend, 3, forSnmpd, "one")},
		},
		{
			name: "includes", in: forSnmpd,
			text: "includeFile one.conf \nincludeDir /etc/snmp/conf.d\nincludesearch other.conf\nIncludeFile no\ninclude no\n[snmpd] includeFile no\nincludeDir\n" +
				"[snmp]\nincludeFile \"two\"\n",
			want: []statement{
				of(anIncludeFile, 1, forSnmpd, "one.conf "), of(anIncludeDir, 2, forSnmpd, "/etc/snmp/conf.d"),
				of(anIncludeSearch, 3, forSnmpd, "other.conf"), of(anIncludeFile, 9, forAll, `"two"`),
			},
		},
		{
			name: "space at the end of a line is none of an open quote", in: forSnmpd,
			text: "extend \"one  \n",
			want: []statement{of(anExtend, 1, forSnmpd, "one")},
		},
		{
			name: "a line ends at a zero", in: forSnmpd,
			text: "extend one\x00two x\nextend three x\n",
			want: []statement{of(anExtend, 1, forSnmpd, "one"), of(anExtend, 2, forSnmpd, "three")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, parse(tt.text, tt.in), cmp.AllowUnexported(statement{})); diff != "" {
				t.Errorf("unexpected statements (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExtendName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		directive, rest string
		want            string
		ok              bool
	}{
		{"extend", "one /bin/true", "one", true},
		{"Extend-SH", "one echo", "one", true},
		{"extendfix", "one echo", "oneFix", true},
		{"ExtendFix", "one echo", "one", true},
		{"execFix", "one echo", "oneFix", true},
		{"exec", "one echo", "one", true},
		{"sh2", "one echo", "one", true},
		{"extend", "-cacheTime 5 one x", "one", true},
		{"extend", "-cacheTime 5 -execType sh one x", "one", true},
		{"extend", "-execType sh -cacheTime 5 one x", "-cacheTime", true},
		{"extend", ".1.3.6.1.4.1.8072.1.3.2 one x", "one", true},
		{"extend", ".1.3.6.1.4.1.8072.9 one x", "", false},
		{"exec", ".1.3.6.1.4.1.8072.1.3.2 one x", "", false},
		{"extend", "-cacheTime", "-cacheTime", true},
		{"pass", "one x", "", false},
		{"", "one x", "", false},
	}
	for _, tt := range tests {
		if got, ok := extendName(tt.directive, tt.rest); got != tt.want || ok != tt.ok {
			t.Errorf("unexpected name of %s %s: %q %v, want %q %v", tt.directive, tt.rest, got, ok, tt.want, tt.ok)
		}
	}
}

func TestParseCommand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want command
	}{
		{"", command{}},
		{"-LOw -u Debian-snmp -g Debian-snmp -I -smux,mteTrigger,mteTriggerConf -f", command{}},
		{"-f -Lo -C -c /a.conf,/b.conf", command{only: true, files: []string{"/a.conf", "/b.conf"}}},
		{"-fCc/a.conf", command{only: true, files: []string{"/a.conf"}}},
		{"-c /a.conf -c /b.conf", command{files: []string{"/b.conf"}}},
		{"-c -/a.conf,,/b.conf", command{files: []string{"/a.conf", "/b.conf"}}},
		{"-Lf /c -c /a.conf udp:161 -C", command{only: true, files: []string{"/a.conf"}}},
		{"-Dc /x -D -c /a.conf", command{files: []string{"/a.conf"}}},
		{"-I -c -C", command{only: true}},
		{"-c /a.conf -- -C", command{files: []string{"/a.conf"}}},
		{"-c", command{}},
		{"- -C", command{only: true}},
		{"-: -? -C", command{only: true}},
		{"--extend=a=b --quit", command{lines: []string{"extend a=b", "quit 1"}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parseCommand(strings.Fields(tt.args)), cmp.AllowUnexported(command{})); diff != "" {
			t.Errorf("unexpected meaning of %q (-want +got):\n%s", tt.args, diff)
		}
	}
}

func TestParseEnvironment(t *testing.T) {
	t.Parallel()
	text := "PATH=/bin\x00HOME=/root\x00SNMPCONFPATH=/a=1:/b\x00LAST\x00"
	want := environment{confPath: "/a=1:/b", home: "/root"}
	if diff := cmp.Diff(want, parseEnvironment(text), cmp.AllowUnexported(environment{})); diff != "" {
		t.Errorf("unexpected environment (-want +got):\n%s", diff)
	}
}
