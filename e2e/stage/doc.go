// Package stage starts the processes of the demonstration and of the whole-binary tests, each from the same executable, and stops
// them again: what the parent starts never outlives it.
package stage
