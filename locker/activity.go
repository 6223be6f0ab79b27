package locker

import "time"

// Acts of the activity log. They are codes of sentences.
const (
	ActStored     = "stored"
	ActOpened     = "opened"
	ActShared     = "shared"
	ActViewed     = "share_viewed"
	ActDownloaded = "share_downloaded"
	ActRefused    = "share_refused"
	ActRevoked    = "share_revoked"
)

// Who acts upon a document.
const (
	ByHolder    = "holder"
	ByOrg       = "org"       // Actor is an organisation's code
	ByBlock     = "block"     // Actor is a block, at its own work
	ByRecipient = "recipient" // Actor is the name that the holder gave to the share
)

// Activity is one line of what happened to a document, shown to its holder.
type Activity struct {
	Document DocumentID
	Owner    string
	At       time.Time
	Act      string
	By       string
	Actor    string
	Purpose  string // code, or the words of a share
	Object   string // dossier for which it was opened
	Share    ShareID
}
