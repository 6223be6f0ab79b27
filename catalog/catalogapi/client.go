package catalogapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/wire"
)

// Procedure is a procedure with its current revision. Status is "published"
// (a dossier can be opened) or "listed" (informative only).
type Procedure struct {
	Code     string    `json:"code"`
	Status   string    `json:"status"`
	Revision string    `json:"revision"`
	Number   int       `json:"number"`
	Title    i18n.Text `json:"title"`
	Org      string    `json:"org,omitempty"`
	Theme    string    `json:"theme,omitempty"`
	Delay    Delay     `json:"delay"`
	Fee      Fee       `json:"fee"`
	Silence  Silence   `json:"silence"`
}

// Revision is one immutable state of a procedure's sheet. SHA256 is that of
// the sheet's canonical JSON (RFC 8785); Seal is set once that is sealed.
type Revision struct {
	ID        string      `json:"id"`
	Procedure string      `json:"procedure"`
	Number    int         `json:"number"`
	Status    string      `json:"status"`
	Sheet     Sheet       `json:"sheet"`
	SHA256    string      `json:"sha256"`
	ValidFrom civil.Date  `json:"valid_from"`
	ValidTo   *civil.Date `json:"valid_to,omitempty"`
	Seal      *Seal       `json:"seal,omitempty"`
	Missing   []string    `json:"missing,omitempty"`
	Findings  []Finding   `json:"findings,omitempty"`
}

// Seal is the detached electronic seal over a revision's canonical JSON.
type Seal struct {
	ID       string    `json:"id"`
	KeyID    string    `json:"key_id"`
	SHA256   string    `json:"sha256"`
	SealedAt time.Time `json:"sealed_at"`
	CMS      []byte    `json:"cms,omitempty"`
}

// Hit is one answer of a search.
type Hit struct {
	Procedure Procedure `json:"procedure"`
	Score     float64   `json:"score"`
}

// Found is the answer to a search. Suggestion is a better spelling of the
// query, when nothing or little was found.
type Found struct {
	Total      int    `json:"total"`
	Hits       []Hit  `json:"hits"`
	Suggestion string `json:"suggestion,omitempty"`
}

// Client calls the catalogue.
type Client struct{ c *wire.Client }

// New returns a client over a wire to the catalogue.
func New(c *wire.Client) *Client { return &Client{c} }

func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.c.JSON(ctx, http.MethodGet, path, nil, out)
}

// Procedure returns a procedure; errs.NotFound "procedure_unknown" if there is none.
func (c *Client) Procedure(ctx context.Context, code string) (Procedure, error) {
	var p Procedure
	err := c.get(ctx, "/v1/procedures/"+url.PathEscape(code), nil, &p)
	return p, err
}

// Procedures lists procedures by code, from the one after the given code.
func (c *Client) Procedures(ctx context.Context, after string, limit int) ([]Procedure, error) {
	var out struct {
		Procedures []Procedure `json:"procedures"`
	}
	err := c.get(ctx, "/v1/procedures", url.Values{"after": {after}, "limit": {strconv.Itoa(limit)}}, &out)
	return out.Procedures, err
}

// Revision returns a revision by its id ("rev_…"), current or past.
func (c *Client) Revision(ctx context.Context, id string) (Revision, error) {
	var r Revision
	err := c.get(ctx, "/v1/revisions/"+url.PathEscape(id), nil, &r)
	return r, err
}

// Competent returns who handles a procedure for a territory;
// errs.NotFound "competence_unknown" when the sheet or territory does not tell.
func (c *Client) Competent(ctx context.Context, procedure, territory string) (Competence, error) {
	var out Competence
	err := c.get(ctx, "/v1/competence", url.Values{"procedure": {procedure}, "territory": {territory}}, &out)
	return out, err
}

// Organisation returns an administration of the directory.
func (c *Client) Organisation(ctx context.Context, code string) (Organisation, error) {
	var o Organisation
	err := c.get(ctx, "/v1/organisations/"+url.PathEscape(code), nil, &o)
	return o, err
}

// Organisations lists administrations of one level ("" for all) whose name
// begins with the prefix in some language.
func (c *Client) Organisations(ctx context.Context, level, prefix string) ([]Organisation, error) {
	var out struct {
		Organisations []Organisation `json:"organisations"`
	}
	err := c.get(ctx, "/v1/organisations", url.Values{"level": {level}, "prefix": {prefix}}, &out)
	return out.Organisations, err
}

// Units lists the units of an organisation.
func (c *Client) Units(ctx context.Context, org string) ([]Unit, error) {
	var out struct {
		Units []Unit `json:"units"`
	}
	err := c.get(ctx, "/v1/units", url.Values{"org": {org}}, &out)
	return out.Units, err
}

// Unit returns a unit by its code.
func (c *Client) Unit(ctx context.Context, code string) (Unit, error) {
	var u Unit
	err := c.get(ctx, "/v1/units/"+url.PathEscape(code), nil, &u)
	return u, err
}

// Territory returns a territory by its official code.
func (c *Client) Territory(ctx context.Context, code string) (Territory, error) {
	var t Territory
	err := c.get(ctx, "/v1/territories/"+url.PathEscape(code), nil, &t)
	return t, err
}

// Territories lists the children of a territory ("" for the regions).
func (c *Client) Territories(ctx context.Context, parent string) ([]Territory, error) {
	return c.territories(ctx, url.Values{"parent": {parent}})
}

// Communes finds municipalities, rural communes and arrondissements whose name
// begins with the prefix, in Arabic or French, accents and letter forms aside.
func (c *Client) Communes(ctx context.Context, prefix string) ([]Territory, error) {
	return c.territories(ctx, url.Values{"prefix": {prefix}})
}

func (c *Client) territories(ctx context.Context, query url.Values) ([]Territory, error) {
	var out struct {
		Territories []Territory `json:"territories"`
	}
	err := c.get(ctx, "/v1/territories", query, &out)
	return out.Territories, err
}

// Search finds procedures.
func (c *Client) Search(ctx context.Context, q string, limit int) (Found, error) {
	var f Found
	err := c.get(ctx, "/v1/search", url.Values{"q": {q}, "limit": {strconv.Itoa(limit)}}, &f)
	return f, err
}
