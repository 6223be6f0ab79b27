package signature

// Level is the level of a seal under Law 43-20. There is no constant for the qualified level: it needs an approved
// provider, a qualified device and a qualified certificate (articles 6 and 9), which this authority is not and has not.
type Level string

// The levels that this authority gives.
const (
	Simple   Level = "simple"
	Advanced Level = "advanced"
)

// Creation says how a seal was made: the four conditions of an advanced seal (article 5).
type Creation struct {
	OwnKey         bool // the key serves one organisation only
	Identified     bool // its certificate names the organisation
	SoleControl    bool // the organisation itself approved this very hash
	DetectsChanges bool // a later change is noticed
}

// LevelOf gives the level that a seal may be called.
func LevelOf(c Creation) Level {
	if c.OwnKey && c.Identified && c.SoleControl && c.DetectsChanges {
		return Advanced
	}
	return Simple
}

// onRequest is how POST /v1/seals makes a seal: the service signs for the organisation when one of the installation's
// blocks asks. The organisation did not approve that hash by its own means, so the seal is simple.
var onRequest = Creation{OwnKey: true, Identified: true, SoleControl: false, DetectsChanges: true}
