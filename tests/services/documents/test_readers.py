"""Text out of each kind of document, with its structure; what is refused, in a sentence."""

import contextlib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.document import Block, DocumentError
from services.documents.readers import read_document, suffixes
from services.documents.readers.pdf import paragraphs


def made_pdf(path: Path, pages: list[str]) -> Path:
    """A PDF with a text layer, written by hand: one object a page, Helvetica."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n")) if text else ""
        stream = f"BT /F1 12 Tf 72 720 Td {lines} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        content = len(objects)
        font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Resources {font} /MediaBox [0 0 612 792] /Contents {content} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out_end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    path.write_bytes(out + (out_end + trailer).encode("latin-1"))
    return path


def test_markdown_keeps_its_structure(tmp_path: Path) -> None:
    path = tmp_path / "指南 guide.md"
    path.write_text(
        "# Ships\n\nA *small* [ship](http://x) of `oak`.\nNext line.\n\n- one\n- two\n\n```py\nx = 1\n```\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n## 第二节\n\n潮汐。\n",
        encoding="utf-8",
    )
    assert read_document(path).blocks == [
        Block("heading", "Ships", 1),
        Block("paragraph", "A small ship of oak.\nNext line."),
        Block("item", "one"),
        Block("item", "two"),
        Block("code", "x = 1"),
        Block("table", "a | b\n1 | 2"),
        Block("heading", "第二节", 2),
        Block("paragraph", "潮汐。"),
    ]


def test_html_is_what_a_reader_reads(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<html><head><style>p{}</style><script>alert(1)</script></head><body><nav>menu</nav>"
        "<h1>Tides &amp; moon</h1><p>High <b>tide</b> comes\n twice.</p><ul><li>one<li>two</ul>"
        "<table><tr><td>a</td><td><p>b</p></td></tr></table><pre>x\n  y</pre><!-- hidden --><footer>c</footer></body>",
        encoding="utf-8",
    )
    assert read_document(path).blocks == [
        Block("heading", "Tides & moon", 1),
        Block("paragraph", "High tide comes twice."),
        Block("item", "one"),
        Block("item", "two"),
        Block("table", "a | b"),
        Block("code", "x\n  y"),
    ]


def test_html_nested_without_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 3000 + "deep down" + "</div>" * 3000, encoding="utf-8")
    assert [b.text for b in read_document(path).blocks] == ["deep down"]


def test_text_in_any_encoding(tmp_path: Path) -> None:
    path = tmp_path / "备忘.txt"
    path.write_bytes("第一段，潮汐由月球引起，这是大家都知道的。\r\n\r\n第二段在这里。".encode("gb18030"))
    assert [b.text for b in read_document(path).blocks] == [
        "第一段，潮汐由月球引起，这是大家都知道的。",
        "第二段在这里。",
    ]


def test_word(tmp_path: Path) -> None:
    import docx

    path = tmp_path / "letter.docx"
    made = docx.Document()
    made.add_heading("Harbour", level=2)
    made.add_paragraph("Boats wait here. 船在这里等。")
    made.add_paragraph("first", style="List Bullet")
    table = made.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "buoy", "red"
    made.save(str(path))
    assert read_document(path).blocks == [
        Block("heading", "Harbour", 2),
        Block("paragraph", "Boats wait here. 船在这里等。"),
        Block("item", "first"),
        Block("table", "buoy | red"),
    ]


def test_pdf_by_page(tmp_path: Path) -> None:
    path = made_pdf(
        tmp_path / "rules.pdf",
        ["Boats wait at the outer buoy until the\nlamp is green.\nThen they go.", "", "Page three."],
    )
    document = read_document(path)
    assert [(b.page, b.text) for b in document.blocks] == [
        (1, "Boats wait at the outer buoy until the lamp is green."),
        (1, "Then they go."),
        (3, "Page three."),
    ]
    assert [n.sentence.format(**n.values) for n in document.notes] == [
        "Pages of rules.pdf without text (pictures?): 1."
    ]


def test_lines_of_a_page_become_paragraphs() -> None:
    text = "The harbour mas-\nter decides.\n\n潮汐由\n月球引起。"
    assert [b.text for b in paragraphs(text, 1)] == ["The harbour master decides.", "潮汐由月球引起。"]


def broken_docx(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<broken")


def bomb_docx(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (30 << 20))


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("x.exe", lambda p: p.write_bytes(b"MZ"), "no text can be taken from"),
        ("gone.pdf", lambda p: None, "cannot be read: No such file"),
        ("empty.txt", lambda p: p.write_bytes(b""), "holds no text"),
        ("blank.md", lambda p: p.write_bytes(b"\n\n  \n"), "holds no text"),
        ("scan.pdf", lambda p: made_pdf(p, ["", ""]), "holds no text; it may be scanned"),
        ("cut.pdf", lambda p: p.write_bytes(b"%PDF-1.4\n1 0 obj"), "damaged or not of the kind"),
        ("text.pdf", lambda p: p.write_bytes(b"just words"), "damaged or not of the kind"),
        ("text.docx", lambda p: p.write_bytes(b"just words"), "damaged or not of the kind"),
        ("broken.docx", broken_docx, "damaged or not of the kind"),
        ("bomb.docx", bomb_docx, "too large"),
        ("locked.docx", lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0" + b"0" * 600), "protected by a password"),
        ("folder.txt", lambda p: p.mkdir(), "cannot be read"),
    ],
)
def test_what_gives_no_text_is_said(tmp_path: Path, name: str, make, sentence: str) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert sentence in str(caught.value) and name in str(caught.value) and caught.value.way_out


@given(data=st.binary(max_size=300), suffix=st.sampled_from(suffixes()))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.mktemp("any") / f"x{suffix}"
    path.write_bytes(data)
    with contextlib.suppress(DocumentError):
        assert read_document(path).characters > 0
