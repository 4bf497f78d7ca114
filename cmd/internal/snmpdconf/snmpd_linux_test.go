package snmpdconf

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// extendStatus is nsExtendStatus of NET-SNMP-EXTEND-MIB, which each extend has.
var extendStatus = mib.MustOID("1.3.6.1.4.1.8072.1.3.2.2.1.21")

// A run is one of the real snmpd.
type run struct {
	name string
	// files are written below the directory DIR, which stands for its path in all texts.
	files map[string]string
	// args and env are more than what it needs to be asked. Without args it reads DIR/a.conf alone.
	args, env string
	// ask are names that it has, or might seem to have.
	ask string
}

// TestSnmpd proves that the real snmpd has the extends that we say it has, and no others.
func TestSnmpd(t *testing.T) {
	t.Parallel()
	lab.Need(t, "snmpd", "snmpwalk")
	const includes = "includeFile DIR/one.conf\nincludeFile two.conf\nincludeDir DIR/sub.d\nIncludeFile DIR/three.conf\nincludeFile DIR/four.conf # not\nincludeFile \"DIR/five.conf\"\n" +
		"[snmp] includeFile DIR/six.conf\n[snmp]\nincludeFile DIR/seven.conf\n[snmpd]\nincludeFile DIR/one.conf\nincludeFile a.conf\nextend eight x\n"
	two := map[string]string{"a.conf": "extend one x\n", "b.conf": "extend two x\n", "c.conf": "extend three x\n"}
	in := map[string]string{
		"a.conf": "extend one x\nincludeSearch more.conf\n", "p/snmpd.conf": "extend two x\n", "p/snmpd.local.conf": "extend three x\n",
		"q/snmp.conf": "extend four x\n[snmpd]\nextend five x\n", "q/more.conf": "extend six x\n", "q/snmpapp.conf": "extend seven x\n",
		"r/snmpd.conf": "extend eight x\n", "state/snmpd.conf": "extend nine x\n",
	}
	tests := []run{
		{
			name: "directives",
			files: map[string]string{"a.conf": "extend one x\nEXTEND two x\nextend-sh three x\nextendfix four x\nEXTENDFIX five x\nexec six x\nsh seven x\n" +
				"execFix eight x\nexecfix nine x\nexec2 ten x\nsh2 eleven x\nexecFix2 twelve x\npass .1.3.6.1.4.1.99999 x\nextended thirteen x\n"},
			ask: "one two three four fourFix five fiveFix six seven eight eightFix nine nineFix ten eleven twelve twelveFix thirteen",
		},
		{
			name: "quotes, spaces and comments",
			files: map[string]string{"a.conf": "extend \"o\\\"ne\" x\nextend 'two' x\nextend th\\ree x\n\"extend\" four x\n \t extend  five  x  \nextend six # x\n" +
				"extend seven\nextend # eight\n#extend nine x\nextend\tten\tx\nextend \"eleven  \nextend twelve#x y\n\"ext\"end thirteen x\nextend \"four\"teen x\n" +
				"extend fifteen \\\nextend sixteen x\r\n\\extend seventeen x\nextend eighteen"},
			ask: "o\"ne two three four five six seven eight # nine ten eleven twelve twelve#x thirteen fourteen fifteen sixteen seventeen eighteen",
		},
		{
			name: "long lines",
			files: map[string]string{"a.conf": "extend one " + strings.Repeat("x", 5000) + " extend two x\n" + strings.Repeat(" ", 9000) + "extend three x\n" +
				strings.Repeat("#", 1022) + "\nextend four x\n"},
			ask: "one two three four",
		},
		{
			name: "options and object identifiers",
			files: map[string]string{"a.conf": "extend -cacheTime 5 one x\nextend -execType sh two x\nextend -cacheTime 5 -execType sh three x\n" +
				"extend -execType sh -cacheTime 5 four x\nextend .1.3.6.1.4.1.8072.9 five x\nextend .1.3.6.1.4.1.8072.1.3.2 six x\n" +
				"sh .1.3.6.1.4.1.8072.1.3.2 seven x\nextend -cacheTime 5 .1.3.6.1.4.1.8072.1.3.2 eight x\nextend -cachetime 5 nine x\n" +
				"extend .1.3.6.1.4.1.99999.1.2 ten x\nextend .1.3.6.1.4.1.8072.1.3.2\n"},
			ask: "one two three four five six seven eight nine ten -cacheTime -cachetime -execType .1.3.6.1.4.1.8072.1.3.2",
		},
		{
			name: "sections",
			files: map[string]string{"a.conf": "[snmp] extend one x\n[snmpd] extend two x\n[none] extend three x\n[none]\nextend four x\n[snmp]\nextend five x\n" +
				"[snmpd]\nextend six x\n[snmptrapd]\nextend seven x\n[SNMPD] extend eight x\n[snmpd extend nine x\n\"[snmpd]\" extend ten x\n"},
			ask: "one two three four five six seven eight nine ten",
		},
		{
			name: "includes",
			files: map[string]string{
				"a.conf": includes, "one.conf": "[snmp]\nextend no x\n[snmpd]\nextend one x\n", "two.conf": "extend two x\n", "three.conf": "extend three x\n",
				"four.conf": "extend four x\n", "five.conf": "extend five x\n", "six.conf": "extend six x\n", "seven.conf": "extend seven x\n",
				"sub.d/a.conf": "[snmp]\nextend no x\n", "sub.d/b.conf": "extend sub x\n", "sub.d/.c.conf": "extend hidden x\n",
				"sub.d/d.cfg": "extend other x\n", "sub.d/.conf": "extend short x\n",
			},
			ask: "no one two three four five six seven eight sub hidden other short",
		},
		{name: "two files", files: two, args: "-C -c BASE,DIR/a.conf,DIR/b.conf", ask: "one two three"},
		{name: "the last files", files: two, args: "-C -c DIR/a.conf -c BASE,DIR/b.conf", ask: "one two three"},
		{name: "glued files", files: two, args: "-fCcBASE,DIR/a.conf", ask: "one two three"},
		{name: "files first", files: two, args: "-C -c -BASE,DIR/a.conf", ask: "one two three"},
		{name: "relative files", files: two, args: "-C -c BASE,b.conf", ask: "one two three"},
		{name: "options behind an operand", files: two, args: "-C udp:127.0.0.1:0 -c BASE,DIR/a.conf -Dc,DIR/b.conf -I -c", ask: "one two three"},
		{name: "directives on the command line", files: two, args: "-C -c BASE --extend=one=x --includeFile=DIR/b.conf --extend", ask: "one one=x two 1"},
		{name: "directories of the environment", files: in, args: "-c BASE,DIR/a.conf", env: "SNMPCONFPATH=DIR/p:DIR/q", ask: "one two three four five six seven eight nine"},
		{name: "directories of the environment, not read", files: in, args: "-C -c BASE,DIR/a.conf", env: "SNMPCONFPATH=DIR/p:DIR/q", ask: "one two three four five six seven eight nine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, pid := tt.start(t)
			var has []string
			for _, v := range s.Walk(t, extendStatus) {
				has = append(has, nameOf(v.Name[len(extendStatus):]))
			}
			if len(has) == 0 {
				t.Fatal("it has none at all")
			}
			for _, name := range append(strings.Fields(tt.ask), has...) {
				p, found, err := Extends(pid, name)
				if err != nil || found != slices.Contains(has, name) {
					t.Errorf("unexpected answer for %q: %v at %v, %v; snmpd has %q", name, found, p, err, has)
				}
			}
		})
	}
}

