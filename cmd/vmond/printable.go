package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable returns s with an escape, as Go writes it, for all that is not printable or no UTF-8: names come from
// whoever may define a virtual machine, and must not command the terminal of whoever looks.
func printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if unicode.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b.WriteRune(r)
		} else {
			q := strconv.Quote(s[:n])
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[n:]
	}
	return b.String()
}

// oneLine returns the text of an error for people: causes that are on lines of their own, as errors.Join has them, are one after
// the other, and all is printable.
func oneLine(s string) string {
	var causes []string
	for line := range strings.SplitSeq(s, "\n") {
		if line != "" {
			causes = append(causes, printable(line))
		}
	}
	return strings.Join(causes, "; ")
}

// wide are the ranges of characters that take two columns of a terminal (Unicode Standard Annex 11, Wide and Fullwidth),
// as far as names are written in them.
func wide() *unicode.RangeTable {
	return &unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x1100, Hi: 0x115f, Stride: 1}, // Hangul Jamo
			{Lo: 0x2e80, Hi: 0x303e, Stride: 1}, // CJK radicals and punctuation
			{Lo: 0x3041, Hi: 0x4dbf, Stride: 1}, // Kana to CJK extension A
			{Lo: 0x4e00, Hi: 0xa4cf, Stride: 1}, // CJK and Yi
			{Lo: 0xa960, Hi: 0xa97f, Stride: 1}, // Hangul Jamo extended A
			{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, // Hangul syllables
			{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, // CJK compatibility
			{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, // CJK compatibility forms
			{Lo: 0xff00, Hi: 0xff60, Stride: 1}, // fullwidth forms
			{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
		},
		R32: []unicode.Range32{
			{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, // pictures and faces
			{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, // transport
			{Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}, // more pictures
			{Lo: 0x20000, Hi: 0x3fffd, Stride: 1}, // CJK extensions B and up
		},
	}
}

// width returns how many columns of a terminal s takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.Is(wide(), r):
			n += 2
		default:
			n++
		}
	}
	return n
}
