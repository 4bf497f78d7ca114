package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/collector"
)

// The bounds of a request. The answer is as large as the snapshot, so a reader may take its time: it is written as it is
// made, and nobody waits for another one's reader.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 30 * time.Second
	// stallTimeout is how long a reader may stand still. Until then it keeps the snapshot that it began with, of which
	// each reading of the statistics makes another.
	stallTimeout = 5 * time.Second
	idleTimeout  = 30 * time.Second
	maxHeader    = 8 << 10
	// stopTimeout is how long requests may go on after the end was asked for.
	stopTimeout = 2 * time.Second
)

// A Source is what is told. Its methods may be called at once from several goroutines and do not block.
type Source interface {
	Snapshot() *collector.Snapshot
	Health() Health
	// Events returns the last changes, the oldest first. It is not nil.
	Events() []events.Event
}

// A Server answers on the control socket. Make one with [New].
type Server struct {
	path, group string
	src         Source
	log         *zap.Logger
	listener    net.Listener
	ready       chan struct{}
}

// New returns a Server that does nothing before Listen. The socket at path belongs to the group, or to that of the process
// if group is empty.
func New(path, group string, src Source, log *zap.Logger) *Server {
	return &Server{path: path, group: group, src: src, log: log, ready: make(chan struct{})}
}

// String names the task.
func (s *Server) String() string { return "control" }

// Ready returns a channel that is closed once the socket is there.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Listen makes the socket. It returns an error if that cannot be made or is that of another vmond. It is called once,
// before Run: whatever else the other vmond has is left to it then.
func (s *Server) Listen() error {
	l, err := listen(s.path, s.group)
	if err != nil {
		return err
	}
	s.listener = l
	close(s.ready)
	return nil
}

// Run answers until ctx is done, and removes the socket. It panics if nothing listens.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		panic("control: Run before Listen")
	}
	hs := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          zap.NewStdLog(s.log),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		shut(hs)
	})
	err := hs.Serve(s.listener)
	if stop() {
		hs.Close()
		return err
	}
	<-stopped
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shut ends the server: what is under way may end, but not for long.
func shut(hs *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if hs.Shutdown(ctx) != nil {
		hs.Close()
	}
}

// handler returns what answers the requests.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /snapshot", s.answer(func(w io.Writer) error { return s.src.Snapshot().EncodeJSON(w) }))
	mux.HandleFunc("GET /health", s.answer(func(w io.Writer) error { return writeJSON(w, s.src.Health()) }))
	mux.HandleFunc("GET /events", s.answer(func(w io.Writer) error { return writeJSON(w, s.src.Events()) }))
	return mux
}

// answer returns a handler that answers what write writes, and an end of line.
func (s *Server) answer(write func(io.Writer) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		reader := newReader(w, time.Now().Add(writeTimeout))
		if err := write(reader); err != nil && !reader.gone {
			s.log.Error("failed to make an answer", zap.String("path", r.URL.Path), zap.Error(err))
			// What is written so far must not look as if it were all.
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(reader, "\n")
	}
}

// writeJSON writes v as JSON.
func writeJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// A reader is who asked. That it has gone, or stands still, is its own affair.
type reader struct {
	w    io.Writer
	bear func(time.Time) error // sets until when a write may take
	end  time.Time             // of all writes
	gone bool
}

// newReader returns the one that w leads to. Its answer is to be written by the end.
func newReader(w http.ResponseWriter, end time.Time) *reader {
	return &reader{w: w, bear: http.NewResponseController(w).SetWriteDeadline, end: end}
}

// Write hands on.
func (r *reader) Write(p []byte) (int, error) {
	until := time.Now().Add(stallTimeout)
	if until.After(r.end) {
		until = r.end
	}
	_ = r.bear(until) // what has no deadlines is no connection
	n, err := r.w.Write(p)
	r.gone = r.gone || err != nil
	return n, err
}
