package main

import (
	"sort"

	"github.com/anishathalye/porcupine"
)

// state of a class. Slices are never changed in place; seated and dropped are in order of their ids, line in line order.
type state struct {
	capacity, places int
	closed           bool
	seated, line     []int
	dropped          []int
}

// What replies say; the same words are in linearizability.py.
const (
	seatedNew   = "seated new"
	seatedAgain = "seated again"
	joined      = "joined"
	dropped     = "dropped"
	left        = "left"
	isStranger  = "is stranger"
	isDropped   = "is dropped"
	isWaiting   = "is waiting"
	isSeated    = "is seated"
	full        = "full"
	closed      = "closed"
	done        = "done"
	refused     = "refused"
)

func modelOf(begun part) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []interface{} {
			open := state{
				capacity: begun.Capacity, places: begun.Places,
				seated: begun.Seated, line: begun.Line, dropped: begun.Dropped,
			}
			shut := open
			shut.closed = true
			if begun.MayBeClosed {
				return []interface{}{open, shut}
			}
			return []interface{}{open}
		},
		Step: func(from, input, _ interface{}) []interface{} {
			return step(from.(state), input.(Operation))
		},
		Equal: func(one, other interface{}) bool {
			return one.(state).is(other.(state))
		},
	}
	return model.ToModel()
}

// step gives the states that an operation can lead to, none if its reply does not fit the one it began in.
func step(from state, operation Operation) []interface{} {
	if operation.Asked == "look" {
		if same(from, operation) {
			return []interface{}{from}
		}
		return nil
	}
	said, after := apply(from, operation)
	if operation.Said == "" {
		return []interface{}{from, after}
	}
	if said == operation.Said && (operation.Taken < 0 || operation.Taken == len(after.seated)) {
		return []interface{}{after}
	}
	return nil
}

func (one state) is(other state) bool {
	return one.capacity == other.capacity && one.places == other.places && one.closed == other.closed &&
		equal(one.seated, other.seated) && equal(one.line, other.line) && equal(one.dropped, other.dropped)
}

func same(from state, seen Operation) bool {
	return from.capacity == seen.Capacity && from.places == seen.Places && equal(from.seated, seen.Seated) &&
		equal(from.line, seen.Line) && equal(from.dropped, seen.Dropped)
}

// apply carries the operation out: what its reply says then, and the class after it.
func apply(class state, operation Operation) (string, state) {
	student := operation.Student
	switch operation.Asked {
	case "enroll":
		return enroll(class, student)
	case "drop":
		return drop(class, student)
	case "leave":
		return leave(class, student)
	case "resize":
		if operation.Capacity < len(class.seated) {
			return refused, class
		}
		class.capacity, class.places = operation.Capacity, operation.Places
		return done, promote(class) // ours are so small that it is one transaction
	case "close", "open":
		class.closed = operation.Asked == "close"
		return done, class
	}
	panic("unknown operation " + operation.Asked)
}

func enroll(class state, student int) (string, state) {
	isNew := !has(class.dropped, student)
	switch {
	case has(class.seated, student):
		return isSeated, class
	case has(class.line, student):
		return isWaiting, class
	case class.closed:
		return closed, class
	case len(class.seated) < class.capacity && len(class.line) == 0:
		class.seated, class.dropped = with(class.seated, student), without(class.dropped, student)
		if isNew {
			return seatedNew, class
		}
		return seatedAgain, class
	case len(class.line) >= class.places:
		return full, class
	}
	class.line = append(append([]int{}, class.line...), student)
	class.dropped = without(class.dropped, student)
	return joined, class
}

func drop(class state, student int) (string, state) {
	switch {
	case has(class.seated, student):
		class.seated, class.dropped = without(class.seated, student), with(class.dropped, student)
		return dropped, promote(class)
	case has(class.line, student):
		return isWaiting, class
	case has(class.dropped, student):
		return isDropped, class
	}
	return isStranger, class
}

func leave(class state, student int) (string, state) {
	switch {
	case has(class.line, student):
		class.line, class.dropped = without(class.line, student), with(class.dropped, student)
		return left, class
	case has(class.seated, student):
		return isSeated, class
	case has(class.dropped, student):
		return isDropped, class
	}
	return isStranger, class
}

// promote seats the head of the line for as long as there are seats.
func promote(class state) state {
	for len(class.line) > 0 && len(class.seated) < class.capacity {
		class.seated = with(class.seated, class.line[0])
		class.line = without(class.line, class.line[0])
	}
	return class
}

func has(ids []int, id int) bool {
	for _, each := range ids {
		if each == id {
			return true
		}
	}
	return false
}

func without(ids []int, id int) []int {
	var rest []int
	for _, each := range ids {
		if each != id {
			rest = append(rest, each)
		}
	}
	return rest
}

func with(ids []int, id int) []int {
	more := append(append([]int{}, ids...), id)
	sort.Ints(more)
	return more
}

func equal(one, other []int) bool {
	if len(one) != len(other) {
		return false
	}
	for i := range one {
		if one[i] != other[i] {
			return false
		}
	}
	return true
}
