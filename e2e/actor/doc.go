// Package actor is a person at a browser without a screen: it follows links, fills forms and reads pages as HTML, over real HTTP
// with cookies, origins and redirects. It runs no JavaScript, which every task of Wasl must do without.
package actor
