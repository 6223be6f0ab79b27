package governance

import (
	"context"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// The page adds up the last twelve months and draws the last six.
const (
	months  = 12
	charted = 6
)

// indicatorsView is the public page.
type indicatorsView struct {
	Stats         []web.Stat
	Charts        []web.Chart
	Organisations web.Table
	Sources       web.Table
	Enough        int
}

// published is all that the page and the downloads are made of.
type published struct {
	figures []Figure
	sources []source
	names   map[string]i18n.Text
	today   civil.Date
}

func (b *Block) published(ctx context.Context) (p published, err error) {
	p.today = b.deps.Clock.Today()
	from := Lately(nil, p.today, months)[0].First
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if p.figures, err = figuresSince(ctx, tx, from); err != nil {
			return err
		}
		if p.sources, err = allSources(ctx, tx); err != nil {
			return err
		}
		p.names, err = organisationNames(ctx, tx)
		return err
	})
	return p, err
}

func (b *Block) page(w http.ResponseWriter, r *http.Request) {
	p, err := b.published(r.Context())
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "indicators", web.Page{TitleKey: "indicators.title", Data: view(p, web.Lang(r))})
}

func view(p published, lang i18n.Lang) indicatorsView {
	list := Lately(Months(p.figures), p.today, charted)
	v := indicatorsView{Enough: Enough, Stats: stats(p.figures)}
	add := func(name, key string, unit any, value func(Month) *float64) {
		if !slices.ContainsFunc(p.figures, func(f Figure) bool { return f.Name == name }) {
			return // nobody published it: no picture is truer than an empty one
		}
		c := web.Chart{Caption: web.K("chart." + key), Label: web.K("indicators.month"), Unit: unit}
		for _, m := range list {
			if n := value(m); n != nil {
				c.Points = append(c.Points, web.Point{Label: i18n.Month(lang, m.First.Month()), Value: *n, Strong: m.First == firstOf(p.today)})
			}
		}
		if len(c.Points) > 0 {
			v.Charts = append(v.Charts, c)
		}
	}
	add("dossiers.in_time", "in_time", "%", func(m Month) *float64 { return m.InTime })
	add("exchanges", "exchanges", web.K("unit.exchanges"), func(m Month) *float64 { return counted(m.Exchanges) })
	add("authentications", "authentications", web.K("unit.authentications"), func(m Month) *float64 { return counted(m.Authentications) })
	v.Organisations = organisations(p)
	v.Sources = sources(p.sources)
	return v
}

func counted(n int) *float64 {
	f := float64(n)
	return &f
}

// stats are the figures of all months together.
func stats(figures []Figure) []web.Stat {
	all := sum(figures)
	has := map[string]bool{}
	for _, f := range figures {
		has[f.Name] = true
	}
	count := func(name string, n int) any {
		if !has[name] {
			return web.K("indicators.no_data")
		}
		return n
	}
	rate := func(f *float64, cases int, key string) any {
		switch {
		case f != nil:
			return web.K(key, "n", int(math.Round(*f)))
		case cases > 0:
			return web.K("indicators.too_few")
		}
		return web.K("indicators.no_data")
	}
	return []web.Stat{
		{Label: web.K("stat.in_time"), Value: rate(all.InTime, all.Decided, "indicators.percent")},
		{Label: web.K("stat.median_days"), Value: rate(all.MedianDays, all.Decided, "indicators.days"), Note: web.K("stat.median_note")},
		{Label: web.K("stat.silences"), Value: count("dossiers.deposited", all.Silences)}, // where dossiers are counted, no silence is a true zero
		{Label: web.K("stat.exchanges"), Value: count("exchanges", all.Exchanges)},
		{Label: web.K("stat.authentications"), Value: count("authentications", all.Authentications)},
	}
}

func organisations(p published) web.Table {
	t := web.Table{
		Caption: web.K("indicators.by_administration"), Empty: web.K("indicators.no_data"), Numbers: []int{1, 2, 3, 4, 5},
		Head: []any{web.K("indicators.administration"), web.K("stat.deposited"), web.K("stat.decided"), web.K("stat.in_time"), web.K("stat.silences"), web.K("stat.exchanges")},
	}
	for _, o := range Organisations(p.figures) {
		var name any = web.Ref(o.Code)
		if text, ok := p.names[o.Code]; ok {
			name = text
		}
		rate := any("–")
		if o.InTime != nil {
			rate = web.K("indicators.percent", "n", int(math.Round(*o.InTime)))
		}
		t.Rows = append(t.Rows, []any{name, o.Deposited, o.Decided, rate, o.Silences, o.Exchanges})
	}
	return t
}

func sources(list []source) web.Table {
	t := web.Table{
		Caption: web.K("indicators.sources"), Empty: web.K("indicators.no_data"), Numbers: []int{2},
		Head: []any{web.K("indicators.source"), web.K("indicators.answered"), web.K("indicators.figures")},
	}
	for _, s := range list {
		var when any = s.Answered
		if !s.Answered.After(time.Unix(0, 0)) {
			when = web.K("indicators.never")
		}
		t.Rows = append(t.Rows, []any{sourceName(s.Block), when, s.Count})
	}
	return t
}

// named are the blocks that the texts call by name; an installation may name others as sources.
var named = []string{"casework", "payment", "exchange", "identity", "catalog", "support"}

func sourceName(block string) any {
	if slices.Contains(named, block) {
		return web.K("source." + block)
	}
	return web.Ref(block)
}
