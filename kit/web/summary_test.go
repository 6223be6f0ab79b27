package web

import "testing"

func TestTheSummaryUsesTheWordsBesideTheField(t *testing.T) {
	named := labels(`<label for="f-email">E-mail address</label><input id="f-email">
		<label for="f-phone">Phone <span class="optional">(optional)</span></label><input id="f-phone">
		<fieldset><legend>Which piece?</legend><input type="radio" id="f-piece"><label for="f-piece">Plan</label>
		<input type="radio" id="f-piece-2"><label for="f-piece-2">Title</label></fieldset>
		<label for="f-after">After</label>`)
	for id, want := range map[string]string{
		"f-email": "E-mail address", "f-phone": "Phone", "f-piece": "Which piece?", "f-after": "After", "f-none": "",
	} {
		if named[id] != want {
			t.Errorf("%s is called %q, want %q", id, named[id], want)
		}
	}
}
