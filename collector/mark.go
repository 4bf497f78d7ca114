package collector

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// markForm is what is in a mark: the index twice, so that one that is damaged is not believed. It is as long for every
	// index, so that it is overwritten in one piece.
	markBegin = "vmond gave no index above "
	markForm  = markBegin + "%010[1]d (%08[1]x)\n"
	// lockPoll is how long one who waits for a lock sleeps.
	lockPoll = 50 * time.Millisecond
)

// A mark is the file that says which index is the highest that was ever given. Who has it open has the store: it is locked.
type mark struct {
	file    *os.File
	highest int32
}

// openMark opens the mark at path, and waits a little if another vmond has it. Its error is fs.ErrNotExist if there is none,
// [ErrStoreInUse] if another keeps it, and another one if it cannot be read.
func openMark(path string) (*mark, error) {
	limit := time.Now().Add(lockTimeout)
	for {
		f, err := lockFile(path)
		if errors.Is(err, ErrStoreInUse) && time.Now().Before(limit) {
			time.Sleep(lockPoll)
			continue
		}
		if err != nil {
			return nil, err
		}
		m := &mark{file: f}
		if err := m.read(); err != nil {
			f.Close()
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		return m, nil
	}
}

// lockFile opens the file at path and locks it.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	// Whoever had it before may have set it aside.
	mine, err := f.Stat()
	if info, other := os.Stat(path); err != nil || other != nil || !os.SameFile(mine, info) {
		f.Close()
		return nil, fmt.Errorf("%q: %w", path, ErrStoreInUse)
	}
	return f, nil
}

// lock locks f, until it is closed. Its error is [ErrStoreInUse] if it is locked already.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrStoreInUse
	}
	return err
}

// makeMark makes a mark at path, where there is none.
func makeMark(path string, highest int32) (*mark, error) {
	f, err := os.OpenFile(path+newSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, storeMode)
	if err != nil {
		return nil, err
	}
	m := &mark{file: f}
	if err = lock(f); err == nil {
		err = m.write(highest)
	}
	if err == nil {
		err = place(path)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, fmt.Errorf("make %q: %w", path, err)
	}
	return m, nil
}

// read reads the file.
func (m *mark) read() error {
	text, err := io.ReadAll(io.NewSectionReader(m.file, 0, int64(len(markForm))*2))
	if err != nil {
		return err
	}
	m.highest, err = parseMark(string(text))
	return err
}

// parseMark returns the index in a mark. Nothing but what write writes is one.
func parseMark(text string) (highest int32, err error) {
	digits, _, _ := strings.Cut(strings.TrimPrefix(text, markBegin), " ")
	n, err := strconv.ParseInt(digits, 10, 32)
	highest = int32(n)
	if err != nil || n < 0 || n > maxIndex || fmt.Sprintf(markForm, highest) != text {
		return 0, fmt.Errorf("%w: it has %q", errFault, text)
	}
	return highest, nil
}

// raise sees to it that the mark is at least at highest.
func (m *mark) raise(highest int32) error {
	if highest <= m.highest {
		return nil
	}
	return m.write(highest)
}

// write writes the file, and returns when it is on disk.
func (m *mark) write(highest int32) error {
	if _, err := m.file.WriteAt(fmt.Appendf(nil, markForm, highest), 0); err != nil {
		return err
	}
	if err := m.file.Sync(); err != nil {
		return err
	}
	m.highest = highest
	return nil
}

// close closes it and gives the lock back. It does nothing for nil, and the second time.
func (m *mark) close() {
	if m != nil {
		m.file.Close()
	}
}
