package daemon

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/cmd/internal/config"
)

// NewLogger returns a logger that writes to w what level lets through, in the given format. With plain set it leaves
// out the time, for a w that writes its own. What is logged again and again is written once a minute, with a count (see
// limit.go); flush writes the counts that are left and is called at the end.
func NewLogger(w zapcore.WriteSyncer, level zap.AtomicLevel, format config.Format, plain bool) (log *zap.Logger, flush func()) {
	ec := zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "logger", MessageKey: "msg",
		EncodeTime: zapcore.RFC3339TimeEncoder, EncodeLevel: zapcore.LowercaseLevelEncoder,
		EncodeDuration: zapcore.StringDurationEncoder, EncodeName: zapcore.FullNameEncoder,
		ConsoleSeparator: " ",
	}
	if plain {
		ec.TimeKey = ""
	}
	limited := newLimiter(zapcore.NewCore(encoder(format, ec), zapcore.Lock(w), level), limitPeriod, limitBurst)
	return zap.New(limited, zap.ErrorOutput(zapcore.Lock(w))), limited.flush
}

// encoder returns the encoder of a format.
func encoder(format config.Format, ec zapcore.EncoderConfig) zapcore.Encoder {
	switch format {
	case config.JSON:
		return escaped{zapcore.NewJSONEncoder(ec), buffer.NewPool()}
	case config.Logfmt:
		return logfmt{zapcore.NewJSONEncoder(ec), buffer.NewPool()}
	}
	return escaped{zapcore.NewConsoleEncoder(ec), buffer.NewPool()}
}

// UnderJournal reports whether f is the stream that stream names, which is the value of JOURNAL_STREAM
// (systemd.exec(5)): the journal keeps the time of each line itself.
func UnderJournal(f *os.File, stream string) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	id, ok := identity(info)
	return ok && id == stream
}

// identity returns the device and the inode of a file, as JOURNAL_STREAM has them.
func identity(info fs.FileInfo) (string, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", false
	}
	return fmt.Sprintf("%d:%d", st.Dev, st.Ino), true
}

const (
	// limitPeriod is how long a message is held back that was written before.
	limitPeriod = time.Minute
	// limitBurst is how often a message is written in that time if its facts differ.
	limitBurst = 10
)
