// Command gen converts the project's seed files into the catalogue's own data
// form. It is run by hand when the seeds change; its result is committed, and
// nothing reads the seeds at run time.
//
//	acts-law-5519.yaml ─┐
//	procedures.yaml ────┼→ gen → data/{organisations,territories,procedures}.json
//	territories.yaml ───┤
//	organisations.json ─┘  (ours: codes, levels and themes of administrations)
//
// Facts keep their source and their certainty; what a seed leaves open stays
// open. Run it in the catalogue's folder:
//
//	go run ./gen ../../shared/data data
package main
