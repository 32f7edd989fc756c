// It loops forever.
package main

func main() {
	for {
	}
}
