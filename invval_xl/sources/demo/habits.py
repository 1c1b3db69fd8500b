"""What the fictional company and its customers do, in numbers: every parameter of the generator.

Chosen so that 15 to 30 % of what is on hand turns out obsolete, 12 to 20 % is sold marked down,
and the top fifth of items carries about 77 % of units; ``tests/bench/generator_shares.py``
prints all three.
"""

from __future__ import annotations

__all__: list[str] = []

# --- assortment ---
BASE_UNITS = 5.0  # median units a week at one location
BASE_SIGMA = 1.40  # of the lognormal over items
ONE_TIME_BUY_RATE = 0.8  # of short-lived items; the others are replenished
ONE_TIME_MOST_UNITS = 18.0  # a week; larger sellers are never bought all at once
SUPERSEDED_RATE = 0.12  # of items, suddenly and unforeseen
SUPERSEDED_MOST_UNITS = 40.0  # a week; a best seller's successor is planned, not a surprise
SUPERSEDED_DEMAND = 0.04  # what demand is left
PLAN_ERROR_MEAN, PLAN_ERROR_SIGMA = 0.12, 0.42  # of the log of bought over needed
BUYER_LAG_WEEKS = (-8, 13)  # when buying stops, about the planned end
LARGE_PACK_FROM, SMALL_PACK_FROM = 12.0, 3.0  # units a week

# --- buying ---
LAUNCH_COVER_WEEKS, REORDER_COVER_WEEKS = 10.0, 8.0
ONE_TIME_SHARE_OF_LIFE = 0.80
FIRST_DROP_SHARE, SECOND_DROP_WEEK = 0.6, 8
SEASON_AHEAD_WEEKS = 8  # how far the buyer looks ahead
REVIEW_WEEKS = 4  # replenishment, transfers and damaged goods are looked at every fourth week
NOTICE_WEEKS = 6  # until the buyer knows that an item was superseded
LAUNCH_LEAST_LIFE_WEEKS = 4
COST_DRIFT_SIGMA = 0.012  # of invoice prices about the standard
INVOICE_CORRECTION_RATE, INVOICE_CORRECTION_SIGMA = 0.004, 0.02

# --- suppliers ---
BAD_BATCH_RATE = 0.6
BAD_RETURN_FACTOR = 6.0
ALLOWANCE_SUPPLIER_RATE, ALLOWANCE_RATE = 0.4, 0.01
SPOILED_RATE, BAD_SPOILED_RATE = 0.15, 0.5  # of returned units

# --- pricing ---
EARLY_CADENCE_WEEKS, CADENCE_WEEKS = 13, 20  # since the last receipt; early in the West
CUT, FURTHER_CUT, DEEPEST_CUT = 0.20, 0.15, 0.60
CUT_COVER_WEEKS, ENDING_COVER_WEEKS, FURTHER_COVER_WEEKS = 5.0, 10.0, 13.0
ENDING_WEEKS = 5  # before the planned end, when clearance may begin
CUT_INTERVAL_WEEKS = 9
MISTAKEN_CUT_RATE, MISTAKEN_CUT_WEEKS = 0.04, 3
PROMOTION_RATE, PROMOTIONS = 0.04, (0.15, 0.20)
INCREASE_WEEK, INCREASE_RATE, INCREASE_SHARE = 5.0, 1.04, 0.5
INCREASE_CANCELLED_RATE, INCREASE_CANCELLED_WEEKS = 0.1, 6
MARKET_AFTER_SUPERSESSION, MARKET_FADE, MARKET_FADE_WEEKS = 0.75, 0.25, 26.0

# --- staff, losses, counts ---
STAFF_SHARE, STAFF_DISCOUNT_RATE = 0.015, 0.20
SHRINK_RATE = 0.0003  # of units on hand, a week
COUNT_WEEKS, COUNT_DIFFERENCE_RATE, COUNT_LEAST_UNITS = 13, 0.12, 4
DAMAGED_CLEARED_RATE = 0.7

# --- transfers ---
TRANSFER_FROM_COVER, TRANSFER_TO_COVER = 16.0, 3.0  # weeks
TRANSFER_KEEP_WEEKS, TRANSFER_GIVE_WEEKS, TRANSFER_RATE = 10.0, 8.0, 0.5

# --- disposal, quarterly ---
DISPOSAL_MONTHS = (2, 5, 8, 11)
DISPOSAL_SILENT_WEEKS, DISPOSAL_AGE_WEEKS = 13, 34
DISPOSAL_COVER_WEEKS, DISPOSAL_COVERED_AGE_WEEKS = 156, 52
DISPOSAL_RATE = 0.45
DISPOSAL_PRICES = (0.40, 0.60)  # of the market price
COST_TO_SELL_RATE = 0.08

# --- demand ---
SHOCK_MEMORY, SHOCK_SIGMA = 0.8, 0.12  # AR(1) of the log, by item
SPREAD_SHAPE = 4.0  # of the gamma in gamma-Poisson
RAMP_WEEKS, FADE_WEEKS = 3.0, 3.0
TASTE_SIGMA, PLACE_SIGMA = 0.15, 0.12
SHIFT_FACTOR, SHIFT_ELSEWHERE = 0.60, 0.95
OUTAGE_WEEKS = 10
FOURTH_QUARTER_WEEK = 39.0
ESTIMATE_WEIGHT = 0.13  # of the newest week in the buyer's estimate

# --- evidence ---
QUOTED_RATE = 0.7  # of items held that have a market price
MARKET_LEVEL, MARKET_SIGMA = 0.97, 0.04  # of the ticket
ORDER_LEAST_UNITS, ORDER_LIVELY_WEEKS = 24, 4
LEAST_CUT, LEAST_SAMPLE = 0.10, 10  # of a markdown that counts; of a category that states one
RESERVED_SILENT_WEEKS = 14
RESERVED_LIQUIDATION = 0.50 * 0.92 * 1.1  # net of selling, with room for a quote above ticket
RESERVED_LEAST_LOSS = 0.2  # of cost
AGED_WEEKS, WATCHED_WEEKS = 18, 13  # the first week an age exceeds 120 days; time to be cut
