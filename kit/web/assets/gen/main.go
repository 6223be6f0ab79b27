// Command gen builds the assets: it bundles and minifies src with esbuild, gives
// every file a name with a hash, compresses what compresses, and writes dist
// with its manifest. Its test fails when dist is not what src gives.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path"
	"path/filepath"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := run("src", "dist"); err != nil {
		log.Fatal(err)
	}
}

func run(src, dist string) error {
	files, err := build(src)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dist, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// build returns the files of dist by name.
func build(src string) (map[string][]byte, error) {
	dir, err := filepath.Abs(src)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: dir,
		EntryPoints:   []string{"app.css", "app.js", "icon.svg"},
		Outdir:        dir, EntryNames: "[name]-[hash]", AssetNames: "[name]-[hash]",
		Bundle: true, Metafile: true, Format: api.FormatESModule, Target: api.ES2022,
		MinifyWhitespace: true, MinifySyntax: true, MinifyIdentifiers: true,
		Loader:  map[string]api.Loader{".woff2": api.LoaderFile, ".tile.svg": api.LoaderDataURL, ".svg": api.LoaderCopy},
		Engines: []api.Engine{{Name: api.EngineChrome, Version: "111"}, {Name: api.EngineFirefox, Version: "113"}, {Name: api.EngineSafari, Version: "16.4"}},
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(result.Errors[0].Text)
	}
	names, err := sources(result.Metafile)
	if err != nil {
		return nil, err
	}
	files, manifest := map[string][]byte{}, map[string]string{}
	for _, out := range result.OutputFiles {
		name := filepath.Base(out.Path)
		source, ok := names[name]
		if !ok {
			continue
		}
		manifest[source] = name
		if err := add(files, name, out.Contents); err != nil {
			return nil, err
		}
	}
	files["manifest.json"], err = json.MarshalIndent(manifest, "", "  ")
	return files, err
}

// sources maps every output that pages ask for to the name of its source.
func sources(metafile string) (map[string]string, error) {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string
			Inputs     map[string]any
		}
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return nil, fmt.Errorf("metafile: %w", err)
	}
	names := map[string]string{}
	for out, of := range meta.Outputs {
		source := of.EntryPoint
		if source == "" && len(of.Inputs) == 1 {
			for in := range of.Inputs {
				source = in
			}
		}
		names[path.Base(out)] = path.Base(source)
	}
	return names, nil
}

// add keeps a file with its compressed variants; fonts are compressed already.
func add(files map[string][]byte, name string, data []byte) error {
	files[name] = data
	if path.Ext(name) == ".woff2" {
		return nil
	}
	var br, gz bytes.Buffer
	bw := brotli.NewWriterLevel(&br, brotli.BestCompression)
	gw, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{bw, gw} {
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	files[name+".br"], files[name+".gz"] = br.Bytes(), gz.Bytes()
	return nil
}
