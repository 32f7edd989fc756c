// Package ledger takes back what a run made. Nothing is made on Windows.
package ledger
