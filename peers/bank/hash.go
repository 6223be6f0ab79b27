package bank

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"regexp"
	"sort"
	"strings"
)

var (
	escaper  = strings.NewReplacer(`\`, `\\`, `|`, `\|`)
	numerals = regexp.MustCompile(`[0-9]+`)
)

// sign computes ver3. Names are ordered through a sort key in which every run
// of digits is padded, so that numbers compare as numbers.
func sign(fields map[string]string, storeKey string) string {
	type item struct{ key, value string }
	var items []item
	for name, value := range fields {
		name = strings.ToLower(name)
		if name == "hash" || name == "encoding" {
			continue
		}
		key := numerals.ReplaceAllStringFunc(name, func(run string) string { return fmt.Sprintf("%020s", run) })
		items = append(items, item{key, strings.TrimSpace(value)})
	}
	sort.Slice(items, func(i, j int) bool { return items[i].key < items[j].key })

	parts := make([]string, 0, len(items)+1)
	for _, it := range items {
		parts = append(parts, escaper.Replace(it.value))
	}
	parts = append(parts, escaper.Replace(storeKey))
	digest := sha512.Sum512([]byte(strings.Join(parts, "|")))
	return base64.StdEncoding.EncodeToString(digest[:])
}