// start starts the snmpd, and returns it with its process when it answers.
func (r run) start(t *testing.T) (*lab.Snmpd, int) {
	t.Helper()
	dir := lab.ShortDir(t)
	base := filepath.Join(dir, "base")
	s, err := lab.NewSnmpd(base, lab.FreeUDP(t))
	if err != nil {
		t.Fatal(err)
	}
	paths := strings.NewReplacer("DIR", dir, "BASE", filepath.Join(base, "snmpd.conf"))
	for name, text := range r.files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(paths.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := r.args
	if args == "" {
		args = "-C -c BASE,DIR/a.conf"
	}
	cmd := exec.Command("snmpd", append([]string{"-f", "-Lo"}, strings.Fields(paths.Replace(args))...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+filepath.Join(dir, "state"), "MIBS=", "SNMPCONFPATH="+filepath.Join(dir, "none"))
	if r.env != "" {
		cmd.Env = append(cmd.Env, paths.Replace(r.env))
	}
	p, err := lab.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	err = p.AwaitUp(t.Context(), func() error {
		if !p.Log().Has("NET-SNMP version") {
			return errors.New("snmpd is not up")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, p.PID()
}

// nameOf returns the name that an index is, with its length before it.
func nameOf(index mib.OID) string {
	var b strings.Builder
	for _, n := range index[1:] {
		b.WriteByte(byte(n))
	}
	return b.String()
}
