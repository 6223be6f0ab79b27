package support

import (
	"net/http"

	"wasl/kit/errs"
	"wasl/kit/web"
)

type indexView struct{ Topics []web.Card }

func (b *Block) indexPage(w http.ResponseWriter, r *http.Request) {
	list := Index(web.Lang(r), b.pages.Bundle())
	b.pages.Render(w, r, http.StatusOK, "index", web.Page{TitleKey: "help.title", Data: indexView{cards(list)}})
}

type articleView struct {
	Article   Article
	See       []web.Card
	Procedure string // code of the procedure that the reader comes from
}

func (b *Block) topicPage(w http.ResponseWriter, r *http.Request) {
	a, ok := Topic(r.PathValue("topic"), web.Lang(r), b.pages.Bundle())
	if !ok {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "not_found"))
		return
	}
	b.article(w, r, articleView{Article: a})
}

func (b *Block) stepPage(w http.ResponseWriter, r *http.Request) {
	procedure := r.PathValue("procedure")
	a := StepHelp(procedure, r.PathValue("step"), web.Lang(r), b.pages.Bundle())
	b.article(w, r, articleView{Article: a, See: cards(a.See), Procedure: procedure})
}

func (b *Block) article(w http.ResponseWriter, r *http.Request, v articleView) {
	b.pages.Render(w, r, http.StatusOK, "article", web.Page{
		TitleKey: "help." + v.Article.Code + ".title", Data: v,
		Crumbs: []web.Crumb{{Text: web.K("help.title"), Path: "/help"}},
	})
}

func cards(list []Article) (cards []web.Card) {
	for _, a := range list {
		cards = append(cards, web.Card{
			Href: "/help/" + a.Code, Title: web.K("help." + a.Code + ".title"), Note: web.K("help." + a.Code + ".lead"),
		})
	}
	return cards
}
