package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
)

// TestInputLogs logs what nobody would give as a name in good faith: each entry is one line, of which a terminal obeys
// nothing.
func TestInputLogs(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", " ", "a\nb", "a\r\nwarn vmond forged", "\t\v\f", `"a' \`, "\x1b[2J\x1b]0;owned\a", "\u009b2J", "\x00\x7f\x08", "a\u202eb", "\u2028\u2029\u0085",
		"\xff\xfe", "gr\xfcn", "\U000e0001\ufeff", strings.Repeat("ü", 150), "e" + strings.Repeat("\u0301", 300), strings.Repeat("\n", 1<<17),
		`{"level":"error"}`, "level=error msg=forged", "%s%n",
	}
	for _, format := range []config.Format{config.Console, config.JSON, config.Logfmt} {
		t.Run(format.String(), func(t *testing.T) {
			t.Parallel()
			for _, text := range texts {
				var b bytes.Buffer
				level := zap.NewAtomicLevelAt(zap.DebugLevel)
				log, flush := NewLogger(zapcore.AddSync(&b), level, format, true)
				event := hv.Event{Kind: hv.Started, Key: text, Name: text}
				log.With(zap.String("with", text)).Named("collector").Warn("message", zap.String("name", text), zap.Error(errors.New(text)),
					zap.Stringer("event", event), zap.ByteString("octets", []byte(text)), zap.Strings("list", []string{text, text}))
				flush()
				line, ok := strings.CutSuffix(b.String(), "\n")
				if !ok || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("%.100q is not logged in one printable line: %.500q", text, b.String())
				}
				if format != config.JSON {
					continue
				}
				var got struct{ Level, Name, Error, With string }
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Errorf("%.100q is logged as no JSON: %v", text, err)
					continue
				}
				// What is no UTF-8 is replaced, octet by octet.
				clean := string([]rune(text))
				want := struct{ Level, Name, Error, With string }{"warn", clean, clean, clean}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("unexpected entry (-want +got):\n%.1000s", diff)
				}
			}
		})
	}
}

// TestInputStatus proves that no text adds an assignment to what the service manager is told.
func TestInputStatus(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\nMAINPID=1", "a\r\nREADY=1", "\n", ""} {
		if got := status(text); !strings.HasPrefix(got, "STATUS=") || strings.ContainsAny(got, "\r\n") {
			t.Errorf("unexpected status of %q: %q", text, got)
		}
	}
}
