package test

import (
	"regexp"
	"slices"
	"strings"
)

// builtins are the words of the shell (POSIX, Shell Command Language, sections 2.4, 2.9 and 2.14) that stand where a program
// may, and those of its own programs that every shell has.
var builtins = []string{
	"!", "{", "}", "do", "done", "elif", "else", "fi", "for", "if", "in", "then", "until", "while", ".", ":",
	"break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times", "trap", "unset", "cd",
	"command", "echo", "false", "getopts", "kill", "printf", "pwd", "read", "test", "[", "true", "type", "umask", "wait",
}

// passers are commands whose first argument that is no option and no assignment is a command too.
var passers = []string{"!", "do", "elif", "else", "env", "eval", "exec", "if", "root", "sudo", "then", "until", "while", "{"}

var (
	assignment = regexp.MustCompile(`^[A-Za-z_]\w*=`)
	function   = regexp.MustCompile(`(?m)^(\w+)\(\) \{`)
	variable   = regexp.MustCompile(`(?m)^(\w+) \?= (\S+)`)
	reference  = regexp.MustCompile(`\$\(\w+\)`)
)

// scriptPrograms returns the programs that a shell script runs, sorted. It understands the plain shell of our scripts,
// which have neither case nor here-documents.
func scriptPrograms(script string) []string {
	own := slices.Clone(builtins)
	for _, m := range function.FindAllStringSubmatch(script, -1) {
		own = append(own, m[1])
	}
	var found []string
	for _, words := range commands(script) {
		for i, word := range words {
			if assignment.MatchString(word) || i > 0 && strings.HasPrefix(word, "-") {
				continue
			}
			if !slices.Contains(own, word) && !strings.ContainsAny(word, "/$\"') ") {
				found = append(found, word)
			}
			if !slices.Contains(passers, word) {
				break
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// makePrograms returns the programs that the recipes of a Makefile run, sorted.
func makePrograms(makefile string) []string {
	var recipes strings.Builder
	for line := range strings.Lines(makefile) {
		if recipe, ok := strings.CutPrefix(line, "\t"); ok {
			recipes.WriteString(strings.TrimPrefix(recipe, "@"))
		}
	}
	text := recipes.String()
	for _, m := range variable.FindAllStringSubmatch(makefile, -1) {
		text = strings.ReplaceAll(text, "$("+m[1]+")", m[2])
	}
	return scriptPrograms(reference.ReplaceAllString(text, "$$"))
}

// execLine is a line of a test script (github.com/rogpeppe/go-internal/testscript) that runs a program, whatever it expects
// of it and under whatever condition.
var execLine = regexp.MustCompile(`(?m)^(?:\[[^\]]*\] *)*[!?]? *exec +(\S+)`)

// txtarPrograms returns the programs other than our own that a test script runs, sorted.
func txtarPrograms(script string) []string {
	var found []string
	for _, m := range execLine.FindAllStringSubmatch(script, -1) {
		if m[1] != "vmond" {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// commands splits a script into its simple commands, also those in $(...), and these into words. What is quoted stays
// one word with its quotes.
func commands(script string) [][]string {
	var all [][]string
	var words []string
	var word strings.Builder
	endWord := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			all = append(all, words)
		}
		words = nil
	}
	for i := 0; i < len(script); i++ {
		c := script[i]
		switch {
		case c == '#' && word.Len() == 0:
			for i+1 < len(script) && script[i+1] != '\n' {
				i++
			}
		case c == '\'' || c == '"':
			end := i + 1
			for end < len(script) && script[end] != c {
				end++
			}
			word.WriteString(script[i:min(end+1, len(script))])
			i = end
		case c == '$' && strings.HasPrefix(script[i:], "$("):
			depth, end := 0, i+1
			for ; end < len(script); end++ {
				if script[end] == '(' {
					depth++
				}
				if script[end] == ')' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			all = append(all, commands(script[i+2:end])...)
			word.WriteString("$")
			i = end
		case c == '<' || c == '>':
			// A redirection: the number before it and the file after it are no words.
			word.Reset()
			for i+1 < len(script) && strings.ContainsRune("<>& ", rune(script[i+1])) {
				i++
			}
			for i+1 < len(script) && !strings.ContainsRune(" \t\n;|&()", rune(script[i+1])) {
				i++
			}
		case c == '\n' || c == ';' || c == '|' || c == '&' || c == '(' || c == ')':
			endCommand()
		case c == ' ' || c == '\t':
			endWord()
		default:
			word.WriteByte(c)
		}
	}
	endCommand()
	return all
}
