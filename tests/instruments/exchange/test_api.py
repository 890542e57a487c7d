"""/api/v1/imports: preview, look, confirm, undo."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Institution, Scope
from accounts.viewers import Viewer
from instruments.catalogue.models import Instrument
from instruments.exchange.reading import tables
from tests.factories.accounts import bearer, make_institution, make_viewer, manager_of
from tests.factories.instruments import standrews_twin

pytestmark = pytest.mark.django_db

URL = "/api/v1/imports"


@pytest.fixture
def place() -> Institution:
    return make_institution(country="GB")


@pytest.fixture
def manager(place: Institution) -> Viewer:
    return manager_of(place)


@pytest.fixture
def api(manager: Viewer) -> Client:
    return Client(headers=bearer(manager) | {"accept-language": "en"})


def send(api: Client, place: Institution, content: bytes = b"", **fields: Any) -> Any:
    file = SimpleUploadedFile("list.csv", content or standrews_twin(60))
    return api.post(URL, {"institution": place.pk, "file": file} | fields)


def post(api: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return api.post(f"{URL}/{path}", body or {}, content_type="application/json")


def test_create_import__file__preview_with_counts(api: Client, place: Institution) -> None:
    answer = send(api, place)
    body = answer.json()
    assert answer.status_code == 201, body
    assert (body["state"], body["institution"], body["counts"]["new"]) == ("previewed", place.pk, 60)
    assert body["reading"]["encoding"] == "mac_roman"
    assert not Instrument.objects.exists()


def test_get_import__pages_of_rows__all_once_in_order(api: Client, place: Institution) -> None:
    url = f"{URL}/{send(api, place).json()['id']}?limit=25"
    numbers: list[int] = []
    while url:
        rows = api.get(url).json()["rows"]
        numbers += [row["number"] for row in rows["items"]]
        url = rows["next"]
    assert numbers == list(range(2, 62))
    assert rows["count"] == 60


def test_get_import__row__says_why_in_the_callers_language(api: Client, place: Institution) -> None:
    key = send(api, place, b"Name,ID\nLaser,1\n,2\n").json()["id"]
    (row,) = api.get(f"{URL}/{key}?verdict=rejected").json()["rows"]["items"]
    assert (row["number"], row["verdict"], row["instrument"]) == (3, "rejected", None)
    assert row["notes"] == [{"code": "unnamed", "message": "Neither Name nor Description is given.", "params": {}}]


def test_confirm_and_undo__twice_each__do_it_once(api: Client, place: Institution) -> None:
    key = send(api, place).json()["id"]
    states = [post(api, f"{key}/confirm", {"publish": True}).json()["state"] for _ in range(2)]
    assert Instrument.objects.filter(status="published").count() == 59
    states += [post(api, f"{key}/undo").json()["state"] for _ in range(2)]
    assert states == ["confirmed", "confirmed", "undone", "undone"]
    assert not Instrument.objects.filter(status="published").exists()


def test_confirm__rejected_rows__conflict_until_left_out(api: Client, place: Institution) -> None:
    key = send(api, place, b"Name,ID\nLaser,1\n,2\n").json()["id"]
    answer = post(api, f"{key}/confirm")
    assert (answer.status_code, answer.json()["code"], answer.json()["rejected"]) == (409, "rows_rejected", 1)
    assert post(api, f"{key}/confirm", {"skip_rejected": True}).status_code == 200


@pytest.mark.parametrize(
    ("content", "fields", "status", "code"),
    [
        (b"a,b\n1,2\n", {}, 422, "format_mismatch"),
        (b"\x89PNG\x00\x01", {}, 422, "file_unreadable"),
        (b"", {"file": ""}, 422, "invalid"),
        (b"", {"institution": "x"}, 422, "invalid"),
        (b"", {"institution": 10**12}, 404, "not_found"),
        (b"", {"institution": 10**30}, 404, "not_found"),
        (b"", {"format": "nothing"}, 422, "format_unknown"),
        (b"", {"colour": "red"}, 422, "invalid"),
        (b"", {"source": "x" * 41}, 422, "invalid"),
    ],
)
def test_create_import__bad_input__its_own_problem(
    api: Client, place: Institution, content: bytes, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = send(api, place, content, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert answer["Content-Type"] == "application/problem+json"


def test_create_import__too_large__413(api: Client, place: Institution, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_BYTES", 100)
    answer = send(api, place)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_imports__anonymous__401_everywhere(client: Client, place: Institution) -> None:
    answers = [send(client, place), client.get(f"{URL}/1"), post(client, "1/confirm"), post(client, "1/undo")]
    assert [answer.status_code for answer in answers] == [401] * 4


def test_imports__other_institution__403_to_create_404_to_see(api: Client, place: Institution) -> None:
    key = send(api, place).json()["id"]
    other = Client(headers=bearer(manager_of(make_institution())))
    assert send(other, place).status_code == 403
    answers = [other.get(f"{URL}/{key}"), post(other, f"{key}/confirm"), post(other, f"{key}/undo")]
    assert [answer.status_code for answer in answers] == [404] * 3


def test_imports__token_without_scope__scope_missing(manager: Viewer, place: Institution) -> None:
    reader = Client(headers=bearer(manager, Scope.READ))
    answer = send(reader, place)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_imports__no_role__not_found(api: Client, place: Institution) -> None:
    key = send(api, place).json()["id"]
    assert Client(headers=bearer(make_viewer())).get(f"{URL}/{key}").status_code == 404


@pytest.mark.parametrize("path", ["/1", "/1/confirm", "/1/undo", ""])
def test_imports__wrong_method__405(api: Client, path: str) -> None:
    assert api.delete(f"{URL}{path}").status_code == 405


@pytest.mark.parametrize("query", ["?limit=0", "?limit=x", "?verdict=x", "?cursor=x", "?cursor=W10"])
def test_get_import__bad_paging__422(api: Client, place: Institution, query: str) -> None:
    key = send(api, place).json()["id"]
    assert api.get(f"{URL}/{key}{query}").status_code == 422


def test_create_import__idempotency_key__one_preview(api: Client, place: Institution) -> None:
    body = (
        b"--edge\r\nContent-Disposition: form-data; name=institution\r\n\r\n%d\r\n"
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        b"Name\nLaser\n\r\n--edge--\r\n"
    ) % place.pk
    kind = "multipart/form-data; boundary=edge"
    ids = {api.post(URL, body, content_type=kind, headers={"idempotency-key": "k"}).json()["id"] for _ in range(2)}
    assert len(ids) == 1
