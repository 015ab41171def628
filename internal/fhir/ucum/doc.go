// Package ucum converts units of measure, written as UCUM codes such as mg/dL, to base units, so that quantities written in
// different units can be compared.
//
// Two choices depart from UCUM, which has neither as a base unit: mole is one here, so that an amount of substance never
// equals a bare count (UCUM takes it for 6.02·10²³), and every arbitrary unit, such as [iU], is a base unit of its own, since
// UCUM forbids its conversion. Logarithmic units (pH, decibel) and units defined by a procedure do not convert.
//
// https://ucum.org/ucum
package ucum
