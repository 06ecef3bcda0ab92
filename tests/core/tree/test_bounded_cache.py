from __future__ import annotations

from core.tree.bounded_cache import BoundedCache


def test_the_value_that_was_not_used_for_longest_goes_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")

    cache.put("c", 3)

    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_a_value_that_is_put_again_is_replaced() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)

    cache.put("a", 2)

    assert cache.get("a") == 2
    assert len(cache) == 1


def test_to_forget_what_is_not_there_does_nothing() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)

    cache.forget("a")

    assert "a" not in cache
