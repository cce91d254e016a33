"""From a pack to a folder that is ready to be published.

Guarantee: nothing in it comes from anywhere but the verified noisy answer, the pack and the names
of columns; so it says about nobody more than the answer does, whose price was paid.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from gateway.charts import render_svg
from gateway.client.errors import MeasureError
from gateway.client.questions import Question, query
from gateway.publishing.codebook import codebook
from gateway.publishing.documents import in_language, parse_pack
from gateway.publishing.drawings.places import why_missing, world_of
from gateway.publishing.naming import Names
from gateway.publishing.noise_tails import mechanism_of
from gateway.publishing.pages import ANSWERS, CODEBOOK, PAGE, STYLE, About, page
from gateway.publishing.parameters import fill, filled_keys
from gateway.publishing.sections import make_section
from gateway.publishing.series import read_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.client.aggregates import Answer
    from gateway.client.questions import Accuracy
    from gateway.publishing.documents import PackDocument
    from gateway.publishing.sections import Section

OnProgress = Callable[[str, float], None]


@dataclass(frozen=True)
class Plan:
    """A report that can be asked for.

    Attributes:
        question: one batch, in which each table is a query.
        names: of the dataset's columns, in the reader's language.
        until: periods that end later aren't shown.
    """

    pack: PackDocument
    question: Question
    names: Names
    until: date


def shipped_packs() -> list[str]:
    """Return the names of the packs that ship with Weir."""
    files = resources.files("gateway.publishing.packs").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def shipped_pack(name: str) -> PackDocument:
    """Return a pack that ships with Weir."""
    file = resources.files("gateway.publishing.packs") / f"{name}.yaml"
    return parse_pack(file.read_text(encoding="utf-8"))


def plan_report(  # noqa: PLR0913 - a report is named by all of these
    pack: PackDocument,
    view: Mapping[str, Any],
    *,
    dataset: str,
    purpose: str,
    chosen: Mapping[str, str],
    price: Accuracy,
    language: str,
    until: date,
) -> Plan:
    """Fill a pack with what a dataset has.

    Args:
        pack: the tables.
        view: the dataset as this partner sees it, `/v1/datasets/{d}`.
        dataset: its name.
        purpose: of an agreement.
        chosen: columns for parameters, by whoever runs it.
        price: of all of it.
        language: of the page.
        until: periods that end later aren't shown.

    Raises:
        MeasureError: a parameter has no column.
        WhereError: a table's filter can't be understood.
    """
    offers = [
        offer
        for offer in view.get("offers", [])
        if purpose in offer.get("purposes", []) and offer.get("aggregate")
    ]
    if not offers:
        raise MeasureError(
            f"no agreement in force lets you ask {dataset} in numbers for {purpose}; "
            "name another purpose"
        )
    filled = fill(pack, _offered(offers), chosen)
    queries = tuple(
        query(
            table.measures,
            filled_keys(table.group_by, filled),
            table.where or None,
            totals=table.totals,
            name=table.table,
        )
        for table in pack.tables
    )
    labels = {
        column["name"]: in_language(column.get("label") or {}, language) or column["name"]
        for offer in offers
        for column in offer.get("columns", [])
    }
    question = Question(dataset, purpose, queries, price, batch=True)
    return Plan(pack, question, Names(language, labels), until)


def _offered(offers: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the columns that may be keys, with their levels."""
    return {
        key["column"]: [level["level"] for level in key["levels"]]
        for offer in offers
        for key in offer["aggregate"]["group_by"]
    }


def make_report(plan: Plan, answer: Answer, on_progress: OnProgress) -> dict[str, bytes]:
    """Return the files of a report by their names, the released bytes and their proof included.

    Args:
        plan: what was asked.
        answer: to that, verified.
        on_progress: told what is being made, and the share that is done.

    Raises:
        OutputError: a chart couldn't be drawn.
    """
    sections = _sections(plan, answer)
    manifest = json.loads(answer.evidence.manifest)
    language = plan.names.language
    about = About(
        title=in_language(plan.pack.title, language),
        text=in_language(plan.pack.about, language),
        guarantee=answer.guarantee,
        manifest=manifest,
        until=plan.until.isoformat(),
    )
    files = {file: data for section in sections for file, data in section.files.items()}
    drawings = [drawing for section in sections for drawing in section.drawings]
    for number, drawing in enumerate(drawings):
        on_progress(f"drawing {drawing.name}", number / len(drawings))
        files[f"charts/{drawing.name}.svg"] = render_svg(drawing.spec).encode()
    style = resources.files("gateway.publishing") / STYLE
    return files | {
        CODEBOOK: codebook(sections, plan.names),
        STYLE: style.read_bytes(),
        PAGE: page(about, sections, plan.names).encode(),
        ANSWERS: answer.evidence.content,
        f"{ANSWERS}.manifest.json": answer.evidence.manifest,
        f"{ANSWERS}.tlog-proof": answer.evidence.receipt,
    }


def without_maps(answer: Answer) -> str:
    """Return why places of a report are on no map; empty where they are, or where none are."""
    mechanism = mechanism_of(answer.guarantee)
    keys = (
        series.forms(place)
        for table in answer.tables
        for series in read_series(table, mechanism)
        for place in range(len(series.keys))
    )
    return why_missing() if any(map(world_of, keys)) else ""


def _sections(plan: Plan, answer: Answer) -> list[Section]:
    answered = {table.name: table for table in answer.tables}
    mechanism = mechanism_of(answer.guarantee)
    return [
        make_section(table, answered[table.table], mechanism, plan.names, plan.until)
        for table in plan.pack.tables
    ]
