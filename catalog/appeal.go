package catalog

import "wasl/catalog/catalogapi"

// Routes are the appeals that articles 20 and 21 of law 55-19 open, by level of
// the administration that decides and effect of its silence. An act listed for
// silence has its own way (art. 20): the claim, then the higher authority.
func Routes(level string, effect catalogapi.SilenceEffect) []catalogapi.Appeal {
	var routes []catalogapi.Appeal
	to := recourse(level)
	switch effect {
	case "approval":
		// The user claims the act; not delivered within 7 days, he turns higher.
		higher := catalogapi.Appeal{To: to, On: "silence", Answer: 15, Article: "20"}
		if level == "communal" {
			higher = catalogapi.Appeal{To: "governor", On: "silence", Answer: 10, Article: "20"}
		}
		routes = append(routes, higher)
	case "appeal":
		routes = append(routes, catalogapi.Appeal{To: to, On: "silence", Within: 30, Answer: 15, Article: "21"})
	}
	routes = append(routes, catalogapi.Appeal{To: to, On: "refusal", Within: 30, Answer: 15, Article: "21"})
	if level == "communal" {
		routes = append(routes, catalogapi.Appeal{To: "governor", On: "president-silent", Answer: 10, Article: "21"})
	}
	return routes
}

func recourse(level string) catalogapi.Recourse {
	switch level {
	case "establishment":
		return "head-of-body"
	case "regional", "provincial":
		return "governor"
	case "communal":
		return "president"
	default:
		return "minister"
	}
}
