"""Files that somebody sends: what they are, how large they unfold, what they hide, and what a scanner says of them."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from fortress import Fortress, rule
from PIL import Image

from intake.open311.arguments import Upload
from intake.open311.pictures import NotAPicture as NotInOpen311
from intake.open311.pictures import checked
from routing.lists.workbook.archive import MAX_UNPACKED, unpacked
from routing.lists.workbook.breaches import BookFaults
from services.pictures import NotAPicture, renewed
from services.scanning import Clamd, ScannerSilent, scanner_of
from services.settings import Settings

SHOUTED = b"EICAR" * 20
"""What the scanner of these tests takes for malware."""


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 20)) -> bytes:
    """A picture that says where it was taken, by what, and holds a comment."""
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010F], exif[0x9286] = "CameraMaker", "OwnerName"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 12.0)
    Image.new("RGB", size, "green").save(made, kind, exif=exif)
    return made.getvalue()


def anew(sent: bytes) -> list[bytes]:
    return [renewed(sent).jpeg, checked(Upload(sent)).data]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_keeps_neither_place_nor_camera_nor_what_was_hung_on(kind: str) -> None:
    sent = photo(kind) + b"<?php evil(); ?>"
    assert b"CameraMaker" in sent
    for kept in anew(sent):
        assert not any(word in kept for word in (b"CameraMaker", b"OwnerName", b"<?php", b"GPS", b"Exif"))
        with Image.open(io.BytesIO(kept)) as shown:
            assert not shown.getexif()


@pytest.mark.parametrize(
    "sent",
    [b"<svg onload=alert(1)>", b"GIF89a" + bytes(40), b"%PDF-1.7", b"\xff\xd8\xff\xe0 not", b"PK\x03\x04", b""],
    ids=["svg", "gif", "pdf", "half a jpeg", "zip", "nothing"],
)
def test_what_is_no_picture_is_none_whatever_it_is_called(sent: bytes) -> None:
    with pytest.raises(NotAPicture):
        renewed(sent)
    with pytest.raises(NotInOpen311):
        checked(Upload(sent))


def test_a_picture_that_unfolds_without_end_is_never_unfolded() -> None:
    made = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(made, "PNG")
    assert len(made.getvalue()) < 100_000
    with pytest.raises(NotAPicture):
        renewed(made.getvalue())
    with pytest.raises(NotInOpen311):
        checked(Upload(made.getvalue()))


@pytest.mark.parametrize("told", [MAX_UNPACKED + 1, 10])
def test_a_workbook_that_unfolds_without_end_is_never_unfolded(told: int) -> None:
    """Also where the archive lies about its sizes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a/>" + b" " * MAX_UNPACKED)
    real, lie = (MAX_UNPACKED + 4).to_bytes(4, "little"), told.to_bytes(4, "little")
    with pytest.raises(BookFaults):
        unpacked(made.getvalue().replace(real, lie))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x", "a\0.jpg", "a\r\nX: y.jpg", "x" * 5000]
)
async def test_the_name_of_a_file_is_good_for_nothing(fortress: Fortress, name: str, tmp_path: Path) -> None:
    boundary = "b" * 20
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n'.encode()
    body = head + photo() + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    for path in ("/routing/mine/photos/2025030100000426", "/intake/open311/v2/requests.json"):
        who = "officer" if "mine" in path else "hotline"
        answer = await fortress.as_(who).post(path, content=body, headers=headers)
        assert answer.status_code in (400, 404, 422), answer.text
        assert name[:20] not in answer.text
    assert not list(tmp_path.iterdir())


@pytest.fixture
async def clamd(tmp_path: Path) -> AsyncIterator[str]:
    """A scanner as ClamAV's daemon speaks: a file of SHOUTED is malware, one of `break` breaks it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(await reader.readexactly(4)):
            data += await reader.readexactly(size)
        if b"break" not in data:
            writer.write(b"stream: Eicar-Test-Signature FOUND\0" if SHOUTED in data else b"stream: OK\0")
        writer.close()

    path = tmp_path / "clamd.ctl"
    async with await asyncio.start_unix_server(serve, path):
        yield f"unix:{path}"


async def test_clamd_is_asked_in_parts_and_its_word_counts(clamd: str) -> None:
    scanner = Clamd(clamd)
    assert await scanner.found(bytes(200_000)) is None
    assert await scanner.found(bytes(100_000) + SHOUTED) == "Eicar-Test-Signature"
    with pytest.raises(ScannerSilent):
        await scanner.found(b"break")
    with pytest.raises(ScannerSilent):
        await Clamd("unix:/nowhere/clamd.ctl").found(b"x")


@pytest.fixture
def scanned(fortress: Fortress) -> Iterator[Callable[[str], None]]:
    """Sets the scanner of all three."""
    before = {name: app.state.scanner for name, app in fortress.apps.items()}

    def by(address: str) -> None:
        for app in fortress.apps.values():
            app.state.scanner = Clamd(address)

    yield by
    for name, app in fortress.apps.items():
        app.state.scanner = before[name]


XLSX = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


async def test_every_way_in_asks_the_scanner_first(
    fortress: Fortress, scanned: Callable[[str], None], clamd: str
) -> None:
    ways = [
        ("editor", "/routing/v1/lists", {"content": SHOUTED, "headers": XLSX}),
        ("editor", "/routing/v1/grids/imports", {"content": SHOUTED, "headers": XLSX}),
        ("officer", "/routing/v1/orders/2025030100000425/photos", {"content": SHOUTED}),
        ("officer", "/routing/mine/photos/2025030100000425", {"files": {"photo": ("a.jpg", SHOUTED)}}),
        ("editor", "/routing/lists/uploads", {"files": {"file": ("a.xlsx", SHOUTED)}}),
        ("editor", "/intake/v1/mappings", {"content": SHOUTED, "headers": XLSX}),
    ]
    scanned(clamd)
    for who, path, sent in ways:
        answer = await fortress.as_(who).post(path, **sent)
        assert answer.status_code == 422, (path, answer.text)
        assert "malware" in answer.text.lower() or "恶意程序" in answer.text, (path, answer.text)
    refused = "select facts from audit where action = 'malware.refused'"
    found = [row for room in ("routing", "intake") for row in await fortress.rows(room, refused)]
    assert [row["facts"]["name"] for row in found] == ["Eicar-Test-Signature"] * len(ways)
    scanned("unix:/nowhere/clamd.ctl")
    answer = await fortress.as_("editor").post(ways[0][1], **ways[0][2])
    assert (answer.status_code, rule(answer)) == (503, "not-scanned")


async def test_without_a_scanner_nobody_looks_and_the_setting_says_which(settings: Settings) -> None:
    assert await scanner_of(settings).found(SHOUTED) is None
    wired = settings.model_copy(update={"malware_scanner": "tcp://127.0.0.1:1"})
    with pytest.raises(ScannerSilent):
        await scanner_of(wired).found(b"x")
    for wrong in ("clamd", "unix:clamd.ctl", "tcp://host", "http://host:1"):
        with pytest.raises(ValueError, match="malware_scanner"):
            Settings(malware_scanner=wrong)
