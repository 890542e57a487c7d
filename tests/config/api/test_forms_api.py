"""Booking forms over the API: who sets and reads them, answers in quotes and bookings, files."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role, Scope
from accounts.viewers import Viewer
from booking.intake.models import AnswerFile, BookingForm
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_viewer, manager_of
from tests.factories.booking import (
    Api,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    set_values,
    slot,
    wish,
)
from tests.factories.intake import PDF, SELF, SUBMITTED, ask, question, uploaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

ASKED = {"key": "material", "kind": "text", "label_zh": "材料", "label_en": "Material", "required_for": [SELF]}


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(access_modes=[SELF, SUBMITTED])


def put(api: Api, instrument: Instrument, *questions: Any, **headers: str) -> Any:
    return api.send("put", f"instruments/{instrument.pk}/form", {"questions": list(questions)}, **headers)


def upload(api: Api, instrument: Instrument, name: str = "图谱.pdf", content: bytes = PDF, **more: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return api.client.post("/api/v1/answer-files", {"instrument": instrument.pk, "file": file, **more})


def test_form__set_by_a_manager__read_by_whoever_books(instrument: Instrument, viewer: Viewer) -> None:
    manager = Api(manager_of(instrument.institution))
    choice = {"kind": "choice", "label_zh": "形状", "choices": [{"value": "film"}], "asked_for": [SUBMITTED]}
    answer = put(manager, instrument, ASKED, choice)
    assert answer.status_code == 200, answer.content
    read = Api(viewer).get(f"instruments/{instrument.pk}/form")
    assert read.json() == answer.json()
    assert (read.json()["version"], read.json()["in_force"], read["ETag"]) == (1, True, '"1"')
    first, second = read.json()["questions"]
    assert (first["label_en"], first["required_for"], second["key"]) == ("Material", [SELF], "q2")
    assert second["choices"] == [{"value": "film", "label_zh": "film", "label_en": "film"}]


def test_form__never_set__version_nought(instrument: Instrument, viewer: Viewer) -> None:
    document = Api(viewer).get(f"instruments/{instrument.pk}/form").json()
    assert (document["id"], document["version"], document["questions"]) == (None, 0, [])


def test_form__replaced__old_version_can_be_read(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question())
    ask(instrument, question("other"))
    api = Api(viewer)
    first = api.get(f"instruments/{instrument.pk}/form", {"version": 1}).json()
    assert ([each["key"] for each in first["questions"]], first["in_force"]) == (["material"], False)
    problem(api.get(f"instruments/{instrument.pk}/form", {"version": 9}), 404, "not_found")
    problem(api.get(f"instruments/{instrument.pk}/form", {"version": 10**30}), 404, "not_found")


def test_form__read_version_outdated__412(instrument: Instrument) -> None:
    api = Api(manager_of(instrument.institution))
    assert put(api, instrument, ASKED, If_Match='"0"').status_code == 200
    problem(put(api, instrument, If_Match='"0"'), 412, "stale")


def test_form__who_may_set_it__managers_of_the_institution(instrument: Instrument, viewer: Viewer) -> None:
    elsewhere = manager_of(make_bookable().institution)
    for stranger in (viewer, elsewhere, operator_of(instrument.institution)):
        problem(put(Api(stranger), instrument, ASKED), 403, "forbidden")
    reader = Api(manager_of(instrument.institution), Scope.READ)
    problem(put(reader, instrument, ASKED), 403, "scope_missing")
    problem(put(Api(), instrument, ASKED), 401, "not_signed_in")
    problem(Api().get(f"instruments/{instrument.pk}/form"), 401, "not_signed_in")
    assert not BookingForm.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"key": "Bad Key"}, "form_invalid"),
        ({"label_zh": "", "label_en": ""}, "form_invalid"),
        ({"kind": "choice"}, "form_invalid"),
        ({"kind": "date"}, "invalid"),
        ({"required_for": ["teleport"]}, "invalid"),
        ({"colour": "red"}, "invalid"),
        ({"label_en": "x" * 201}, "invalid"),
        ({"help_en": "a\x00"}, "invalid"),
        ({"minimum": 1}, "form_invalid"),
        ({"kind": "number", "minimum": "1"}, "invalid"),
        ({"kind": "number", "minimum": 10**400}, "form_invalid"),
    ],
)
def test_form__unfit_question__422(instrument: Instrument, wrong: dict[str, Any], code: str) -> None:
    problem(put(Api(manager_of(instrument.institution)), instrument, ASKED | wrong), 422, code)


def test_book__answers__stored_shown_and_listed(instrument: Instrument, viewer: Viewer) -> None:
    form = ask(instrument, question(required_for=(SELF,)))
    api = Api(viewer)
    filled: dict[str, Any] = {
        "access_mode": SELF,
        "answers": {"material": "TiO₂"},
        "participants": [{"name": "王芳", "email": "w@people.example"}, {"name": "Lee"}],
        "sample_declaration": {"hazards": "none"},
        "note": "Please warm it up",
    }
    made = api.post("reservations", wish(instrument, **filled)).json()
    assert (made["form"], made["answers"], made["access_mode"]) == (form.pk, {"material": "TiO₂"}, SELF)
    assert made["participants"][1] == {"name": "Lee", "email": ""}
    assert made["sample_declaration"] == {"hazards": [], "biosafety_level": None}
    assert (made["note"], api.get(f"reservations/{made['id']}").json()) == ("Please warm it up", made)
    assert api.get("reservations").json()["items"] == [made]


def test_book__number_outside_its_limits__422_says_what_would_be_right(
    instrument: Instrument, viewer: Viewer
) -> None:
    samples = {"key": "samples", "kind": "number", "label_en": "Samples", "minimum": 1, "maximum": 20}
    answer = put(Api(manager_of(instrument.institution)), instrument, samples)
    assert [answer.json()["questions"][0][name] for name in ("minimum", "maximum")] == [1, 20]
    refused = problem(
        Api(viewer).post("reservations", wish(instrument, answers={"samples": -3})), 422, "answers_invalid"
    )
    (error,) = refused["errors"]
    assert (error["question"], error["message"]) == ("samples", "Give a number from 1 to 20.")
    assert Api(viewer).post("reservations", wish(instrument, answers={"samples": 20})).status_code == 201


def test_book__answer_missing__422_says_which(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)))
    document = problem(Api(viewer).post("reservations", wish(instrument)), 422, "answers_invalid")
    error = {"question": "material", "label": "Question material", "code": "missing"}
    assert document["errors"] == [error | {"message": "Answer this question."}]
    assert "Question material" in document["detail"]


def test_quote__no_answers_yet__price_and_what_is_unanswered(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)), question("sheet", "file"))
    api = Api(viewer)
    document = api.post("quotes", wish(instrument)).json()
    assert (document["ok"], document["unanswered"], document["total_fen"]) == (True, ["material"], 48_000)
    assert api.post("quotes", wish(instrument, access_mode=SUBMITTED)).json()["unanswered"] == []
    problem(api.post("quotes", wish(instrument, answers={})), 422, "answers_invalid")
    problem(api.post("quotes", wish(instrument, answers={"material": 5})), 422, "answers_invalid")
    file = uploaded(viewer, instrument)
    answered = wish(instrument, answers={"material": "x", "sheet": file.pk})
    assert api.post("quotes", answered).json()["unanswered"] == []
    assert not AnswerFile.objects.filter(is_used=True).exists()


@pytest.mark.parametrize(
    "odd",
    [
        {"answers": []},
        {"answers": {"x" * 41: 1}},
        {"answers": {f"k{number}": 1 for number in range(61)}},
        {"access_mode": "teleport"},
        {"participants": [{"name": "x"}] * 21},
        {"participants": [{"name": ""}]},
        {"participants": [{"name": "x", "email": "no address"}]},
        {"participants": [{"name": "x", "phone": "1"}]},
        {"sample_declaration": {}},
        {"sample_declaration": {"hazards": "some"}},
        {"sample_declaration": {"hazards": ["love"]}},
        {"sample_declaration": {"hazards": ["biological"]}},
        {"sample_declaration": {"hazards": [], "biosafety_level": 5}},
    ],
)
def test_book__odd_form__422(instrument: Instrument, viewer: Viewer, odd: dict[str, Any]) -> None:
    problem(Api(viewer).post("reservations", wish(instrument, **odd)), 422, "invalid")


@pytest.mark.parametrize("value", ["\ud800", "a\x00", [[]], {"a": {}}, 1e400, "长" * 2001])
def test_book__odd_answers__422(instrument: Instrument, viewer: Viewer, value: Any) -> None:
    ask(instrument, question())
    answer = Api(viewer).post("reservations", wish(instrument, answers={"material": value}))
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_sample_declared__asked_for__in_quotes_and_bookings(instrument: Instrument, viewer: Viewer) -> None:
    set_values(instrument, sample_declared=1)
    api = Api(viewer)
    (broken,) = api.post("quotes", wish(instrument)).json()["violations"]
    assert (broken["code"], broken["waivable_by"]) == ("sample_declared", ["operator", "manager", "admin"])
    problem(api.post("reservations", wish(instrument)), 422, "rules_violated")
    declared: dict[str, Any] = {"sample_declaration": {"hazards": ["biological", "toxic"], "biosafety_level": 2}}
    made = api.post("reservations", wish(instrument, **declared))
    assert made.status_code == 201
    assert made.json()["sample_declaration"] == {"hazards": ["toxic", "biological"], "biosafety_level": 2}


def test_patch__answers_participants_and_note__edited(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)), question("grams", "number"))
    api = Api(viewer)
    made = api.post("reservations", wish(instrument, answers={"material": "x", "grams": 1})).json()
    change = {"answers": {"grams": None}, "participants": [{"name": "Lee"}], "note": "Second floor"}
    patched = api.patch(f"reservations/{made['id']}", change).json()
    assert (patched["answers"], patched["note"], patched["version"]) == ({"material": "x"}, "Second floor", 2)
    refused = api.patch(f"reservations/{made['id']}", {"answers": {"material": None}})
    problem(refused, 422, "answers_invalid")
    told = api.get(f"reservations/{made['id']}/history").json()["items"][-1]["changes"]
    assert {"field": "answers", "old": {"material": "x", "grams": 1}, "new": {"material": "x"}} in told


def test_patch__somebody_elses_or_ended__refused(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question())
    made = booked(instrument, viewer)
    change = {"answers": {"material": "x"}}
    problem(Api(firm_user()).patch(f"reservations/{made.pk}", change), 404, "not_found")
    api = Api(viewer)
    api.post(f"reservations/{made.pk}/cancel")
    problem(api.patch(f"reservations/{made.pk}", change), 409, "reservation_ended")


def test_series_and_batch__answers__each_booking_has_them(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question(required_for=(SELF,)))
    api = Api(viewer)
    answers: dict[str, Any] = {"answers": {"material": "x"}}
    repeat: dict[str, Any] = {"repeat": {"every": "week", "count": 2}}
    problem(api.post("series", wish(instrument, **repeat)), 422, "answers_invalid")
    series = api.post("series", wish(instrument, **repeat, **answers))
    assert series.status_code == 201, series.content
    items = [wish(instrument, slot(day=1)), wish(instrument, slot(day=2), **answers)]
    problem(api.post("reservations/batch", {"items": items}), 422, "answers_invalid")
    for row in api.get("reservations").json()["items"]:
        assert row["answers"] == {"material": "x"}


def test_reviewer__sees_the_booking__not_what_was_filled_in(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question())
    api = Api(viewer)
    made = api.post("reservations", wish(instrument, answers={"material": "x"})).json()
    reviewer = Api(make_viewer(Role.REVIEWER, region=""))
    seen = reviewer.get(f"reservations/{made['id']}").json()
    assert (seen["answers"], seen["participants"], seen["sample_declaration"]) == (None, None, None)
    told = reviewer.get(f"reservations/{made['id']}/history").json()["items"][0]["changes"]
    assert "answers" not in {each["field"] for each in told}


def test_file__uploaded_and_booked__read_by_those_it_concerns(instrument: Instrument) -> None:
    ask(instrument, question("sheet", "file"))
    firm = make_enterprise()
    viewer, colleague = firm_user(firm), firm_user(firm)
    api = Api(viewer)
    sent = upload(api, instrument)
    assert (sent.status_code, sent.json()["name"], sent.json()["size"]) == (201, "图谱.pdf", len(PDF))
    made = api.post("reservations", wish(instrument, account=firm.pk, answers={"sheet": sent.json()["id"]})).json()
    address = f"reservations/{made['id']}/files/{sent.json()['id']}"
    for reader in (viewer, colleague, operator_of(instrument.institution)):
        answer = Api(reader).get(address)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PDF)
        assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_file__of_strangers_and_of_other_bookings__404(instrument: Instrument, viewer: Viewer) -> None:
    ask(instrument, question("sheet", "file"))
    api = Api(viewer)
    named, other = (upload(api, instrument).json()["id"] for _ in range(2))
    made = api.post("reservations", wish(instrument, answers={"sheet": named})).json()
    address = f"reservations/{made['id']}/files"
    reviewer = make_viewer(Role.REVIEWER, region="")
    for stranger in (firm_user(), manager_of(make_bookable().institution), reviewer):
        problem(Api(stranger).get(f"{address}/{named}"), 404, "not_found")
    problem(api.get(f"{address}/{other}"), 404, "not_found")
    problem(api.get(f"{address}/{10**30}"), 404, "not_found")
    problem(Api().get(f"{address}/{named}"), 401, "not_signed_in")


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("run.exe", b"MZ", 422, "file_refused"),
        ("page.html", b"<html>", 422, "file_refused"),
        ("x.pdf", b"<html>", 422, "file_refused"),
        ("big.txt", b"x" * (10 << 20) + b"x", 413, "file_too_large"),
    ],
)
def test_file__unfit__refused(
    instrument: Instrument, viewer: Viewer, name: str, content: bytes, status: int, code: str
) -> None:
    problem(upload(Api(viewer), instrument, name, content), status, code)
    problem(upload(Api(viewer), instrument, extra="1"), 422, "invalid")
    assert not AnswerFile.objects.exists()


def test_file__draft_instrument__not_found() -> None:
    hidden = open_instrument(status="draft")
    problem(upload(Api(firm_user()), hidden), 404, "not_found")
