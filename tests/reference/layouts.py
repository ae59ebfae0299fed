"""Tables in the layouts in which they are published, made by the tests themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl

NOTICE = "CPT only copyright 2025 American Medical Association \u00ae.  All rights reserved."
UNIT_NOTICE = (
    "CPT codes, descriptions and other data only are copyright 2025 American Medical Association \u00ae.\n"
    'Fee schedules, "relative value units", conversion factors are not assigned by the AMA, are not part of CPT.'
)
PAIR_HEADER = (
    ("Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier", "PTP Edit Rationale"),
    ("", "", "prior to 1996", "Date", "Date", "0=not allowed", ""),
    ("", "", "", "", "*=no data", "1=allowed", ""),
    ("", "", "", "", "", "9=not applicable", ""),
)
FEE_HEADER = (
    ",,,STATUS,MEDICARE,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,"
    "CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT",
    "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,"
    "SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT",
)

Pair = tuple[str, str, str, str, str]  # column one, column two, effective, deletion, indicator


def pair_rows(pairs: Iterable[Pair]) -> list[list[str]]:
    """The seven columns of PTP."""
    return [[one, two, "", start, end, indicator, "Made-up rationale"] for one, two, start, end, indicator in pairs]


def pair_text(pairs: Iterable[Pair], *, header: bool = True, trailer: str = "") -> bytes:
    """PTP as tab text, in Windows-1252 with CRLF as CMS has it."""
    lines = [NOTICE + "\t" * 6, "Column1/Column2 Edits" + "\t" * 6, *map("\t".join, PAIR_HEADER)] if header else []
    lines += ["\t".join(row) for row in pair_rows(pairs)]
    if trailer:
        lines.append(trailer)
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def medicaid_pair_text(pairs: Iterable[Pair]) -> bytes:
    """PTP with commas and quotation marks, and without the column about 1996."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([NOTICE.replace("\u00ae", "")])
    writer.writerow(["Column 1", "Column 2", "Effective Date", "Deletion Date", "Modifier Indicator", "Rationale"])
    for one, two, start, end, indicator in pairs:
        writer.writerow([one, two, start, end, indicator, "Rationale, with a comma"])
    return out.getvalue().encode()


def unit_text(rows: Iterable[tuple[str, str, str]], setting: str = "Practitioner Services") -> bytes:
    """MUE: a notice over several lines in one cell, then a header with a line break in a cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([UNIT_NOTICE, "", "", ""])
    writer.writerow(["HCPCS/\nCPT Code", f"{setting} MUE Values", "MUE Adjudication Indicator", "MUE Rationale"])
    meanings = {"1": "Line Edit", "2": "Date of Service Edit: Policy", "3": "Date of Service Edit: Clinical"}
    for code, units, indicator in rows:
        writer.writerow([code, units, f"{indicator} {meanings.get(indicator, '')}", "Clinical: CMS Workgroup"])
    return out.getvalue().encode("cp1252")


ADD_ON_HEADER = (
    *("AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT"),
    *("AOC_Edit_EffDT", "AOC_Edit_DelDT", "Special_Instruction_Notes"),
)
AddOn = tuple[str, str, str, str, str, str, str]  # type, add-on, its end, primary, its end, edit from, edit to


def add_on_text(rows: Iterable[AddOn]) -> bytes:
    """Add-on edits as tab text with a header."""
    lines = [NOTICE.replace("\u00ae", ""), "\t".join(ADD_ON_HEADER), *("\t".join((*row, "")) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def add_on_flat(rows: Iterable[AddOn]) -> bytes:
    """Add-on edits with fixed columns."""
    lines = [
        f"{kind}{add_on}{add_on_end:<7}{primary}{primary_end:<7}{start:<7}{end:<7}{'':<58}"
        for kind, add_on, add_on_end, primary, primary_end, start, end in rows
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def fee_text(rows: Iterable[tuple[str, str, str, str, str, str]]) -> bytes:
    """The relative value file: code, modifier, status, non-facility total, facility total, conversion factor."""
    out = io.StringIO()
    out.write("2024 National Physician Fee Schedule Relative Value File July Release" + "," * 30 + "\r\n")
    out.write(f'"{NOTICE.replace(chr(0xAE), "")}"' + "," * 30 + "\r\n")
    out.write("".join(f"{line}\r\n" for line in FEE_HEADER))
    writer = csv.writer(out, lineterminator="\r\n")
    for code, modifier, status, office, facility, factor in rows:
        front = [code, modifier, "Made-up text, with a comma", status, "", "0.10", "0.20", "", "0.20", "", "0.01"]
        writer.writerow([*front, office, facility, "0", "XXX", *"00000000", "", factor, "09", "0", "99", *"000"])
    return out.getvalue().encode("cp1252")


def order_text(rows: Iterable[tuple[str, str]]) -> bytes:
    """The order file of ICD-10-CM: code and whether it is billable."""
    lines = [f"{at:05} {code:<7} {flag} {'Short text':<60} Long text" for at, (code, flag) in enumerate(rows, 1)]
    return ("\r\n".join(lines) + "\r\n").encode()


def code_text(codes: Iterable[str]) -> bytes:
    """The code file of ICD-10-CM."""
    return "".join(f"{code:<7} Some text\r\n" for code in codes).encode()


def csv_text(*rows: Sequence[str]) -> bytes:
    """Plain CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path
