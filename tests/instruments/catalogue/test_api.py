"""GET /api/v1/categories."""

import pytest
from django.test import Client

from instruments.catalogue.commands import load_first_two_levels
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

URL = "/api/v1/categories"


def test_categories__anonymous__whole_tree_with_counts(client: Client) -> None:
    load_first_two_levels()
    make_instrument(category="010200")
    answer = client.get(URL, headers={"accept-language": "en"}).json()
    first = answer["items"][0]
    assert (answer["count"], len(answer["items"]), answer["next"]) == (15, 15, None)
    assert (first["code"], first["name"], first["instruments"]) == ("010000", "Analytical instruments", 1)
    assert first["children"][1] | {"children": 0} == {
        "code": "010200",
        "name": "Mass spectrometers",
        "level": 2,
        "instruments": 1,
        "children": 0,
    }


def test_categories__chinese_by_default__names_in_chinese(client: Client) -> None:
    load_first_two_levels()
    assert client.get(URL).json()["items"][0]["name"] == "分析仪器"


def test_categories__post__method_not_allowed(client: Client) -> None:
    assert client.post(URL).status_code in (401, 405)
