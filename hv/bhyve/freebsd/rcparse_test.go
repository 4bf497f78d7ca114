package freebsd

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRC(t *testing.T) {
	t.Parallel()
	type values map[string]string
	tests := []struct {
		name, text string
		want       values
		computed   []string
	}{
		{"nothing", "", nil, nil},
		{"plain", "a=1\nb=2\n", values{"a": "1", "b": "2"}, nil},
		{"no end of line", "a=1", values{"a": "1"}, nil},
		{"empty", "a=\nb=\"\"\nc=''\n", values{"a": "", "b": "", "c": ""}, nil},
		{"the last counts", "a=1\na=2\n", values{"a": "2"}, nil},
		{"double quotes", `a="b c  'd' # e"` + "\n", values{"a": "b c  'd' # e"}, nil},
		{"single quotes", `a='b "c" $d \e'` + "\n", values{"a": `b "c" $d \e`}, nil},
		{"mixed quotes", `a=b"c d"'e f'g` + "\n", values{"a": "bc de fg"}, nil},
		{"backslashes", `a=b\ c\$d` + "\n" + `b="\$\"\\\` + "`" + `\x"` + "\n", values{"a": "b c$d", "b": `$"\` + "`" + `\x`}, nil},
		{"a line that goes on", "a=\"b \\\n c\"\nd=e\\\nf\n", values{"a": "b  c", "d": "ef"}, nil},
		{"quotes over lines", "a=\"b\nc\"\n", values{"a": "b\nc"}, nil},
		{"comments", "# a=1\nb=2 # c=3\nd=4#5\n", values{"b": "2", "d": "4#5"}, nil},
		{"blanks before", "  a=1\n\tb=2\n", values{"a": "1", "b": "2"}, nil},
		{"blanks around the equals sign", "a = 1\nb =2\nc= 3\n", nil, []string{"c"}},
		{"one line", "a=1; b=2;c=3\n", values{"a": "1", "b": "2", "c": "3"}, nil},
		{"several in one", "a=1 b=2\n", values{"a": "1", "b": "2"}, nil},
		{"exported", "export a=1\nreadonly b=2\nexport c\n", values{"a": "1", "b": "2"}, nil},
		{"carriage returns", "a=1\r\nb=\"2\"\r\n", values{"a": "1", "b": "2"}, nil},
		{"from a variable", "a=$b\nc=\"x ${d}\"\ne=x$(f)\ng=`h i`\nj=\"`k`\"\nl=~/m\n", nil, []string{"a", "c", "e", "g", "j", "l"}},
		{"literal, then computed", "a=1\na=\"$a 2\"\n", nil, []string{"a"}},
		{"computed, then literal", "a=$b\na=1\n", values{"a": "1"}, nil},
		{"appended", "a=1\na+=2\n", values{"a": "1"}, nil},
		{"with a command", "a=1 b\nc=1 . /d\n", nil, []string{"a", "c"}},
		{"arguments of a command", "sysrc a=1\necho b=2 >c=3\n", nil, nil},
		{"under a condition", "if true; then\n  a=1\nelse\n  a=2\nfi\nb=3\n", values{"b": "3"}, []string{"a"}},
		{"under a condition in one line", "if [ -f x ]; then a=1; fi; b=2\n", values{"b": "2"}, []string{"a"}},
		{"elif", "if x; then a=1; elif y; then b=1; fi\nc=2\n", values{"c": "2"}, []string{"a", "b"}},
		{"after another", "x && a=1\ny || b=1\nz | c=1\nd=2\n", values{"d": "2"}, []string{"a", "b", "c"}},
		{"after another in the line before", "x &&\n\n # y\n a=1\nb=2\n", values{"b": "2"}, []string{"a"}},
		{"in the background", "a=1 &\nb=2\n", values{"b": "2"}, []string{"a"}},
		{"before another", "a=1 && b=2\nc=3\n", values{"c": "3"}, []string{"a", "b"}},
		{"in a loop", "for i in a=1 b; do\n a=$i; c=1\ndone\nwhile x; do d=1; done\nuntil x; do e=1\ndone\nf=2\n",
			values{"f": "2"}, []string{"a", "c", "d", "e"}},
		{"in a case", "case $(hostname) in\n a) b=1 ;;\n *) b=2 ;;\nesac\nc=3\n", values{"c": "3"}, []string{"b"}},
		{"in a function", "f() {\n a=1\n}\nb=2\n", values{"b": "2"}, []string{"a"}},
		{"in a group", "{ a=1; }\nb=2\n", values{"b": "2"}, []string{"a"}},
		{"in another shell", "(a=1)\n( b=1; c=2 )\nd=3\n", values{"d": "3"}, []string{"a", "b", "c"}},
		{"not", "! a=1\n", values{"a": "1"}, nil},
		{"a document", "cat <<EOF >/dev/null\na=1\nEOF\nb=2\ncat <<-'X'\n\tc=1\n\tX\nd=3\n", values{"b": "2", "d": "3"}, nil},
		{"a document without an end", "cat <<EOF\na=1\n", nil, nil},
		{"quotes without an end", "a=1\nb=\"2\nc=3\n", values{"a": "1"}, []string{"b"}},
		{"single quotes without an end", "a='1\nb=2\n", nil, []string{"a"}},
		{"a quoted name", "\"a\"=1\n'b=2'\nc\"=3\"\n", nil, nil},
		{"names", "_a1=1\n1a=2\na-b=3\nA=4\n", values{"_a1": "1", "A": "4"}, nil},
		{"redirected", "a=1 >b=2\nc=1 >>d\ne 2>&1 >f; g=1 </dev/null\n", values{"a": "1", "c": "1", "g": "1"}, nil},
		{"too many ends", "}\nfi\n)\na=1\n", values{"a": "1"}, nil},
		{"words that begin nothing", "echo if\na=1\n\"if\"\nb=2\n", values{"a": "1", "b": "2"}, nil},
		{"globs", "a=*\nb=[ab]?\n", values{"a": "*", "b": "[ab]?"}, nil},
		{"a comment at the end", "a=1\n#b=2", values{"a": "1"}, nil},
		{"a backslash at the end", "a=1\nb=2\\", values{"a": "1", "b": "2"}, nil},
		{"a line that goes on before a word", "export \\\n a=1\n", values{"a": "1"}, nil},
		{"octets", "a=\xff\x00\n", values{"a": "\xff\x00"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rc := ParseRC([]byte(tt.text))
			got := values(rc.values)
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.computed, slices.Sorted(maps.Keys(rc.computed))); diff != "" {
				t.Errorf("unexpected computed variables (-want +got):\n%s", diff)
			}
			for name, want := range tt.want {
				if value, err := rc.Get(name); err != nil || value != want {
					t.Errorf("Get(%q) = %q, %v", name, value, err)
				}
			}
			for _, name := range tt.computed {
				if value, err := rc.Get(name); value != "" || !errors.Is(err, ErrComputed) {
					t.Errorf("Get(%q) = %q, %v", name, value, err)
				}
			}
			if value, err := rc.Get("none"); value != "" || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Get of nothing = %q, %v", value, err)
			}
		})
	}
}

// FuzzRC reads a script with whatever is in it: a variable is either known or not, and what comes after it in another file replaces it.
func FuzzRC(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		rc := ParseRC(text)
		for name := range rc.values {
			if rc.computed[name] || !assignment.MatchString(name+"=") {
				t.Errorf("%q is known and is not, or is no name", name)
			}
		}
		r := NewRecording()
		r.SetFile("/etc/rc.conf", text, Stat{})
		r.SetFile("/etc/rc.conf.d/vm", []byte("vm_dir=/vm\n"), Stat{})
		all, err := ReadRC(r, "vm")
		if err != nil {
			t.Fatal(err)
		}
		rc.set("vm_dir", "/vm")
		if diff := cmp.Diff(rc.values, all.values); diff != "" {
			t.Errorf("unexpected values (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(rc.computed, all.computed); diff != "" {
			t.Errorf("unexpected computed variables (-want +got):\n%s", diff)
		}
	})
}
