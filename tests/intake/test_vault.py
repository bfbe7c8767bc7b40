"""The vault: what opens, what never opens, and what it never shows."""

import base64
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.ciphers import encrypt
from intake.master_keys import MalformedMasterKeys, PlaceholderKey, WrongKeySize
from intake.vault import (
    MalformedBlob,
    MasterKeys,
    NothingToIndex,
    NotSealedHere,
    Suite,
    UnknownMasterKey,
    Vault,
    VaultError,
    new_master_key,
)

OLD, NEW = new_master_key("2026-01"), new_master_key("2026-07")
NAME = "王试样"  # no real person
both_suites = pytest.mark.parametrize("suite", list(Suite))


def vault(suite: Suite = Suite.AES, keys: str = OLD) -> Vault:
    return Vault(MasterKeys.parse(keys), suite)


def line(key_id: str, key: bytes) -> str:
    return f"{key_id}:{base64.b64encode(key).decode()}"


@both_suites
def test_what_is_sealed_opens_again(suite: Suite) -> None:
    safe = vault(suite)
    wrapped = safe.new_data_key()
    blob = safe.seal(wrapped, "name", NAME, "r1")
    assert NAME.encode() not in blob
    assert safe.open(wrapped, "name", blob, "r1") == NAME


@both_suites
@given(text=st.text(alphabet=st.characters()), field=st.text(max_size=8), subject=st.text(max_size=8))
def test_any_text_opens_to_itself(suite: Suite, text: str, field: str, subject: str) -> None:
    safe = vault(suite)
    wrapped = safe.new_data_key()
    assert safe.open(wrapped, field, safe.seal(wrapped, field, text, subject), subject) == text


def test_a_text_with_a_broken_character_is_kept_and_not_shown_in_an_error() -> None:
    safe = vault()
    wrapped = safe.new_data_key()
    assert safe.open(wrapped, "name", safe.seal(wrapped, "name", "王\ud800", "r1"), "r1") == "王\ud800"


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    safe = vault()
    wrapped = safe.new_data_key()
    assert safe.seal(wrapped, "name", NAME, "r1") != safe.seal(wrapped, "name", NAME, "r1")
    assert safe.new_data_key() != wrapped


@both_suites
def test_a_sealed_field_cannot_be_moved_to_another_field_person_or_key(suite: Suite) -> None:
    safe = vault(suite)
    wrapped, other = safe.new_data_key(), safe.new_data_key()
    blob = safe.seal(wrapped, "name", NAME, "r1")
    for key, field, subject in [(wrapped, "phone", "r1"), (wrapped, "name", "r2"), (other, "name", "r1")]:
        with pytest.raises(NotSealedHere):
            safe.open(key, field, blob, subject)


def test_field_and_person_are_bound_apart_and_not_as_one_string() -> None:
    safe = vault()
    wrapped = safe.new_data_key()
    with pytest.raises(NotSealedHere):
        safe.open(wrapped, "a", safe.seal(wrapped, "ab", NAME, "c"), "bc")


@both_suites
@given(data=st.data())
def test_one_changed_bit_in_a_field_or_its_key_is_refused(suite: Suite, data: st.DataObject) -> None:
    safe = vault(suite)
    wrapped = safe.new_data_key()
    blob = safe.seal(wrapped, "phone", "13800001234", "r1")
    bit = data.draw(st.integers(0, 8 * (len(wrapped) + len(blob)) - 1))
    both = bytearray(wrapped + blob)
    both[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VaultError):
        safe.open(bytes(both[: len(wrapped)]), "phone", bytes(both[len(wrapped) :]), "r1")


@given(junk=st.binary(max_size=120), as_key=st.booleans())
def test_no_bytes_at_all_break_the_vault_otherwise_than_by_its_own_error(junk: bytes, as_key: bool) -> None:
    safe = vault()
    wrapped = safe.new_data_key()
    blob = safe.seal(wrapped, "name", NAME, "r1")
    with pytest.raises(VaultError):
        safe.open(junk if as_key else wrapped, "name", blob if as_key else junk, "r1")


def test_a_blob_of_a_later_version_is_refused_as_such() -> None:
    safe = vault()
    wrapped = safe.new_data_key()
    blob = safe.seal(wrapped, "name", NAME, "r1")
    assert blob[0] == 1
    with pytest.raises(MalformedBlob):
        safe.open(wrapped, "name", b"\x02" + blob[1:], "r1")


