"""Workbooks full of what openpyxl loses, made here: XlsxWriter for what it knows, the rest by hand.

``BOOKS`` maps a name to a function that writes the book to a path.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter
import xlwings

if TYPE_CHECKING:
    from collections.abc import Callable

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def png() -> bytes:
    """A picture of one dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    head = struct.pack(">2L5B", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


class Surgery:
    """A workbook taken apart: parts put in by hand, then zipped again in the same order."""

    def __init__(self, book: Path) -> None:
        self.book = book
        with zipfile.ZipFile(book) as package:
            self.parts = {name: package.read(name) for name in package.namelist()}

    def part(self, name: str, data: str | bytes, kind: str = "") -> None:
        self.parts[name] = data.encode() if isinstance(data, str) else data
        if kind:
            self.before(
                "[Content_Types].xml",
                "</Types>",
                f'<Override PartName="/{name}" ContentType="{kind}"/>',
            )

    def default(self, extension: str, kind: str) -> None:
        self.before(
            "[Content_Types].xml",
            "<Override",
            f'<Default Extension="{extension}" ContentType="{kind}"/>',
        )

    def relate(self, owner: str, kind: str, target: str, *, external: bool = False) -> str:
        folder, _, name = owner.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels" if owner else "_rels/.rels"
        self.parts.setdefault(
            rels,
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"></Relationships>'.encode(),
        )
        ident = f"rId{900 + self.parts[rels].count(b'<Relationship ')}"
        mode = ' TargetMode="External"' if external else ""
        self.before(
            rels,
            "</Relationships>",
            f'<Relationship Id="{ident}" Type="{kind}" Target="{target}"{mode}/>',
        )
        return ident

    def before(self, part: str, mark: str, text: str) -> None:
        source = self.parts[part].decode()
        assert mark in source, (part, mark)
        self.parts[part] = source.replace(mark, text + mark, 1).encode()

    def swap(self, part: str, old: str, new: str) -> None:
        source = self.parts[part].decode()
        assert old in source, (part, old)
        self.parts[part] = source.replace(old, new).encode()

    def save(self) -> None:
        with zipfile.ZipFile(self.book, "w", zipfile.ZIP_DEFLATED) as package:
            for name, data in self.parts.items():
                package.writestr(name, data)


def plain(path: Path) -> None:
    """Two sheets, one with its own print area, the second one in front."""
    book = xlsxwriter.Workbook(path)
    mine = book.add_worksheet("Mine & 'your' own")
    bold = book.add_format({"bold": True, "num_format": "0.000", "bg_color": "#FFFF00"})
    mine.write_row(0, 0, ["a", 1.5, "=text"], bold)
    mine.print_area("A1:B2")
    other = book.add_worksheet("Übersicht")
    other.write_formula("A1", "='Mine & ''your'' own'!B1*2", None, 3)
    other.activate()
    book.define_name("Rate", "=0.25")
    book.define_name("'Übersicht'!Local", "='Übersicht'!$A$1")
    book.close()


def sink(path: Path) -> None:
    """All XlsxWriter knows: charts, sparklines, controls, pictures, notes, rich text, x14."""
    book = xlsxwriter.Workbook(path)
    red, bold = book.add_format({"font_color": "red"}), book.add_format({"bold": True})
    sheet = book.add_worksheet("Data")
    for row in range(10):
        sheet.write_row(row, 0, [row, row * 2.5, f"t{row}"])
    sheet.write_rich_string("E1", "plain ", red, "red ", bold, "bold")
    sheet.add_sparkline("F1", {"range": "Data!A1:A10", "markers": True})
    sheet.conditional_format("B1:B10", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("A1:A10", {"type": "icon_set", "icon_style": "3_traffic_lights"})
    sheet.conditional_format(
        "C1:C10", {"type": "text", "criteria": "containing", "value": "t", "format": red}
    )
    sheet.data_validation("G1", {"validate": "list", "source": "=Lists!$A$1:$A$3"})
    sheet.insert_button("H1", {"macro": "Go", "caption": "Go"})
    sheet.insert_textbox("H5", "a text box")
    sheet.insert_image("H9", "dot.png", {"image_data": io.BytesIO(png())})
    sheet.insert_checkbox("I1", True)
    sheet.write_comment("A1", "a note")
    sheet.set_header("&L&G", {"image_left": "dot.png", "image_data_left": io.BytesIO(png())})
    sheet.write_dynamic_array_formula("J1:J3", "=_xlfn.SEQUENCE(3)", None, 1)
    sheet.write_array_formula("K1:K2", "{=A1:A2*2}", None, 0)
    sheet.write_url("L1", "https://example.com/?a=1&b=2")
    sheet.set_background(io.BytesIO(png()))
    sheet.autofilter("A1:C10")
    sheet.print_area("A1:C10")
    sheet.repeat_rows(0)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$A$1:$A$10", "trendline": {"type": "linear"}})
    sheet.insert_chart("M1", chart)
    table = book.add_worksheet("Tables")
    table.add_table(
        "A1:B4",
        {
            "name": "tblSales",
            "data": [["x", 1], ["y", 2], ["z", 3]],
            "columns": [{"header": "K"}, {"header": "V"}],
        },
    )
    lists = book.add_worksheet("Lists")
    lists.write_column("A1", ["a", "b", "c"])
    lists.hide()
    secret = book.add_worksheet("Secret")
    secret.very_hidden()
    alone = book.add_chart({"type": "bar"})
    alone.add_series({"values": "=Data!$B$1:$B$10"})
    book.add_chartsheet("Alone").set_chart(alone)
    book.define_name("Lists!Items", "=Lists!$A$1:$A$3")
    book.define_name("Everything", "=Data!$A:$C")
    book.set_custom_property("Checked by", "Eve")
    book.close()


def macros(path: Path) -> None:
    """The .xlsm that xlwings ships for its quickstart: a VBA project and code names."""
    path.write_bytes((Path(xlwings.__file__).parent / "quickstart.xlsm").read_bytes())


def signed_macros(path: Path) -> None:
    """A VBA project with its own signature (which covers the project only), and a ribbon."""
    macros(path)
    cut = Surgery(path)
    cut.part(
        "xl/vbaProjectSignature.bin",
        b"\x00\x01sig" * 20,
        "application/vnd.ms-office.vbaProjectSignature",
    )
    cut.relate(
        "xl/vbaProject.bin",
        f"{MICROSOFT}/2006/relationships/vbaProjectSignature",
        "vbaProjectSignature.bin",
    )
    cut.part(
        "customUI/customUI14.xml",
        f'{HEAD}<customUI xmlns="{MICROSOFT}/2009/07/customui"><ribbon><tabs>'
        '<tab id="t" label="Mine"/></tabs></ribbon></customUI>',
    )
    cut.relate("", f"{MICROSOFT}/2007/relationships/ui/extensibility", "customUI/customUI14.xml")
    cut.save()


def threaded(path: Path) -> None:
    """A threaded comment with its person, beside the note that stands in for it."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Talk")
    sheet.write("A1", 1)
    sheet.write_comment("A1", "[Threaded comment] look")
    book.close()
    cut = Surgery(path)
    space = f"{MICROSOFT}/spreadsheetml/2018/threadedcomments"
    person = "{11111111-1111-1111-1111-111111111111}"
    cut.part(
        "xl/persons/person.xml",
        f'{HEAD}<personList xmlns="{space}"><person displayName="Eve" id="{person}" '
        'userId="eve" providerId="None"/></personList>',
        "application/vnd.ms-excel.person+xml",
    )
    cut.part(
        "xl/threadedComments/threadedComment1.xml",
        f'{HEAD}<ThreadedComments xmlns="{space}"><threadedComment ref="A1" '
        f'dT="2026-01-01T00:00:00.00" personId="{person}" '
        'id="{22222222-2222-2222-2222-222222222222}"><text>look</text></threadedComment>'
        "</ThreadedComments>",
        "application/vnd.ms-excel.threadedcomments+xml",
    )
    cut.relate("xl/workbook.xml", f"{MICROSOFT}/2017/10/relationships/person", "persons/person.xml")
    cut.relate(
        "xl/worksheets/sheet1.xml",
        f"{MICROSOFT}/2017/10/relationships/threadedComment",
        "../threadedComments/threadedComment1.xml",
    )
    cut.save()


def slicers(path: Path) -> None:
    """A table slicer, a form control's properties and printer settings."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Cut")
    sheet.add_table(
        "A1:B3",
        {
            "name": "tblCut",
            "data": [["x", 1], ["y", 2]],
            "columns": [{"header": "K"}, {"header": "V"}],
        },
    )
    book.close()
    cut = Surgery(path)
    space = f"{MICROSOFT}/spreadsheetml/2009/9/main"
    later = f"{MICROSOFT}/spreadsheetml/2010/11/main"
    cut.part(
        "xl/slicerCaches/slicerCache1.xml",
        f'{HEAD}<slicerCacheDefinition xmlns="{space}" xmlns:mc="x" '
        f'xmlns:x="{MAIN}" xmlns:x15="{later}" name="Slicer_K" sourceName="K"><extLst>'
        f'<x:ext uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}"><x15:tableSlicerCache '
        'tableId="1" column="1"/></x:ext></extLst></slicerCacheDefinition>'.replace(
            ' xmlns:mc="x"', ""
        ),
        "application/vnd.ms-excel.slicerCache+xml",
    )
    cut.part(
        "xl/slicers/slicer1.xml",
        f'{HEAD}<slicers xmlns="{space}"><slicer name="K" cache="Slicer_K" caption="K" '
        'rowHeight="241300"/></slicers>',
        "application/vnd.ms-excel.slicer+xml",
    )
    cache = cut.relate(
        "xl/workbook.xml",
        f"{MICROSOFT}/2007/relationships/slicerCache",
        "slicerCaches/slicerCache1.xml",
    )
    slicer = cut.relate(
        "xl/worksheets/sheet1.xml",
        f"{MICROSOFT}/2007/relationships/slicer",
        "../slicers/slicer1.xml",
    )
    cut.before(
        "xl/worksheets/sheet1.xml",
        "</worksheet>",
        f'<extLst><ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" xmlns:x14="{space}">'
        f'<x14:slicerList><x14:slicer r:id="{slicer}"/></x14:slicerList></ext></extLst>',
    )
    cut.before(
        "xl/workbook.xml",
        "</workbook>",
        f'<extLst><ext uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" xmlns:x15="{later}">'
        f'<x15:slicerCaches xmlns:x14="{space}"><x14:slicerCache r:id="{cache}"/>'
        "</x15:slicerCaches></ext></extLst>",
    )
    cut.part(
        "xl/ctrlProps/ctrlProp1.xml",
        f'{HEAD}<formControlPr xmlns="{space}" objectType="Button" lockText="1"/>',
        "application/vnd.ms-excel.controlproperties+xml",
    )
    cut.relate("xl/worksheets/sheet1.xml", f"{OFFICE}/ctrlProp", "../ctrlProps/ctrlProp1.xml")
    cut.part("xl/printerSettings/printerSettings1.bin", bytes(range(256)))
    cut.default("bin", f"{SHEETML}.printerSettings")
    cut.relate(
        "xl/worksheets/sheet1.xml",
        f"{OFFICE}/printerSettings",
        "../printerSettings/printerSettings1.bin",
    )
    cut.save()


def model(path: Path) -> None:
    """A data model, its connection, a query table, custom XML and a link to another book."""
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Query").write("A1", "Region")
    book.close()
    cut = Surgery(path)
    cut.part(
        "xl/model/item.data",
        b"\x00STREAM_STORAGE" + bytes(range(256)) * 8,
        "application/vnd.openxmlformats-officedocument.model+data",
    )
    cut.relate("xl/workbook.xml", f"{OFFICE}/powerPivotData", "model/item.data")
    cut.part(
        "xl/connections.xml",
        f'{HEAD}<connections xmlns="{MAIN}"><connection id="1" name="Orders" type="5" '
        'refreshedVersion="8"><dbPr connection="Provider=X" command="Orders"/></connection>'
        "</connections>",
        f"{SHEETML}.connections+xml",
    )
    cut.relate("xl/workbook.xml", f"{OFFICE}/connections", "connections.xml")
    cut.part(
        "xl/queryTables/queryTable1.xml",
        f'{HEAD}<queryTable xmlns="{MAIN}" name="Orders" connectionId="1" autoFormatId="16"/>',
        f"{SHEETML}.queryTable+xml",
    )
    cut.relate("xl/worksheets/sheet1.xml", f"{OFFICE}/queryTable", "../queryTables/queryTable1.xml")
    cut.part("customXml/item1.xml", "<q xmlns='urn:q'>1</q>")
    cut.relate("xl/workbook.xml", f"{OFFICE}/customXml", "../customXml/item1.xml")
    cut.part(
        "xl/externalLinks/externalLink1.xml",
        f'{HEAD}<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="rId1">'
        '<sheetNames><sheetName val="S"/></sheetNames></externalBook></externalLink>',
        f"{SHEETML}.externalLink+xml",
    )
    cut.part(
        "xl/externalLinks/_rels/externalLink1.xml.rels",
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/externalLinkPath" Target="other.xlsx" TargetMode="External"/>'
        "</Relationships>",
    )
    link = cut.relate(
        "xl/workbook.xml", f"{OFFICE}/externalLink", "externalLinks/externalLink1.xml"
    )
    cut.before(
        "xl/workbook.xml",
        "<calcPr",
        f'<externalReferences><externalReference r:id="{link}"/></externalReferences>',
    )
    cut.save()


def pivot(path: Path) -> None:
    """A small pivot table with its cache; the list of caches follows where names would stand."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Source")
    sheet.write_column("A1", ["K", "x", "y"])
    sheet.write_column("B1", ["V", 1, 2])
    book.add_worksheet("Pivot")
    book.close()
    cut = Surgery(path)
    cut.part(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'{HEAD}<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}" r:id="rId1" '
        'refreshOnLoad="1" recordCount="2"><cacheSource type="worksheet"><worksheetSource '
        'ref="A1:B3" sheet="Source"/></cacheSource><cacheFields count="2"><cacheField '
        'name="K"><sharedItems count="2"><s v="x"/><s v="y"/></sharedItems></cacheField>'
        '<cacheField name="V"><sharedItems containsNumber="1" containsString="0" '
        'minValue="1" maxValue="2"/></cacheField></cacheFields></pivotCacheDefinition>',
        f"{SHEETML}.pivotCacheDefinition+xml",
    )
    cut.part(
        "xl/pivotCache/pivotCacheRecords1.xml",
        f'{HEAD}<pivotCacheRecords xmlns="{MAIN}" count="2"><r><x v="0"/><n v="1"/></r><r>'
        '<x v="1"/><n v="2"/></r></pivotCacheRecords>',
        f"{SHEETML}.pivotCacheRecords+xml",
    )
    cut.part(
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels",
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/pivotCacheRecords" Target="pivotCacheRecords1.xml"/>'
        "</Relationships>",
    )
    cut.part(
        "xl/pivotTables/pivotTable1.xml",
        f'{HEAD}<pivotTableDefinition xmlns="{MAIN}" name="P" cacheId="1" '
        'dataCaption="Values"><location ref="A1:B4" firstHeaderRow="1" firstDataRow="1" '
        'firstDataCol="1"/><pivotFields count="2"><pivotField axis="axisRow" showAll="0">'
        '<items count="3"><item x="0"/><item x="1"/><item t="default"/></items></pivotField>'
        '<pivotField dataField="1" showAll="0"/></pivotFields><rowFields count="1"><field '
        'x="0"/></rowFields><dataFields count="1"><dataField name="Sum" fld="1"/>'
        "</dataFields></pivotTableDefinition>",
        f"{SHEETML}.pivotTable+xml",
    )
    cut.relate(
        "xl/pivotTables/pivotTable1.xml",
        f"{OFFICE}/pivotCacheDefinition",
        "../pivotCache/pivotCacheDefinition1.xml",
    )
    cut.relate("xl/worksheets/sheet2.xml", f"{OFFICE}/pivotTable", "../pivotTables/pivotTable1.xml")
    cache = cut.relate(
        "xl/workbook.xml", f"{OFFICE}/pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"
    )
    cut.before(
        "xl/workbook.xml",
        "</workbook>",
        f'<pivotCaches><pivotCache cacheId="1" r:id="{cache}"/></pivotCaches>',
    )
    calc = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'
    cut.swap("xl/workbook.xml", calc, "")  # then calcPr must go before the pivot caches
    cut.save()


def chained(path: Path) -> None:
    """A calculation chain over the user's own formulas, and calculation by hand."""
    plain(path)
    cut = Surgery(path)
    cut.part(
        "xl/calcChain.xml",
        f'{HEAD}<calcChain xmlns="{MAIN}"><c r="A1" i="2"/></calcChain>',
        f"{SHEETML}.calcChain+xml",
    )
    cut.relate("xl/workbook.xml", f"{OFFICE}/calcChain", "calcChain.xml")
    cut.swap(
        "xl/workbook.xml",
        '<calcPr calcId="124519" fullCalcOnLoad="1"/>',
        "<calcPr calcId='191029' calcMode='manual'  iterate=\"1\" />",
    )
    cut.save()


def styled(path: Path) -> None:
    """A style sheet with Excel's newer attributes, own cell styles, formats and dxfs."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("S")
    for number in range(30):
        look = {"num_format": f'0.{"0" * (number % 9)}"u{number}"', "font_size": 8 + number}
        sheet.write_number(number, 0, number, book.add_format(look))
    sheet.conditional_format(
        "A1:A9",
        {
            "type": "cell",
            "criteria": ">",
            "value": 3,
            "format": book.add_format({"bg_color": "red"}),
        },
    )
    book.close()
    cut = Surgery(path)
    ac = f"{MICROSOFT}/spreadsheetml/2009/9/ac"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    cut.swap(
        "xl/styles.xml",
        f'<styleSheet xmlns="{MAIN}">',
        f"<styleSheet xmlns='{MAIN}' xmlns:mc='{mc}' mc:Ignorable='x14ac' "
        f"xmlns:x14ac='{ac}'>\n  <!-- by hand > here -->\n",
    )
    cut.swap("xl/styles.xml", "<fonts ", '<fonts x14ac:knownFonts="1" ')
    cut.before(
        "xl/styles.xml",
        "</styleSheet>",
        '<colors><mruColors><color rgb="FF112233"/></mruColors></colors>',
    )
    cut.save()


def by_hand(path: Path, prefix: str, folder: str, *, styles: bool) -> None:
    """A workbook of hand-written parts: a namespace prefix or none, parts in any folder."""
    x = prefix
    bound = f'xmlns:{x[:-1]}="{MAIN}"' if x else f'xmlns="{MAIN}"'
    base = f"{folder}/" if folder else ""
    types = [
        f'<Override PartName="/{base}workbook.xml" ContentType="{SHEETML}.sheet.main+xml"/>',
        f'<Override PartName="/{base}one.xml" ContentType="{SHEETML}.worksheet+xml"/>',
    ]
    links = [f'<Relationship Id="R1" Type="{OFFICE}/worksheet" Target="/{base}one.xml"/>']
    sheet = (
        f'{HEAD}<{x}worksheet {bound}><{x}sheetData><{x}row r="1"><{x}c r="A1" '
        f't="inlineStr"><{x}is><{x}t>own</{x}t></{x}is></{x}c></{x}row></{x}sheetData>'
        f"</{x}worksheet>"
    )
    look = (
        f'{HEAD}<{x}styleSheet {bound}><{x}fonts><{x}font><{x}sz val="11"/><{x}name '
        f'val="Arial"/></{x}font></{x}fonts><{x}fills count="1"><{x}fill><{x}patternFill '
        f'patternType="none"/></{x}fill></{x}fills><{x}borders count="1"><{x}border/></{x}borders>'
        f'<{x}cellXfs count="1"><{x}xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f"</{x}cellXfs><{x}dxfs/></{x}styleSheet>"
    )
    if styles:
        types.append(f'<Override PartName="/{base}styles.xml" ContentType="{SHEETML}.styles+xml"/>')
        links.append(f'<Relationship Id="R2" Type="{OFFICE}/styles" Target="styles.xml"/>')
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        package.writestr(
            "[Content_Types].xml",
            f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            + "".join(types)
            + "</Types>",
        )
        package.writestr(
            "_rels/.rels",
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
            f'Type="{OFFICE}/officeDocument" Target="{base}workbook.xml"/></Relationships>',
        )
        package.writestr(
            f"{base}workbook.xml",
            f'{HEAD}<{x}workbook {bound} xmlns:rel="{OFFICE}"><{x}sheets><{x}sheet '
            f'name="Own" sheetId="7" rel:id="R1"/></{x}sheets></{x}workbook>',
        )
        package.writestr(
            f"{base}_rels/workbook.xml.rels",
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{"".join(links)}'
            "</Relationships>",
        )
        if styles:
            package.writestr(f"{base}styles.xml", look)
        package.writestr(f"{base}one.xml", sheet)


def prefixed(path: Path) -> None:
    """Every main element under ``x:``, as the Open XML SDK writes."""
    by_hand(path, "x:", "xl", styles=True)


def bare(path: Path) -> None:
    """No style sheet, no shared strings, no theme."""
    by_hand(path, "", "xl", styles=False)


def elsewhere(path: Path) -> None:
    """The workbook part in another folder, members stored without compression."""
    by_hand(path, "", "book", styles=True)


def by_openpyxl(path: Path) -> None:
    """Saved by openpyxl."""
    import openpyxl
    from openpyxl.workbook.defined_name import DefinedName

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "From openpyxl"
    sheet["A1"] = 1
    sheet["A1"].number_format = "0.0000"
    sheet["A2"] = "=A1*2"
    book.defined_names["Mine"] = DefinedName("Mine", attr_text="'From openpyxl'!$A$1")
    book.save(path)


BOOKS: dict[str, Callable[[Path], None]] = {
    "plain.xlsx": plain,
    "sink.xlsx": sink,
    "macros.xlsm": macros,
    "signed_macros.xlsm": signed_macros,
    "threaded.xlsx": threaded,
    "slicers.xlsx": slicers,
    "model.xlsx": model,
    "pivot.xlsx": pivot,
    "chained.xlsx": chained,
    "styled.xlsx": styled,
    "prefixed.xlsx": prefixed,
    "bare.xlsx": bare,
    "elsewhere.xlsx": elsewhere,
    "by_openpyxl.xlsx": by_openpyxl,
}
