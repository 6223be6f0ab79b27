package portal

import (
	"context"
	"embed"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/errgroup"

	"wasl/casework/caseworkapi"
	"wasl/catalog/catalogapi"
	"wasl/custody/custodyapi"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/envelope"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/kit/web/assets"
	"wasl/portal/rp"
	"wasl/signature/signatureapi"
)

// Config is what an operator may set.
type Config struct {
	// ClientID names the portal at identity.
	ClientID string `env:"WASL_PORTAL_CLIENT,default=wasl-portal"`
	// LoginRate is how many sign-ins a second one address may begin, after a burst of five times as many.
	LoginRate float64 `env:"WASL_PORTAL_LOGIN_RATE,default=20"`
	// Identity is the transport to identity's public origin; nil is the wire that the process has to the block.
	Identity http.RoundTripper
}

//go:embed pages locales migrations
var files embed.FS

// Block is the portal, running.
type Block struct {
	cfg       Config
	d         block.Deps
	db        *pg.DB
	pages     *web.Pages
	rp        *rp.Client
	key       rp.Key
	catalog   *catalogapi.Client
	casework  *caseworkapi.Client
	signature *signatureapi.Client
	popular   *popular
	forwards  map[string]http.Handler
	publisher *audit.Publisher
	vault     *envelope.Vault
	handler   http.Handler
}

// New opens the block. It calls nobody: identity is discovered at the first sign-in.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	if cfg.ClientID == "" {
		cfg.ClientID = "wasl-portal"
	}
	if cfg.LoginRate <= 0 {
		cfg.LoginRate = 20
	}
	if cfg.Identity == nil {
		cfg.Identity = d.Peer("identity").Transport()
	}
	d.PortalURL, d.IdentityURL = strings.TrimSuffix(d.PortalURL, "/"), strings.TrimSuffix(d.IdentityURL, "/")
	b := &Block{
		cfg: cfg, d: d,
		catalog: catalogapi.New(d.Peer("catalog")), casework: caseworkapi.New(d.Peer("casework")),
		signature: signatureapi.New(d.Peer("signature")), popular: &popular{},
	}
	var err error
	if b.key, err = ownKey(ctx, d.Cluster, d.Dir); err != nil {
		return nil, err
	}
	b.rp = &rp.Client{
		Issuer: d.IdentityURL, ID: cfg.ClientID, Redirect: d.PortalURL + "/login/callback", Key: b.key,
		HTTP: identityClient(cfg.Identity), Now: d.Clock.Now,
	}
	if b.pages, err = web.Load("portal", files, files); err != nil {
		return nil, err
	}
	if b.db, err = d.Cluster.Block(ctx, "portal", files, d.Conns); err != nil {
		return nil, err
	}
	b.vault = envelope.New(b.db, custodyapi.New(d.Peer("custody")), d.Clock, sealedTables...)
	b.publisher = audit.NewPublisher(b.db, "portal", custodyapi.New(d.Peer("custody")))
	b.forwards = b.forwarders()
	b.handler = b.routes()
	return b, nil
}

// Handler answers people, and what the installation publishes about itself.
func (b *Block) Handler() http.Handler { return b.handler }

// Refuse answers what does not reach the handler: too many requests, text that is none.
func (b *Block) Refuse(w http.ResponseWriter, r *http.Request, err error) { b.pages.Refuse(w, r, err) }

// Run publishes audit entries and sweeps what is over, until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.publisher.Run(ctx) })
	g.Go(func() error { return b.housekeeping(ctx) })
	return g.Wait()
}

// Party is what identity registers of the portal.
type Party struct {
	ID              string
	RedirectURIs    []string
	PostLogoutURIs  []string
	LogoutURI       string             // is told when a session ends at identity
	Keys            jose.JSONWebKeySet // public
	Scopes, Require []string
}

// Party returns the portal's registration at identity.
func (b *Block) Party() Party {
	p := Party{
		ID: b.cfg.ClientID, RedirectURIs: []string{b.d.PortalURL + "/login/callback"}, Keys: b.key.Public(),
		LogoutURI: b.d.PortalURL + logoutPath,
		Scopes:    []string{"openid"}, Require: []string{"name"},
	}
	for _, lang := range langs {
		p.PostLogoutURIs = append(p.PostLogoutURIs, b.d.PortalURL+"/"+lang+"/signed-out")
	}
	return p
}

// Appoint lets a person act for a unit. The id derives from who, where and
// since when: the same appointment made twice is one.
func (b *Block) Appoint(ctx context.Context, a Appointment) error {
	if err := a.Check(); err != nil {
		return err
	}
	a.ID = ids.Derive[appointmentKind]("appointment", a.Subject, a.Org, a.Unit, a.From.String())
	return b.saveAppointment(ctx, a)
}

// logoutPath is where identity says that a session is over.
const logoutPath = "/login/ended"

// routes is the table of contents of the origin.
func (b *Block) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.chooseLanguage)
	mux.HandleFunc("GET /robots.txt", robots)
	mux.Handle("GET /favicon.ico", http.RedirectHandler(assets.URL("icon.svg"), http.StatusFound))
	mux.HandleFunc("GET /.well-known/wasl-trust", b.trust)
	for _, path := range machinePaths {
		mux.HandleFunc(path, b.callback)
	}
	mux.HandleFunc("GET /login/callback", b.signedIn)
	mux.HandleFunc("POST "+logoutPath, b.ended)
	for _, lang := range langs {
		own := "/" + lang
		mux.HandleFunc("GET "+own, b.home)
		mux.HandleFunc("GET "+own+"/{$}", b.home)
		mux.HandleFunc("GET "+own+"/login", b.signIn)
		mux.HandleFunc("POST "+own+"/logout", b.signOut)
		mux.HandleFunc("POST "+own+"/session", stay)
		mux.HandleFunc("GET "+own+"/signed-out", b.signedOut)
		mux.HandleFunc("GET "+own+"/appointments", b.listAppointments)
		mux.HandleFunc("POST "+own+"/appointments", b.chooseAppointment)
	}
	mux.HandleFunc("/", b.forward)
	csrf := http.NewCrossOriginProtection()
	for _, path := range machinePaths {
		csrf.AddInsecureBypassPattern("POST " + path)
	}
	csrf.SetDenyHandler(http.HandlerFunc(b.crossOrigin))
	return b.edge(assets.Before(web.Compress(b.visit(csrf.Handler(mux)))))
}
