package freebsd

import (
	"strconv"
	"strings"
)

// spacedFrom is the length from which mount(8) puts a space after a name, and not tabs.
const spacedFrom = 24

// ParseMounts parses what `mount -p` prints (mount(8)): a line of fstab(5) for each file system. The names in it may hold
// spaces, as those of datasets do. A line that can be understood in two ways, or in none, is left out.
func ParseMounts(text []byte) []Mount {
	var mounts []Mount
	for line := range strings.Lines(string(text)) {
		if m, ok := parseMount(strings.TrimRight(line, "\r\n")); ok {
			mounts = append(mounts, m)
		}
	}
	return mounts
}

// parseMount parses a line from its end, where no word has spaces: two numbers, the options, and the type.
func parseMount(line string) (Mount, bool) {
	rest, numbers, ok := cutLast(line, "\t")
	if words := strings.Fields(numbers); !ok || len(words) != 2 || !isNumber(words[0]) || !isNumber(words[1]) {
		return Mount{}, false
	}
	rest, options, ok := cutLast(strings.TrimRight(rest, " \t"), " \t")
	if !ok || options == "" {
		return Mount{}, false
	}
	rest, kind, ok := cutLast(strings.TrimRight(rest, " \t"), " \t")
	if !ok || kind == "" {
		return Mount{}, false
	}
	from, on, ok := cutNames(strings.TrimRight(rest, " \t"))
	if !ok {
		return Mount{}, false
	}
	return Mount{From: unescape(from), On: unescape(on), Type: kind}, true
}

// cutNames parts what is mounted from where. After a short name there are tabs; after a long one there is a space, which is the
// one before the only slash that can begin a path.
func cutNames(s string) (from, on string, ok bool) {
	if from, on, ok = strings.Cut(s, "\t"); ok {
		on = strings.TrimLeft(on, "\t")
		return from, on, from != "" && strings.HasPrefix(on, "/") && !strings.Contains(on, "\t")
	}
	if strings.Count(s, " /") != 1 {
		return "", "", false
	}
	from, on, _ = strings.Cut(s, " /")
	return from, "/" + on, len(from) >= spacedFrom
}

// cutLast parts a text at the last of the separators in it.
func cutLast(s, separators string) (before, after string, ok bool) {
	at := strings.LastIndexAny(s, separators)
	if at < 0 {
		return "", "", false
	}
	return s[:at], s[at+1:], true
}

// isNumber reports whether a word is a number that is not negative.
func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}

// octalDigits is how many digits an escaped octet has.
const octalDigits = 3

// unescape replaces each octet that is written as a backslash and three octal digits, as fstab(5) has it.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		if s[0] == '\\' && len(s) > octalDigits {
			if n, err := strconv.ParseUint(s[1:1+octalDigits], 8, 8); err == nil {
				b.WriteByte(byte(n))
				s = s[1+octalDigits:]
				continue
			}
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}
