package ucum

// The base units, in the order in which a canonical unit lists them: meter, second, gram, radian, kelvin, coulomb, candela,
// and mole.
var bases = [...]string{"m", "s", "g", "rad", "K", "C", "cd", "mol"}

// prefixes are the metric prefixes, as powers of ten, and the binary ones.
var prefixes = map[string]float64{
	"Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 1e1,
	"d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18, "z": 1e-21, "y": 1e-24,
	"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
}

// atom is a unit that is defined by another: one of it is Value of Unit.
type atom struct {
	Value  float64
	Unit   string
	Metric bool    // takes prefixes
	Offset float64 // what zero of it is worth in base units; of temperature scales
}

// atoms are the units in clinical use. Values are exact where the unit is defined exactly.
var atoms = map[string]atom{
	// pure numbers
	"10*": {Value: 10, Unit: "1"}, "10^": {Value: 10, Unit: "1"}, "%": {Value: 0.01, Unit: "1"},
	"[ppth]": {Value: 1e-3, Unit: "1"}, "[ppm]": {Value: 1e-6, Unit: "1"}, "[ppb]": {Value: 1e-9, Unit: "1"},
	"[pptr]": {Value: 1e-12, Unit: "1"}, "[pi]": {Value: 3.1415926535897932384626433832795, Unit: "1"},

	// SI and what is used beside it
	"Hz": {1, "s-1", true, 0}, "N": {1, "kg.m/s2", true, 0}, "Pa": {1, "N/m2", true, 0}, "J": {1, "N.m", true, 0},
	"W": {1, "J/s", true, 0}, "A": {1, "C/s", true, 0}, "V": {1, "J/C", true, 0}, "F": {1, "C/V", true, 0},
	"Ohm": {1, "V/A", true, 0}, "S": {1, "Ohm-1", true, 0}, "Wb": {1, "V.s", true, 0}, "T": {1, "Wb/m2", true, 0},
	"H": {1, "Wb/A", true, 0}, "lm": {1, "cd.sr", true, 0}, "lx": {1, "lm/m2", true, 0}, "Bq": {1, "s-1", true, 0},
	"Gy": {1, "J/kg", true, 0}, "Sv": {1, "J/kg", true, 0}, "sr": {1, "rad2", true, 0}, "kat": {1, "mol/s", true, 0},
	"L": {1, "dm3", true, 0}, "l": {1, "dm3", true, 0}, "ar": {100, "m2", true, 0}, "t": {1e3, "kg", true, 0},
	"bar": {1e5, "Pa", true, 0}, "u": {1.6605402e-24, "g", true, 0}, "[e]": {1.60217733e-19, "C", true, 0}, "eV": {1, "[e].V", true, 0},
	"gf": {9.80665, "g.m/s2", true, 0}, "[g]": {9.80665, "m/s2", true, 0}, "Ao": {0.1, "nm", false, 0},
	"dyn": {1, "g.cm/s2", true, 0}, "erg": {1, "dyn.cm", true, 0}, "P": {1, "dyn.s/cm2", true, 0},
	"Ci": {3.7e10, "Bq", true, 0}, "R": {2.58e-4, "C/kg", true, 0}, "RAD": {100, "erg/g", true, 0},
	"REM": {1, "RAD", true, 0}, "St": {1, "cm2/s", true, 0}, "G": {1e-4, "T", true, 0},

	// time
	"min": {60, "s", false, 0}, "h": {60, "min", false, 0}, "d": {24, "h", false, 0}, "wk": {7, "d", false, 0},
	"a": {365.25, "d", false, 0}, "a_j": {365.25, "d", false, 0}, "a_g": {365.2425, "d", false, 0},
	"a_t": {365.24219, "d", false, 0}, "mo": {30.4375, "d", false, 0}, "mo_j": {30.4375, "d", false, 0},
	"mo_g": {30.436875, "d", false, 0}, "mo_s": {29.53059, "d", false, 0},

	// angles
	"deg": {3.1415926535897932384626433832795 / 180, "rad", false, 0},
	"'":   {3.1415926535897932384626433832795 / 10800, "rad", false, 0},
	"''":  {3.1415926535897932384626433832795 / 648000, "rad", false, 0},
	"gon": {0.9, "deg", false, 0}, "circ": {360, "deg", false, 0},

	// temperature
	"Cel": {1, "K", true, 273.15}, "[degF]": {5.0 / 9, "K", false, 459.67 * 5 / 9},

	// amount of substance, osmoles and equivalents
	"eq": {1, "mol", true, 0}, "osm": {1, "mol", true, 0}, "U": {1, "umol/min", true, 0},
	"g%": {1, "g/dL", true, 0},

	// pressure
	"m[H2O]": {9.80665e3, "Pa", true, 0}, "m[Hg]": {133.3220e3, "Pa", true, 0}, "atm": {101325, "Pa", false, 0},
	"att": {98066.5, "Pa", false, 0}, "[psi]": {4.4482216152605 / 6.4516e-4, "Pa", false, 0},
	"[in_i'H2O]": {25.4, "mm[H2O]", false, 0}, "[in_i'Hg]": {25.4, "mm[Hg]", false, 0},
	"[PRU]": {1, "mm[Hg].s/mL", false, 0}, "[wood'U]": {1, "mm[Hg].min/L", false, 0},

	// energy
	"cal": {4.184, "J", true, 0}, "cal_th": {4.184, "J", true, 0}, "cal_IT": {4.1868, "J", true, 0},
	"[Cal]": {1, "kcal_th", false, 0}, "[Btu_th]": {1.05435, "kJ", false, 0}, "[Btu]": {1, "[Btu_th]", false, 0}, "[HP]": {745.69987158227, "W", false, 0},

	// length, area, volume, mass of the inch and pound systems
	"[in_i]": {2.54, "cm", false, 0}, "[ft_i]": {12, "[in_i]", false, 0}, "[yd_i]": {3, "[ft_i]", false, 0},
	"[mi_i]": {5280, "[ft_i]", false, 0}, "[nmi_i]": {1852, "m", false, 0}, "[kn_i]": {1, "[nmi_i]/h", false, 0},
	"[mil_i]": {1e-3, "[in_i]", false, 0}, "[sin_i]": {1, "[in_i]2", false, 0}, "[sft_i]": {1, "[ft_i]2", false, 0},
	"[cin_i]": {1, "[in_i]3", false, 0}, "[cft_i]": {1, "[ft_i]3", false, 0},
	"[in_us]": {100.0 / 3937, "m", false, 0}, "[ft_us]": {1200.0 / 3937, "m", false, 0},
	"[gal_us]": {231, "[in_i]3", false, 0}, "[qt_us]": {0.25, "[gal_us]", false, 0}, "[pt_us]": {0.5, "[qt_us]", false, 0},
	"[gil_us]": {0.25, "[pt_us]", false, 0}, "[foz_us]": {0.25, "[gil_us]", false, 0}, "[fdr_us]": {0.125, "[foz_us]", false, 0},
	"[cup_us]": {16, "[tbs_us]", false, 0}, "[tbs_us]": {0.5, "[foz_us]", false, 0}, "[tsp_us]": {1.0 / 3, "[tbs_us]", false, 0},
	"[foz_m]": {30, "mL", false, 0}, "[cup_m]": {240, "mL", false, 0}, "[tsp_m]": {5, "mL", false, 0}, "[tbs_m]": {15, "mL", false, 0},
	"[gr]": {64.79891, "mg", false, 0}, "[lb_av]": {7000, "[gr]", false, 0}, "[oz_av]": {1.0 / 16, "[lb_av]", false, 0},
	"[dr_av]": {1.0 / 16, "[oz_av]", false, 0}, "[stone_av]": {14, "[lb_av]", false, 0}, "[oz_tr]": {480, "[gr]", false, 0},
	"[pwt_tr]": {24, "[gr]", false, 0}, "[lb_tr]": {12, "[oz_tr]", false, 0}, "[oz_m]": {28, "g", false, 0}, "[lbf_av]": {4.4482216152605, "N", false, 0},
	"[car_m]": {0.2, "g", false, 0},

	// clinical
	"[HPF]": {Value: 1, Unit: "1"}, "[LPF]": {Value: 100, Unit: "1"}, "[hnsf'U]": {Value: 1, Unit: "1"}, "[S]": {1, "10*-13.s", false, 0},
	"[drp]": {0.05, "mL", false, 0}, "[Ch]": {1.0 / 3, "mm", false, 0}, "[diop]": {1, "m-1", false, 0},
	"[MET]": {3.5, "mL/min/kg", false, 0}, "[hd_i]": {4, "[in_i]", false, 0},

	// information
	"bit": {1, "1", true, 0}, "By": {8, "bit", true, 0}, "Bd": {1, "s-1", true, 0},
}

// arbitrary are the units defined by a procedure or a reference preparation: the same unit compares, nothing else. The value
// tells whether prefixes apply.
var arbitrary = map[string]bool{
	"[iU]": true, "[IU]": true, "[arb'U]": false, "[USP'U]": false, "[GPL'U]": false, "[MPL'U]": false, "[APL'U]": false,
	"[beth'U]": false, "[anti'Xa'U]": false, "[todd'U]": false, "[dye'U]": false, "[smgy'U]": false, "[bdsk'U]": false,
	"[ka'U]": false, "[knk'U]": false, "[mclg'U]": false, "[tb'U]": false, "[CCID_50]": false, "[TCID_50]": false,
	"[EID_50]": false, "[PFU]": false, "[FFU]": false, "[CFU]": false, "[IR]": false, "[BAU]": false, "[AU]": false,
	"[Amb'a'1'U]": false, "[PNU]": false, "[Lf]": false, "[D'ag'U]": false, "[FEU]": false, "[ELU]": false, "[EU]": false,
	"[hp'_X]": false, "[hp'_C]": false, "[APL]": false, "[AMB'a'1'U]": false,
}
