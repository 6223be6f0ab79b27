package directory

import "slices"

// Content is the type of a document that an agreement covers whole.
type Content string

// The types that may be agreed whole: pictures of pages, in which no program can tell fields apart. Data with fields (JSON, XML,
// CSV, text) is never agreed whole.
const (
	PDF  Content = "application/pdf"
	JPEG Content = "image/jpeg"
	PNG  Content = "image/png"
)

// Known tells whether the type is one of those that may be agreed whole.
func (c Content) Known() bool { return slices.Contains([]Content{PDF, JPEG, PNG}, c) }
