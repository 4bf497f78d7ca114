package freebsd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// wellAsked says what is wrong with a question, whose fields these are.
func wellAsked(asked []string) error {
	if len(asked) == 0 {
		return errors.New("there is no question")
	}
	kind, about := asked[0], asked[1:]
	var numbers []string
	switch kind {
	case askClock, askExits, askDevices:
		if len(about) != 0 {
			return fmt.Errorf("%q is about nothing", kind)
		}
	case askList, askRead, askTail, askStat:
		if len(about) != 1 {
			return fmt.Errorf("%q is about one file", kind)
		}
	case askRun:
		if len(about) == 0 {
			return fmt.Errorf("%q is about a program", kind)
		}
	case askSysctl:
		if len(about) == 0 {
			return fmt.Errorf("%q is about a variable", kind)
		}
		numbers = about[1:]
	case askAffinity, askExit:
		if len(about) != 1 {
			return fmt.Errorf("%q is about one number", kind)
		}
		numbers = about
	default:
		return fmt.Errorf("no question is of the kind %q", kind)
	}
	for _, text := range numbers {
		if n, err := strconv.Atoi(text); err != nil || strconv.Itoa(n) != text {
			return fmt.Errorf("%q is no number as it is asked for", text)
		}
	}
	return nil
}

// fits says whether a question of the kind can be answered with the key.
func fits(kind, key string) bool {
	if key == keyError || key == keyText {
		return true
	}
	switch kind {
	case askClock:
		return slices.Contains([]string{keyNow, keyZone, keyUp}, key)
	case askList:
		return key == keyName
	case askStat:
		return slices.Contains([]string{keyPath, keyMode, keySize, keyAllocated, keyModified}, key)
	case askExits, askExit, askDevices:
		return false
	}
	return key == keyFile
}

// complete says what the answer to a question of the kind lacks: told are its keys. A stat tells the mode, a clock its time, and
// what has octets has a file with them, unless it is an error.
func (e entry) complete(kind string, told map[string]bool) error {
	if e.answer.err != nil {
		return nil
	}
	var must string
	switch kind {
	case askClock:
		must = keyNow
	case askStat:
		must = keyMode
	case askSysctl, askAffinity, askRead, askTail, askRun:
		must = keyFile
	}
	if must != "" && !told[must] {
		return fmt.Errorf("the answer to %q has no %q", e.question.String(), must)
	}
	return nil
}
