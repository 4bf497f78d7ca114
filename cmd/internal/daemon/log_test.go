package daemon

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/cmd/internal/config"
)

// say logs two entries that have what is hard to write.
func say(log *zap.Logger) {
	log.Named("agentx").With(zap.String("master", "unix:/var/agentx/master")).Warn("connection lost",
		zap.Error(errors.New("read: \"reset\"")), zap.Duration("after", 90*time.Second), zap.Int("n", -1))
	log.Info("hello", zap.String("name", "a=b\n\x1b[2J\u009b"), zap.String("empty", ""), zap.Bool("ok", true),
		zap.Strings("list", []string{"x", "y z"}), zap.String("k e=y", "v"),
		zap.String("equal", "a=b"), zap.String("quote", `a"b`), zap.String("back", `a\b`))
	log.Debug("not let through")
}

func TestNewLogger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format config.Format
		want   []string
	}{
		{config.Console, []string{
			`warn agentx connection lost {"master": "unix:/var/agentx/master", "error": "read: \"reset\"", "after": "1m30s", "n": -1}`,
			`info hello {"name": "a=b\n\u001b[2J\u009b", "empty": "", "ok": true, "list": ["x", "y z"], "k e=y": "v", "equal": "a=b", "quote": "a\"b", "back": "a\\b"}`,
		}},
		{config.JSON, []string{
			`{"level":"warn","logger":"agentx","msg":"connection lost","master":"unix:/var/agentx/master","error":"read: \"reset\"","after":"1m30s","n":-1}`,
			`{"level":"info","msg":"hello","name":"a=b\n\u001b[2J\u009b","empty":"","ok":true,"list":["x","y z"],"k e=y":"v","equal":"a=b","quote":"a\"b","back":"a\\b"}`,
		}},
		{config.Logfmt, []string{
			`level=warn logger=agentx msg="connection lost" master=unix:/var/agentx/master error="read: \"reset\"" after=1m30s n=-1`,
			`level=info msg=hello name="a=b\n\x1b[2J\u009b" empty="" ok=true list="[\"x\",\"y z\"]" k_e_y=v equal="a=b" quote="a\"b" back="a\\b"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.format.String(), func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			log, flush := NewLogger(zapcore.AddSync(&b), zap.NewAtomicLevelAt(zap.InfoLevel), tt.format, true)
			say(log)
			flush()
			if diff := cmp.Diff(strings.Join(tt.want, "\n")+"\n", b.String()); diff != "" {
				t.Errorf("unexpected log (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNewLoggerTime proves that the time is there where nobody else writes it, and where it is.
func TestNewLoggerTime(t *testing.T) {
	t.Parallel()
	stamp := `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)`
	for format, want := range map[config.Format]string{
		config.Console: "^" + stamp + " info hello\n$",
		config.JSON:    `^{"level":"info","time":"` + stamp + `","msg":"hello"}` + "\n$",
		config.Logfmt:  `^level=info time=` + stamp + " msg=hello\n$",
	} {
		var b bytes.Buffer
		log, flush := NewLogger(zapcore.AddSync(&b), zap.NewAtomicLevel(), format, false)
		log.Info("hello")
		flush()
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("%s: %q does not match %s", format, b.String(), want)
		}
	}
}

// TestNewLoggerLevel proves that the level changes at run time, and that repeats are held back.
func TestNewLoggerLevel(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	level := zap.NewAtomicLevelAt(zap.WarnLevel)
	log, flush := NewLogger(zapcore.AddSync(&b), level, config.Logfmt, true)
	log.Info("one")
	level.SetLevel(zap.InfoLevel)
	log.Info("two")
	log.Info("two")
	log.Info("two")
	level.SetLevel(zap.ErrorLevel)
	log.Warn("three")
	flush()
	if diff := cmp.Diff("level=info msg=two\nlevel=info msg=two repeated=2\n", b.String()); diff != "" {
		t.Errorf("unexpected log (-want +got):\n%s", diff)
	}
}

func TestUnderJournal(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	id, ok := identity(info)
	if !ok || !regexp.MustCompile(`^\d+:\d+$`).MatchString(id) {
		t.Fatalf("unexpected identity %q", id)
	}
	tests := []struct {
		name, stream string
		want         bool
	}{
		{"is the journal", id, true},
		{"not under systemd", "", false},
		{"sent elsewhere", "8:12", false},
		{"no number", id + "x", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := UnderJournal(f, tt.stream); got != tt.want {
				t.Errorf("UnderJournal(f, %q) = %t", tt.stream, got)
			}
		})
	}
	gone, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	if UnderJournal(gone, id) {
		t.Error("a closed file is the journal")
	}
}

// FuzzLogfmt holds that every line is one line of key=value pairs, from which the text of a field can be read again.
func FuzzLogfmt(f *testing.F) {
	f.Add("name", "web-01")
	f.Add("a=b", "x y\n\"\\")
	f.Add("", "\u009b\x00\xff")
	f.Fuzz(func(t *testing.T, key, value string) {
		var b bytes.Buffer
		log, flush := NewLogger(zapcore.AddSync(&b), zap.NewAtomicLevel(), config.Logfmt, true)
		log.Info("m", zap.String(key, value))
		flush()
		line, ok := strings.CutSuffix(b.String(), "\n")
		pair, ok2 := strings.CutPrefix(line, "level=info msg=m ")
		if !ok || !ok2 {
			t.Fatalf("unexpected line %q", b.String())
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x9b }) {
			t.Fatalf("control characters in %q", line)
		}
		k, v, _ := strings.Cut(pair, "=")
		if strings.ContainsAny(k, " \"") {
			t.Fatalf("unexpected key %q", k)
		}
		if strings.HasPrefix(v, `"`) {
			unquoted, err := strconv.Unquote(v)
			if err != nil {
				t.Fatalf("value %s: %v", v, err)
			}
			v = unquoted
		}
		// What is no UTF-8 is replaced, octet by octet.
		if diff := cmp.Diff(string([]rune(value)), v); diff != "" {
			t.Fatalf("unexpected value (-want +got):\n%s", diff)
		}
	})
}
