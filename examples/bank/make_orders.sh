#!/bin/sh
# Writes the sample file orders.tsv to the standard output, the same on every machine:
#   examples/bank/make_orders.sh > examples/bank/orders.tsv
exec awk -v seed=20240229 -v orders=200 '
function random(below) { seed = (seed * 16807) % 2147483647; return seed % below }
function amount(    cents) {
  cents = random(10) == 0 ? 1 + random(99) : 100 + random(90000)
  return cents < 100 ? sprintf(".%02d", cents) : sprintf("%d.%02d", cents / 100, cents % 100)
}
BEGIN {
  banks = split("AB CD EF GH IJ KL", bank, " ")
  types = split("household loan insurance leasing", type, " ")
  payer = 100
  for (i = 1; i <= orders; ++i) {
    if (random(5) < 3)
      ++payer
    # Some payers are paid as well, by their neighbours at home.
    if (random(12) == 0)
      to = "home\t" (payer > 110 ? payer - 1 - random(8) : payer + 1)
    else
      to = bank[1 + random(banks)] "\t" (10000000 + random(90000000))
    printf "%d\t%d\t%s\t%s\t%s\n", 1000 + i, payer, to, amount(), random(4) == 0 ? " " : type[1 + random(types)]
  }
}'
