package main

import "math"

// summed at once; shorter blocks are filled up with zeros.
const block = 1 << 17

// sum adds up a term of every number, none negative, in the order that is specified.
func (p part) sum(term func(t, i int) float64) float64 {
	total, room := 0.0, make([]float64, block)
	for t, numbers := range p.base {
		for begin := 0; begin < len(numbers); begin += block {
			clear(room)
			for i := begin; i < min(begin+block, len(numbers)); i++ {
				room[i-begin] = term(t, i)
			}
			total += fold(room)
		}
	}
	return total
}

// fold adds the second half to the first, until one number is left.
func fold(room []float64) float64 {
	for half := len(room) / 2; half > 0; half /= 2 {
		for i := range half {
			room[i] += room[half+i]
		}
	}
	return room[0]
}

// square rounds the product, whatever it is added to.
func square(x float64) float64 {
	return float64(x * x)
}

// norm is the distance of update k from a point.
func (p part) norm(k int, point func(t, i int) float64) float64 {
	return math.Sqrt(p.sum(func(t, i int) float64 { return square(p.value(k, t, i) - point(t, i)) }))
}

// added is the sum in the order given.
func added(numbers []float64) float64 {
	total := 0.0
	for _, number := range numbers {
		total += number
	}
	return total
}
