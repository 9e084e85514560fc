"""What a learner may ask for."""

from __future__ import annotations

import pytest

from townlet.errors import UserError
from townlet.learner import Learner


def test_wrong_words_are_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"observations is 'hybird'; did you mean 'hybrid'\?"):
        Learner(observations="hybird")  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"precision is 'double'; valid are float32, float16"):
        Learner(precision="double")  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"maps is 'bit'; did you mean 'bits'\?"):
        Learner(maps="bit")  # type: ignore[arg-type]
