package cbsd

import (
	"errors"
	"testing"
)

func TestParseRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		columns      int
		want         [][]string
		incomplete   bool
		odd          bool
	}{
		{"none", "||\n", 3, nil, false, false},
		{"one", "a|b|c\n||\n", 3, [][]string{{"a", "b", "c"}}, false, false},
		{"two", "a|b\nc|d\n|\n", 2, [][]string{{"a", "b"}, {"c", "d"}}, false, false},
		{"empty values", "a||c\n|b|\n||\n", 3, [][]string{{"a", "", "c"}, {"", "b", ""}}, false, false},
		{"values that are none", "(null)|b|(null)\n||\n", 3, [][]string{{"", "b", ""}}, false, false},
		{"too few", "a|b\nc|d|e\n||\n", 3, [][]string{{"c", "d", "e"}}, false, true},
		{"too many", "a|b|c|d\nc|d|e\n||\n", 3, [][]string{{"c", "d", "e"}}, false, true},
		{"a value of two lines", "a|b\nc|d\n||\n", 3, nil, false, true},
		{"an empty line", "\na|b|c\n||\n", 3, [][]string{{"a", "b", "c"}}, false, true},
		{"nothing at all", "", 3, nil, true, false},
		{"no end", "a|b|c\n", 3, nil, true, false},
		{"an end without its own end", "a|b|c\n||", 3, nil, true, false},
		{"an end in a line", "a||\n", 3, nil, true, false},
		{"an end of another query", "a|b|c\n|\n", 3, nil, true, false},
		{"what sqlcli says instead", "sqlcli: Can't open database file: /usr/jails/var/db/local.sqlite\n", 7, nil, true, false},
		{"how sqlcli is used", "Tools for execute SQLite query from CLI\nsqlcli: format: sqlcli <dbfile> <query>\n", 7, nil, true, false},
		{"disks of a recording", string(text(t, "sqlcli_bhyvedsk.txt")) + "|||\n", 4,
			[][]string{{"debian1", "virtio-blk", "dsk1.vhd", "10737418240"}, {"debian1", "virtio-blk", "dsk2.vhd", "8589934592"}}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseRows([]byte(tt.answer), tt.columns)
			check(t, "rows", tt.want, got)
			if errors.Is(err, errIncomplete) != tt.incomplete || (err != nil) != (tt.incomplete || tt.odd) {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}
