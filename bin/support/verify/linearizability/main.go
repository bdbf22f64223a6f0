// Holds what clients saw of each class to one order in which it all could have happened: seats and line.
//
// Standard input is {"seconds", "parts": [{"class_id", "capacity", "places", "seated", "line", "dropped", "may_be_closed",
// "operations": […]}]}: parts of histories, each with the class as it began. Standard output is one line of JSON a part:
// {"class_id", "operations", "began_s", "result": "Ok", "Illegal" or "Unknown"}. The searching is porcupine's.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const longest = 20 * time.Second // for one part; then its result is Unknown

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

type part struct {
	ID          int         `json:"class_id"`
	Capacity    int         `json:"capacity"`
	Places      int         `json:"places"`
	Seated      []int       `json:"seated"`
	Line        []int       `json:"line"`
	Dropped     []int       `json:"dropped"`
	MayBeClosed bool        `json:"may_be_closed"`
	Operations  []Operation `json:"operations"`
}

func main() {
	var given struct {
		Seconds float64 `json:"seconds"`
		Parts   []part  `json:"parts"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	end := time.Now().Add(time.Duration(given.Seconds * float64(time.Second)))
	for _, each := range given.Parts {
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
		result := porcupine.Unknown
		if time.Now().Before(end) {
			result = porcupine.CheckOperationsTimeout(modelOf(each), history, longest)
		}
		fmt.Printf("{\"class_id\": %d, \"operations\": %d, \"began_s\": %f, \"result\": %q}\n",
			each.ID, len(history), float64(each.Operations[0].Began)/1e9, result)
	}
}
