"""Numbers written out, in English and Spanish: phones are spelled to get past machines."""

from __future__ import annotations

DIGITS = (
    *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("cero", "uno", "una", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho"),
    "nueve",
)
TIMES = ("double", "triple", "doble")
LARGER = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
    *("ninety", "hundred", "thousand", "million"),
    *("diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete"),
    *("dieciocho", "diecinueve", "veinte", "veintiuno", "veintidós", "veintitrés"),
    *("veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve"),
    *("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa", "cien"),
    *("ciento", "cientos", "mil", "millón"),
)
ARTICLES = ("one", "uno", "una", "un")
"""Numerals that are everyday words when they stand alone."""

DIGIT = rf"(?:\d|\b(?:{'|'.join(DIGITS)})\b)"
NUMERAL = rf"(?:\b(?:{'|'.join((*DIGITS, *TIMES, *LARGER))})\b)"
