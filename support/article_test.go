package support

import (
	"reflect"
	"testing"

	"wasl/kit/i18n"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
)

func TestEveryStepHasHelp(t *testing.T) {
	texts, err := i18n.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ procedure, step, want string }{
		{"passeport-biometrique-adulte", "deposit", "passeport-biometrique-adulte.deposit"},
		{"permis-construire", "study", "step.study"},
		{"any", "deposit", "step.deposit"},
		{"any", "a step nobody wrote about", "step.other"},
	} {
		a := StepHelp(c.procedure, c.step, i18n.French, texts)
		if a.Code != c.want || len(a.Blocks) == 0 || len(a.See) == 0 {
			t.Errorf("%s/%s: %+v", c.procedure, c.step, a)
		}
	}
	if _, ok := Topic("step.deposit", i18n.French, texts); ok {
		t.Error("a step passes for a topic")
	}
}

func TestBodyOfAnArticle(t *testing.T) {
	got := blocks("one\n- a\n- b\ntwo\n- c")
	want := []Section{{Text: "one"}, {Items: []string{"a", "b"}}, {Text: "two"}, {Items: []string{"c"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	pages, err := web.Load("support", files, files)
	if err != nil {
		t.Fatal(err)
	}
	// The real texts are read in TestHelpPages, each in its own language.
	a := Article{Code: "verify", Lead: "1", Blocks: []Section{{Text: "2"}, {Items: []string{"3"}}}}
	see := cards(Index(i18n.Arabic, pages.Bundle()))
	webtest.All(t, pages, map[string]web.Page{
		"index":   {TitleKey: "help.title", Data: indexView{see}},
		"article": {TitleKey: "help.verify.title", Data: articleView{Article: a, See: see, Procedure: "permis-construire"}},
	})
}
