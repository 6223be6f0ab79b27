// Package payment holds the end-to-end test of a payment: the payment block on
// one side, the bank's simulator as a process of its own on the other, and a
// browser without JavaScript between them.
package payment
