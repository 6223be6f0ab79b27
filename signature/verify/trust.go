package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"wasl/kit/cms"
	"wasl/kit/cms/pades"
	"wasl/kit/proof"
	"wasl/kit/strictjson"
)

// Format is the trust file's format and version.
const Format = "wasl-trust/1"

// maxTrust bounds a trust file in bytes; revocation lists are the larger part of it.
const maxTrust = 8 << 20

// Trust is what a verifier relies on. Witnesses is the policy (kit/proof) that says whose co-signatures a checkpoint of the log must
// bear, and how many of them; "" asks for none.
type Trust struct {
	Format    string   `json:"format"`
	Seals     []string `json:"seals"`
	Stamps    []string `json:"stamps"`
	Lists     [][]byte `json:"lists,omitempty"`
	Log       string   `json:"log,omitempty"`
	Witnesses string   `json:"witnesses,omitempty"`
}

// ParseTrust reads a trust file and checks that every part of it can be used.
func ParseTrust(file []byte) (Trust, error) {
	var t Trust
	if len(file) > maxTrust {
		return t, errors.New("verify: trust file too large")
	}
	if err := strictjson.Canonical(file, &t); err != nil {
		return Trust{}, fmt.Errorf("verify: trust file: %w", err)
	}
	if t.Format != Format {
		return t, fmt.Errorf("verify: trust file: format %q is not %q", t.Format, Format)
	}
	if len(t.Seals) == 0 || len(t.Stamps) == 0 {
		return t, errors.New("verify: trust file names no roots")
	}
	if _, err := t.Policy(); err != nil {
		return Trust{}, fmt.Errorf("verify: trust file: %w", err)
	}
	_, err := t.anchors()
	return t, err
}

// Policy is the witnesses' policy; the zero value when the file asks for none.
func (t Trust) Policy() (proof.Policy, error) {
	if t.Witnesses == "" {
		return proof.Policy{}, nil
	}
	return proof.ParsePolicy(t.Witnesses)
}

// anchors parses the certificates and lists.
func (t Trust) anchors() (out pades.Trust, err error) {
	var lists []*x509.RevocationList
	for _, der := range t.Lists {
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return out, fmt.Errorf("verify: trust file: list: %w", err)
		}
		lists = append(lists, list)
	}
	for _, group := range []struct {
		pems []string
		to   *cms.Anchors
	}{{t.Seals, &out.Seals}, {t.Stamps, &out.Stamps}} {
		for _, text := range group.pems {
			block, rest := pem.Decode([]byte(text))
			if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
				return out, errors.New("verify: trust file: not one PEM certificate")
			}
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return out, fmt.Errorf("verify: trust file: %w", err)
			}
			group.to.Roots = append(group.to.Roots, cert)
		}
		group.to.Lists = lists
	}
	return out, nil
}
