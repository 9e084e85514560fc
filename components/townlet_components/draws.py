"""Purposes of random draws: one number per decision, never reused."""

MOVE_TIE = 1
QUEUE_JOIN = 2
QUEUE_NEXT = 3
INITIAL_NEED = 4
LEISURE = 5
RANDOM_OPTION = 6
RANDOM_PRIMITIVE = 7