def test_after_a_change_of_suite_the_old_blobs_still_open_and_new_ones_are_of_the_new_suite() -> None:
    before, after = vault(Suite.AES), vault(Suite.SM)
    wrapped = before.new_data_key()
    old = before.seal(wrapped, "name", NAME, "r1")
    new = after.seal(wrapped, "name", NAME, "r1")
    assert after.open(wrapped, "name", old, "r1") == NAME
    assert before.open(wrapped, "name", new, "r1") == NAME
    assert old[1] != new[1]


@both_suites
def test_a_rotated_master_key_opens_what_the_old_one_wrapped_and_rewraps_it(suite: Suite) -> None:
    before, after = vault(suite), vault(suite, f"{OLD}\n{NEW}")
    wrapped = before.new_data_key()
    blob = before.seal(wrapped, "name", NAME, "r1")
    assert after.open(wrapped, "name", blob, "r1") == NAME
    again = after.rewrap(wrapped)
    assert not wrapped.startswith(after.current_head)
    assert again.startswith(after.current_head)
    alone = vault(suite, NEW)
    assert alone.open(again, "name", blob, "r1") == NAME
    with pytest.raises(UnknownMasterKey):
        alone.open(wrapped, "name", blob, "r1")


def test_another_master_key_under_the_same_id_opens_nothing() -> None:
    wrapped = vault().new_data_key()
    with pytest.raises(NotSealedHere):
        vault(keys=new_master_key("2026-01")).seal(wrapped, "name", NAME, "r1")


def test_a_wrapped_key_cannot_be_given_out_as_of_another_master_key() -> None:
    key = os.urandom(32)
    safe = vault(keys=f"{line('a', key)} {line('b', key)}")
    wrapped = safe.new_data_key()
    with pytest.raises(NotSealedHere):
        safe.rewrap(wrapped.replace(b"\x01b", b"\x01a", 1))


@pytest.mark.parametrize(
    "spelling",
    [
        "138 0000 1234",
        "138-0000-1234",
        "+86 13800001234",
        "+86-138-0000-1234",
        "008613800001234",
        "013800001234",
        "１３８００００１２３４",
        " 13800001234 ",
    ],
)
@both_suites
def test_every_spelling_of_a_number_has_the_same_blind_index(suite: Suite, spelling: str) -> None:
    safe = vault(suite)
    assert safe.blind_index("phone", spelling) == safe.blind_index("phone", "13800001234")


@pytest.mark.parametrize(
    "spelling",
    ["(021) 6000 1234", "+86 21 6000 1234", "0086-21-60001234", "+86 (0)21 60001234", "０２１－６０００１２３４"],
)
def test_every_spelling_of_a_landline_has_the_same_blind_index(spelling: str) -> None:
    assert vault().blind_index("phone", spelling) == vault().blind_index("phone", "021-60001234")


def test_a_landline_that_begins_with_86_is_not_taken_for_the_country() -> None:
    assert vault().blind_index("phone", "8600 1234") != vault().blind_index("phone", "001234")


def test_the_spelling_of_an_identity_number_does_not_matter() -> None:
    assert vault().blind_index("id_number", "000000 19000101 000x") == vault().blind_index(
        "id_number", "00000019000101000X"
    )


def test_the_blind_index_differs_by_value_kind_key_and_suite() -> None:
    safe = vault()
    indexes = {
        safe.blind_index("phone", "13800001234"),
        safe.blind_index("phone", "13800001235"),
        safe.blind_index("mobile", "13800001234"),
        vault(Suite.SM).blind_index("phone", "13800001234"),
        vault(keys=NEW).blind_index("phone", "13800001234"),
        vault(keys=new_master_key("2026-01")).blind_index("phone", "13800001234"),
    }
    assert len(indexes) == 6
    assert {len(index) for index in indexes} == {38}


def test_a_rows_index_is_found_after_a_rotation_and_a_change_of_suite() -> None:
    row = vault(Suite.AES).blind_index("phone", "13800001234")
    after = vault(Suite.SM, f"{OLD}\n{NEW}")
    assert row != after.blind_index("phone", "13800001234")
    assert row in after.blind_indexes("phone", "138 0000 1234")
    assert after.blind_index("phone", "13800001234") in after.blind_indexes("phone", "13800001234")


@pytest.mark.parametrize("value", ["", "  ", "不知道"])
def test_what_holds_no_number_gets_no_index(value: str) -> None:
    with pytest.raises(NothingToIndex):
        vault().blind_index("phone", value)


