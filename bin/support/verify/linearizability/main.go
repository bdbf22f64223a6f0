// Holds what clients saw of each class to one order in which it all could have happened: seats and line.
//
// Standard input is {"classes": [{"class_id", "capacity", "places", "operations": […]}]}, standard output one line of
// JSON a class: {"class_id", "operations", "result": "Ok", "Illegal" or "Unknown"}. The searching is porcupine's.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const longest = 60 * time.Second // for one class; then its result is Unknown

// Operation is one request or look. Said is what the reply meant, as in model.go, empty if nobody knows.
type Operation struct {
	Client   int    `json:"client"`
	Began    int64  `json:"began"`
	Ended    int64  `json:"ended"`
	Asked    string `json:"asked"`
	Student  int    `json:"student"`
	Said     string `json:"said"`
	Taken    int    `json:"taken"` // seats taken after it, -1 if the reply does not say
	Capacity int    `json:"capacity"`
	Places   int    `json:"places"`
	Seated   []int  `json:"seated"` // a look's, in order
	Line     []int  `json:"line"`
	Dropped  []int  `json:"dropped"`
}

type class struct {
	ID         int         `json:"class_id"`
	Capacity   int         `json:"capacity"`
	Places     int         `json:"places"`
	Operations []Operation `json:"operations"`
}

func main() {
	var given struct {
		Classes []class `json:"classes"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, each := range given.Classes {
		history := make([]porcupine.Operation, len(each.Operations))
		for i, operation := range each.Operations {
			history[i] = porcupine.Operation{
				ClientId: operation.Client,
				Input:    operation,
				Call:     operation.Began,
				Output:   nil,
				Return:   operation.Ended,
			}
		}
		model := modelOf(each.Capacity, each.Places)
		result := porcupine.CheckOperationsTimeout(model, history, longest)
		fmt.Printf("{\"class_id\": %d, \"operations\": %d, \"result\": %q}\n", each.ID, len(history), result)
	}
}
