"""The citizen's photo: checked by what it is, made anew without place and camera, one, small, seen by evaluators."""

import io

import httpx
import pytest
from call_centre import CASE, Centre
from PIL import Image

from feedback.photos import LONGEST_SIDE, NotAPicture, renewed

GOOD = {"solved": "unsolved", "satisfied": "dissatisfied", "contacted": "no", "reasons": ["slow", "自己写的"]}
PLACE = b"31.2153"


def picture(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200)) -> bytes:
    """A photo as a telephone makes it: with a place, turned on its side."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, PLACE.decode()
    Image.new("RGB", size, "green").save(written, kind, exif=exif)
    return written.getvalue()


async def post(centre: Centre, path: str, photo: bytes) -> httpx.Response:
    return await centre.as_().post(path, data=GOOD, files={"photo": ("f.jpg", photo, "image/jpeg")})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_made_anew_upright_small_and_without_its_place(kind: str) -> None:
    sent = picture(kind)
    assert PLACE in sent
    made = renewed(sent)
    assert (made.width, made.height) == (LONGEST_SIDE // 2, LONGEST_SIDE)
    with Image.open(io.BytesIO(made.jpeg)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (made.width, made.height), {})
    assert PLACE not in made.jpeg


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<svg/>",
        b"\xff\xd8\xff\xe0 no more",
        picture()[:600],
        picture("GIF", (9, 9)),
        picture("PNG", (9000, 9000)),
    ],
    ids=["empty", "svg", "only a head", "cut off", "gif", "too many pixels"],
)
def test_what_is_no_photo_is_refused(sent: bytes) -> None:
    with pytest.raises(NotAPicture):
        renewed(sent)


async def test_the_answer_keeps_one_photo_and_what_the_questionnaire_asks(centre: Centre) -> None:
    await centre.handled()
    page = await post(centre, await centre.link(), picture())
    assert page.status_code == 200
    (answer,) = await centre.rows("select * from answers")
    assert (answer["questions"], answer["unit_contacted"], answer["reasons"]) == ("2026.2", False, ["办得太慢"])
    (photo,) = await centre.rows("select * from photos")
    assert photo["answer"] == answer["id"]
    assert PLACE not in bytes(photo["jpeg"])


async def test_a_bad_photo_is_named_and_spends_nothing(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    page = await post(centre, path, b"no picture")
    assert (page.status_code, 'id="photo-fault"' in page.text) == (422, True)
    assert await centre.rows("select * from answers") == []
    assert (await post(centre, path, picture())).status_code == 200


async def test_only_evaluators_see_a_photo_and_that_is_recorded(centre: Centre) -> None:
    await centre.handled()
    await post(centre, await centre.link(), picture())
    ((answer),) = await centre.rows("select id from answers")
    path = f"/v1/ratings/{answer['id']}/photo"
    seen = await centre.as_("evaluator").get(path)
    assert (seen.status_code, seen.headers["content-type"], seen.headers["cache-control"]) == (
        200, "image/jpeg", "no-store",
    )  # fmt: skip
    for person in ("caller", "auditor", "supervisor"):
        assert (await centre.as_(person).get(path)).status_code == 403
    looked = await centre.rows("select subject from audit where action = 'photo.seen'")
    assert looked == [{"subject": CASE}]


async def test_a_survey_is_asked_under_its_own_questionnaire_to_the_end(centre: Centre) -> None:
    await centre.handled()
    await centre.rows("update surveys set questions = '2026.1'")
    path = await centre.link()
    page = await centre.as_().get(path)
    assert 'name="contacted"' not in page.text
    assert 'type="file"' not in page.text
    assert (await post(centre, path, picture())).status_code == 200
    (answer,) = await centre.rows("select * from answers")
    assert (answer["questions"], answer["unit_contacted"], answer["reasons"]) == ("2026.1", None, [])
    assert await centre.rows("select * from photos") == []
