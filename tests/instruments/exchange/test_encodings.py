"""Finding out the encoding of a file."""

import pytest

from instruments.exchange.errors import FileUnreadable
from instruments.exchange.reading.encodings import decode
from tests.factories.instruments import standrews_twin

HEAD = "Name,Description\r\n"
CHINESE = "扫描电子显微镜,分析仪器，浙江大学\r\nX射线衍射仪,布鲁克 D8"
TRADITIONAL = "掃描電子顯微鏡,分析儀器\r\n傅立葉轉換紅外線光譜儀,國立大學"
FRENCH = "Laboratoire de Génie Électrique, Université"
GERMAN = "Universität München, Köln, Größe 20°C ±0.5"
QUOTED = "Bruker’s “ALPHA” spectrometer – 4000 cm"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "gb18030"),
        (GERMAN, "cp1252"),
        (GERMAN, "mac_roman"),
        (FRENCH, "cp1252"),
        (FRENCH, "mac_roman"),
        (QUOTED, "cp1252"),
        (QUOTED, "mac_roman"),
        ("plain", "utf-8"),
    ],
)
def test_decode__file_without_mark__encoding_found(text: str, encoding: str) -> None:
    decoded = decode((HEAD + text).encode(encoding))
    assert (decoded.text, decoded.encoding) == (HEAD + text, encoding)


def test_decode__big5__read_as_its_superset() -> None:
    assert decode((HEAD + TRADITIONAL).encode("big5")).text == HEAD + TRADITIONAL


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_decode__byte_order_mark__decides(encoding: str) -> None:
    decoded = decode((HEAD + CHINESE).encode(encoding))
    assert (decoded.text.lstrip("\ufeff"), decoded.encoding) == (HEAD + CHINESE, encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_decode__utf_16_without_mark__seen_by_its_zeros(encoding: str) -> None:
    decoded = decode((HEAD + GERMAN).encode(encoding))
    assert (decoded.text, decoded.encoding) == (HEAD + GERMAN, encoding)


def test_decode__mac_roman_fixed_space__proved_by_the_byte() -> None:
    decoded = decode(standrews_twin())
    assert decoded.encoding == "mac_roman"
    assert decoded.runner_up == "cp1252"
    (fact,) = decoded.evidence
    assert (fact["byte"], fact["read"], fact["otherwise"]) == ("CA", "\u00a0", "Ê")


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(256)), b"\xff\xfe\x00", b"%PDF-1.7\n\x00\xff\x80"]
)
def test_decode__not_a_text__unreadable(content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        decode(content)
