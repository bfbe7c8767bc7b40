"""One-time codes: always the same for the same parts, read however they are typed, never found from a digest."""

from services.one_time_codes import ALPHABET, LENGTH, derived, digest_of, read

KEY = b"of the tests"


def test_the_same_parts_have_the_same_code_and_others_have_others() -> None:
    codes = {derived(KEY, "deliberation", str(number)) for number in range(500)}
    assert len(codes) == 500
    assert derived(KEY, "a", "b") == derived(KEY, "a", "b") != derived(KEY, "ab", "")
    assert derived(KEY, "a", "b") != derived(b"another", "a", "b")


def test_a_code_is_typed_in_many_ways_and_is_one() -> None:
    code = derived(KEY, "x")
    assert len(read(code)) == LENGTH
    assert set(read(code)) <= set(ALPHABET)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read(typed) == read(code)
    assert digest_of(typed) == digest_of(code)
