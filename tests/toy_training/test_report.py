"""What is published of a training."""

from training.report import joined

FIRST = [
    {"hours": 0.5, "step": 10, "pictures": 160, "total": 3.0},
    {"hours": 1.0, "step": 20, "pictures": 320, "pq": {"All": 40.0}},
]
SECOND = [{"hours": 0.25, "step": 5, "pictures": 80, "pq": {"All": 50.0}}]


def test_a_run_counts_on_from_the_one_before():
    assert joined(FIRST, SECOND) == [
        *FIRST,
        {"hours": 1.25, "step": 25, "pictures": 400, "pq": {"All": 50.0}},
    ]


def test_a_run_of_its_own_stays_as_it_is():
    assert joined([], SECOND) == SECOND