def test_master_keys_come_from_text_or_a_file_and_the_last_is_current(tmp_path: Path) -> None:
    text = f"# made in January\n{OLD}\n\n{NEW}  # made in July\n"
    path = tmp_path / "keys"
    path.write_text(text)
    for keys in (MasterKeys.parse(text), MasterKeys.from_file(path)):
        assert keys.ids == ("2026-01", "2026-07")
        assert keys.current == "2026-07"


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_master_key_of_a_wrong_size_is_refused(size: int) -> None:
    with pytest.raises(WrongKeySize):
        MasterKeys({"a": os.urandom(size)}, "a")


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),
        b"\xff" * 32,
        bytes(range(32)),
        bytes(range(255, 223, -1)),
        b"changeme" * 4,
        b"0123456789abcdef" * 2,
        b"a-pass-phrase-is-not-random-1234",
        os.urandom(8) * 4,
    ],
    ids=range(8),  # the same in every process of a run
)
def test_a_placeholder_for_a_master_key_is_refused(key: bytes) -> None:
    with pytest.raises(PlaceholderKey):
        MasterKeys.parse(line("a", key))


@pytest.mark.parametrize(
    "text",
    ["", "# nothing", "no-colon", "a:not base64!", "a b:" + OLD[8:], f"{OLD}\n{OLD}", "ä:" + OLD[8:]],
    ids=range(7),
)
def test_a_malformed_key_list_is_refused(text: str) -> None:
    with pytest.raises(MalformedMasterKeys):
        MasterKeys.parse(text)


def test_a_binary_file_is_no_key_list(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MalformedMasterKeys):
        MasterKeys.from_file(path)


def test_a_current_key_that_is_not_among_the_keys_is_refused() -> None:
    with pytest.raises(MalformedMasterKeys):
        MasterKeys({"a": os.urandom(32)}, "b")


def test_no_repr_and_no_error_shows_a_key_or_a_text() -> None:
    secret = OLD.split(":")[1]
    safe = vault()
    wrapped = safe.new_data_key()
    shown = [repr(safe), str(safe), repr(MasterKeys.parse(OLD)), f"{MasterKeys.parse(OLD)}"]
    with pytest.raises(VaultError) as raised:
        safe.open(wrapped, "phone", safe.seal(wrapped, "name", NAME, "r1"), "r1")
    shown += [str(raised.value), repr(raised.value), repr(raised.value.__cause__), repr(raised.value.args)]
    with pytest.raises(VaultError) as raised:
        MasterKeys.parse(f"{OLD[:-2]}!!")
    shown += [str(raised.value), repr(raised.value)]
    for word in shown:
        assert NAME not in word
        assert secret not in word
        assert secret[:20] not in word
        assert repr(base64.b64decode(secret))[2:-1] not in word


def test_master_keys_cannot_slip_into_a_pickle() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(MasterKeys.parse(OLD))


def test_a_key_service_fits_behind_the_vault() -> None:
    class Service:
        """A service that never lets its key out; here it holds local keys behind the same three calls."""

        def __init__(self) -> None:
            self._inside = MasterKeys.parse(NEW)
            self.calls: list[str] = []

        @property
        def current(self) -> str:
            return self._inside.current

        @property
        def ids(self) -> tuple[str, ...]:
            return self._inside.ids

        def wrap(self, suite: Suite, key_id: str, data_key: bytes, bound: bytes) -> bytes:
            self.calls.append("wrap")
            return self._inside.wrap(suite, key_id, data_key, bound)

        def unwrap(self, suite: Suite, key_id: str, wrapped: bytes, bound: bytes) -> bytes:
            self.calls.append("unwrap")
            return self._inside.unwrap(suite, key_id, wrapped, bound)

        def mac(self, suite: Suite, key_id: str, message: bytes) -> bytes:
            self.calls.append("mac")
            return self._inside.mac(suite, key_id, message)

    service = Service()
    safe = Vault(service, Suite.SM)
    wrapped = safe.new_data_key()
    assert safe.open(wrapped, "name", safe.seal(wrapped, "name", NAME, "r1"), "r1") == NAME
    assert safe.blind_index("phone", "13800001234")
    assert service.calls == ["wrap", "unwrap", "unwrap", "mac"]


def test_sm4_gcm_is_the_national_cipher_of_rfc_8998() -> None:
    """The worked example of RFC 8998, appendix A.1, with its nonce in place of a random one."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "urandom", lambda size: bytes.fromhex("00001234567800000000ABCD"))
        sealed = encrypt(Suite.SM, key, plain, bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
    assert sealed[-16:] == bytes.fromhex("83DE3541E4C2B58177E065A9BF7B62EC")
