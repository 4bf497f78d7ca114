package freebsd

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// masked is what is in a recording in place of a secret.
const masked = "***"

// A secret is known by its name: one that has one of these words in it, or one of the short ones as a part, as in "zfs_key" but not
// in "passthru0" or "keyboard".
const secretNames = `(?:(?:passw|passphrase|secret|token|credential)[\w.-]*|(?:pass|pwd|key)s?(?:[_.\d-][\w.-]*)?)`

// quotedValue is the value of a secret up to the end of the word, or of the quotes.
const quotedValue = `(?:"[^"\n]*"?|'[^'\n]*'?)?\S*`

var (
	// secretWord matches a secret that is set in a text of words, such as "fbuf,tcp=0.0.0.0:5900,password=X".
	secretWord = regexp.MustCompile(`(?i)(` + secretNames + `=)` + quotedValue)
	// secretSaying matches one that is told in a text for people, such as "password: X" or "--token X".
	secretSaying = regexp.MustCompile(`(?i)(` + secretNames + `["']?:[ \t]*|(?:^|[\s"'\[])-[\w-]*` + secretNames + `[ \t]+)` + quotedValue)
	// secretOption matches one that is set in a line of options of bhyve(8), which may have blanks: to the next option, or the end.
	secretOption = regexp.MustCompile(`(?im)(` + secretNames + `=).*?( -[a-z]|"?\]?\r?$)`)
	// secretURL matches a name and password in a URL.
	secretURL = regexp.MustCompile(`://[^/\s@]*@`)
)

// maskWords masks the secrets in a text that a program has written.
func maskWords(text string) string {
	return secretURL.ReplaceAllString(secretWord.ReplaceAllString(text, "${1}"+masked), "://"+masked+"@")
}

// maskOptions masks the secrets in lines of options of bhyve(8).
func maskOptions(text string) string {
	return secretURL.ReplaceAllString(secretOption.ReplaceAllString(text, "${1}"+masked+"${2}"), "://"+masked+"@")
}

// maskSayings masks the secrets in a text that is for people, besides those that are set in it.
func maskSayings(text string) string { return secretSaying.ReplaceAllString(text, "${1}"+masked) }

// redactVariable leaves out of a variable's octets what hv/bhyve does not read.
func redactVariable(name string, octets []byte) []byte {
	switch name {
	case "kern.proc.proc", "kern.proc.pid_td", "kern.proc.all":
		return redactProcesses(octets)
	case "kern.proc.args":
		return redactArgs(octets)
	}
	return octets
}

// redactFile leaves out of a file's octets what hv/bhyve does not read. What it is, its name tells. cut says that it is only the end
// of the file, which may begin within a line.
func redactFile(file string, octets []byte, cut bool) []byte {
	text := string(octets)
	switch name := path.Base(file); {
	case isRC(file):
		return []byte(redactRC(text))
	case name == "messages":
		return []byte(redactMessages(text))
	case strings.HasSuffix(name, ".log"):
		return []byte(redactLog(text, cut))
	case isSystemConf(file):
		return []byte(redactConf(text, systemKey))
	case strings.HasSuffix(name, ".conf"):
		return []byte(redactConf(text, guestKey))
	case cut:
		return []byte(redactLog(text, cut))
	}
	return []byte(maskSayings(maskWords(text)))
}

// isRC says whether the file is one of rc.conf(5).
func isRC(file string) bool {
	return slices.Contains([]string{"rc.conf", "rc.conf.local"}, path.Base(file)) || strings.Contains(file, "/rc.conf.d/")
}

// isSystemConf says whether the file is the one of vm-bhyve itself, in vm_dir.
func isSystemConf(file string) bool {
	return path.Base(file) == "system.conf" && path.Base(path.Dir(file)) == ".config"
}
