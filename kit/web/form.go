package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/httpx"
)

// Input is what a person entered in a form, with what was wrong about it. A nil
// *Input is a form that nobody filled in yet.
type Input struct {
	values url.Values
	files  map[string][]File
	faults []errs.FieldError
}

// File is an uploaded file. ContentType is found from its first bytes, never
// taken from the browser.
type File struct {
	Name        string
	ContentType string
	Data        []byte
}

// Size of a form without files, when the caller gives no limit.
const smallForm = 256 << 10

// maxParts bounds the number of values and files of one form.
const maxParts = 500

// Form reads a urlencoded or multipart body of at most limit bytes (256 KiB if
// zero) into memory.
func Form(r *http.Request, limit int64) (*Input, error) {
	if limit <= 0 {
		limit = smallForm
	}
	if r.ContentLength > limit {
		return nil, errs.New(errs.TooLarge, "form_too_large")
	}
	body := http.MaxBytesReader(nil, r.Body, limit)
	in := &Input{values: url.Values{}, files: map[string][]File{}}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		err = errs.New(errs.Invalid, "form_unreadable").Cause(err)
	case kind == "multipart/form-data":
		r.Body = body
		err = in.readParts(r)
	case kind == "application/x-www-form-urlencoded" && len(params) <= 1:
		err = in.readValues(body)
	default:
		err = errs.New(errs.Invalid, "form_unreadable")
	}
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		err = errs.New(errs.TooLarge, "form_too_large").Cause(err)
	}
	if err == nil && !in.isText() {
		err = errs.New(errs.Invalid, "form_unreadable")
	}
	if err != nil {
		return nil, err
	}
	return in, nil
}

// isText tells whether names and values are what a text column can hold; browsers send nothing else.
func (in *Input) isText() bool {
	for name, values := range in.values {
		if !httpx.IsText(name) || slices.ContainsFunc(values, func(v string) bool { return !httpx.IsText(v) }) {
			return false
		}
	}
	for name, files := range in.files {
		if !httpx.IsText(name) || slices.ContainsFunc(files, func(f File) bool { return !httpx.IsText(f.Name) }) {
			return false
		}
	}
	return true
}

func (in *Input) readValues(body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return errs.New(errs.Invalid, "form_unreadable").Cause(err)
	}
	if in.values, err = url.ParseQuery(string(data)); err != nil || len(in.values) > maxParts {
		return errs.New(errs.Invalid, "form_unreadable").Cause(err)
	}
	return nil
}

func (in *Input) readParts(r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return errs.New(errs.Invalid, "form_unreadable").Cause(err)
	}
	left := r.ContentLength // of the body at most, where that is known
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil || n == maxParts {
			return errs.New(errs.Invalid, "form_unreadable").Cause(err)
		}
		data, err := readPart(part, left)
		if err != nil {
			return errs.New(errs.Invalid, "form_unreadable").Cause(err)
		}
		left -= int64(len(data))
		name, file := part.FormName(), part.FileName()
		switch {
		case file != "" && len(data) > 0:
			in.files[name] = append(in.files[name], File{Name: baseName(file), ContentType: sniff(data), Data: data})
		case file == "" && part.Header.Get("Content-Type") == "":
			in.values.Add(name, string(data))
		}
	}
}

// readPart reads a value or file. A large one gets its room at once: growing to 20 MB by steps leaves 80 MB behind.
func readPart(part io.Reader, left int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, smallForm))
	if err != nil || len(data) < smallForm {
		return data, err
	}
	var whole bytes.Buffer
	whole.Grow(max(int(left), len(data)) + bytes.MinRead)
	whole.Write(data)
	if _, err := whole.ReadFrom(part); err != nil {
		return nil, err
	}
	if data = whole.Bytes(); len(data) < cap(data)/2 { // a form of many files must not take their number times its size
		data = bytes.Clone(data)
	}
	return data, nil
}

// baseName keeps the last element of a file name, whatever system it is from.
func baseName(name string) string {
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}

func sniff(data []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	return kind
}

// Filled returns an input that shows values already known, as name, value pairs.
func Filled(pairs ...string) *Input {
	in := &Input{values: url.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		in.values.Add(pairs[i], pairs[i+1])
	}
	return in
}

// Get returns the first value of name without spaces around it, or "".
func (in *Input) Get(name string) string {
	if in == nil {
		return ""
	}
	return strings.TrimSpace(in.values.Get(name))
}

// Has tells whether the form had the field at all.
func (in *Input) Has(name string) bool { return in != nil && in.values.Has(name) }

// All returns every value of name, as checkboxes send them.
func (in *Input) All(name string) []string {
	if in == nil {
		return nil
	}
	return in.values[name]
}

// Values returns all that was entered, without the files.
func (in *Input) Values() url.Values {
	if in == nil {
		return nil
	}
	return in.values
}

// File returns the first file of name.
func (in *Input) File(name string) (File, bool) {
	if in == nil || len(in.files[name]) == 0 {
		return File{}, false
	}
	return in.files[name][0], true
}

// Files returns every file of name.
func (in *Input) Files(name string) []File {
	if in == nil {
		return nil
	}
	return in.files[name]
}

// Date returns the day entered in the three inputs of name; ok is false when
// they are empty or no day of the calendar.
func (in *Input) Date(name string) (day civil.Date, ok bool) {
	d, err1 := strconv.Atoi(in.Get(name + "-day"))
	m, err2 := strconv.Atoi(in.Get(name + "-month"))
	y, err3 := strconv.Atoi(in.Get(name + "-year"))
	if err1 != nil || err2 != nil || err3 != nil || y < 1800 || y > 2400 {
		return civil.Date{}, false
	}
	day = civil.Of(y, time.Month(m), d)
	return day, day.Year() == y && int(day.Month()) == m && day.Day() == d
}

// Fail remembers the fields that err blames, to show beside them; it returns err.
func (in *Input) Fail(err error) error {
	if in != nil {
		in.faults = errs.FieldsOf(err)
	}
	return err
}

func (in *Input) fault(name string) (errs.FieldError, bool) {
	if in == nil {
		return errs.FieldError{}, false
	}
	for _, f := range in.faults {
		if f.Name == name {
			return f, true
		}
	}
	return errs.FieldError{}, false
}
