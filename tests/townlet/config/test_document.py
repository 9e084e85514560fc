"""Merging documents, and where keys stand afterwards."""

from townlet.config.document import Document, Place, merge


def at(file: str, *paths: str) -> dict[tuple[str, ...], Place | None]:
    return {tuple(path.split(".")): Place(file, n + 1) for n, path in enumerate(paths)}


def test_mappings_merge_and_the_rest_is_replaced() -> None:
    below = Document({"a": {"x": 1, "y": 2}, "b": [1, 2]}, at("b", "a", "a.x", "a.y", "b", "b.0"))
    above = Document({"a": {"y": 3}, "b": [9], "c": 4}, at("o", "a", "a.y", "b", "c"))
    merged = merge(below, above)
    assert merged.values == {"a": {"x": 1, "y": 3}, "b": [9], "c": 4}
    assert merged.place(("a", "x")) == Place("b", 2)
    assert merged.place(("a", "y")) == Place("o", 2)
    assert merged.place(("b", "0")) == Place("o", 3)  # the list below is forgotten
    assert below.values == {"a": {"x": 1, "y": 2}, "b": [1, 2]}


def test_the_nearest_key_around_a_path_gives_its_place() -> None:
    document = Document({"a": {}}, {(): Place("f", 1), ("a",): Place("f", 2)})
    assert document.place(("a", "b", "c")) == Place("f", 2)
    assert document.place(("z",)) == Place("f", 1)
