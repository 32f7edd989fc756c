package lang

import "strings"

// Nearest returns the one of words that somebody who typed word most likely
// meant, or "" where none is near.
func Nearest(word string, words []string) string {
	if word == "" {
		return ""
	}
	nearest, least := "", (len(word)+1)/3+1
	for _, w := range words {
		if distance := typos(strings.ToLower(word), strings.ToLower(w)); distance < least {
			nearest, least = w, distance
		}
	}
	if nearest != "" {
		return nearest
	}
	for _, w := range words {
		if len(word) > 1 && strings.HasPrefix(w, word) {
			return w
		}
	}
	return ""
}

// typos counts the letters to add, drop, change or swap with the next one to make
// b of a: the optimal string alignment distance.
func typos(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
