"""What the figures mean, for people who never met one of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from anonymizers.measures.wp216 import ROUNDING
from gateway.counted import counted, counted_people

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = tuple[str, str, str]

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "singling_out": "Can somebody be singled out?",
        "linkability": "Can records be linked?",
        "inference": "Can something be inferred?",
    }
)
POSSIBLE: Mapping[str, str] = MappingProxyType(
    {"yes": "YES", "no": "NO", "may not": "PERHAPS NOT"},
)
_BECAUSE: Mapping[str, str] = MappingProxyType(
    {
        "alone": "{people_are} alone with the combination of these columns.",
        "too-few": "{people_are} in groups of fewer than {asked}; the smallest has {k:,}.",
        "enough": "Everybody is one of at least {k:,} who are alike in these columns.",
        "groups": "A register leads to groups, never to a person: {correct:,} of {guesses_were} "
        "right, no more than one in {k}.",
        "few": "A register leads to groups, and some are smaller than asked: at worst {worst:.1%} "
        "of guesses are right there, more than one in {k}.",
        "people": "An attacker with a register was right in {best_correct:,} of {surest} "
        "(groups of {size:,}); one in {k} was promised.",
        "tokens": "{columns_name} a person by the same code in every row and file of its epoch. "
        "That is what tokens are for; the file stays personal data.",
        "nothing-sensitive-named": "No sensitive column was named (--sensitive), so nothing says "
        "that members of a group differ.",
        "alike": "{people_are} in a group in which a sensitive column has a single known value, or "
        "none: finding the group is finding the value.",
        "nearly-sure": "In some group one value holds for {confidence:.0%} of those who have any.",
        "varied": "Every group has several values; the best guess is right for {confidence:.0%} "
        "in the worst group.",
    }
)
_POPULATION: Mapping[str, str] = MappingProxyType(
    {
        "table": "counted in the population table",
        "estimate": "estimated from the share of the population that is in the file",
        "none": "at most this: no population is known (--population, --sampled-share)",
    }
)


def because(answer: Mapping[str, Any]) -> str:
    """Return the measured reason of an answer to WP216, as a sentence."""
    figures = answer["figures"]
    return _BECAUSE[answer["because"]].format(**figures, **_in_words(figures))


def _in_words(figures: Mapping[str, Any]) -> dict[str, str]:
    """Return figures with their nouns and verbs, in the right number."""
    people, matched = figures.get("people", 0), figures.get("matched", 0)
    columns, surest = figures.get("columns", 0), figures.get("best", 0)
    return {
        "people_are": f"{counted_people(people)} {'is' if people == 1 else 'are'}",
        "guesses_were": _guesses_were(matched),
        "surest": counted(surest, "surest guess", "surest guesses"),
        "columns_name": counted(columns, "column names", "columns name"),
    }


def _guesses_were(number: int) -> str:
    return f"{counted(number, 'guess', 'guesses')} {'was' if number == 1 else 'were'}"


def verdict(found: Mapping[str, Any]) -> str:
    """Answer in one sentence whether the file is anonymous, by its three answers."""
    answers = {name: answer["possible"] for name, answer in found["wp216"].items()}
    if answers["singling_out"] == "yes":
        return "In short: not anonymous. Somebody can be singled out."
    if answers["inference"] == "yes":
        return "In short: nobody can be singled out by these columns, but not everything is hidden."
    return "In short: nobody can be singled out by these columns, and no value is given away."


def class_rows(found: Mapping[str, Any]) -> list[Row]:
    """Say how large the groups are."""
    asked = found["asked_k"]
    return [
        (
            "k",
            f"{found['k']:,}",
            f"size of the smallest group of people alike in {_columns(found)}; {asked} asked for",
        ),
        ("groups", f"{found['classes']:,}", "different combinations in the file"),
        (
            "average group",
            f"{found['average_class_size']:.1f}",
            f"people; {found['normalized_class_size']:.1f} times the {asked} asked for (C_AVG)",
        ),
        (
            "discernibility",
            f"{found['discernibility']:,}",
            "sum of squared group sizes: the larger, the less can be told apart",
        ),
    ]


def _columns(found: Mapping[str, Any]) -> str:
    names = found["quasi_identifiers"]
    return f"these {len(names)} columns" if len(names) > 1 else "this column"


def risk_rows(found: Mapping[str, Any]) -> list[Row]:
    """Say how probably somebody is found."""
    risks, unique = found["risk"], found["unique"]
    above, asked = risks["above"], found["asked_k"]
    return [
        (
            "prosecutor risk",
            _three(risks["prosecutor"]),
            f"knows who is in the file: worst, average, people above 1 in {asked} ({above:.1%})",
        ),
        (
            "journalist risk",
            _three(risks["journalist"]),
            f"looks for anybody; {_POPULATION[risks['journalist']['population']]}",
        ),
        (
            "marketer risk",
            f"{risks['marketer']:.1%}",
            f"links everybody: so many of {found['people']:,} come out right",
        ),
        ("unique here", f"{unique['file']:.1%}", "people alone in their group in this file"),
        ("unique anywhere", f"{unique['population']:.1%}", _unique_anywhere(risks)),
        *_presence_rows(risks["presence"]),
        *_lacking_rows(risks["population_lacks_classes"]),
    ]


def _lacking_rows(lacking: int) -> list[Row]:
    if not lacking:
        return []
    said = (
        f"{'group has' if lacking == 1 else 'groups have'} more people in this file than in the "
        "population table, which then isn't everybody: there the file's own count was taken"
    )
    return [("table lacks", f"{lacking:,}", said)]


def _presence_rows(presence: Mapping[str, float] | None) -> list[Row]:
    if presence is None:
        return []
    share = f"{presence['lowest']:.1%} to {presence['highest']:.1%}"
    return [("presence", share, "chance that somebody of the population is in the file at all")]


def _unique_anywhere(risks: Mapping[str, Any]) -> str:
    source = risks["journalist"]["population"]
    return f"people alone in the population, {_POPULATION[source]}"


def _three(risk: Mapping[str, float]) -> str:
    return f"{risk['highest']:.1%}, {risk['average']:.1%}, {risk['share_above']:.1%}"


def sensitive_rows(name: str, column: Mapping[str, Any]) -> list[Row]:
    """Say how varied one sensitive column is."""
    ordered, least = column["ordered_t"], column["recursive_c"]
    return [
        (
            "distinct l",
            f"{column['distinct_l']}",
            "different known values, in the least varied group; below 2 it gives the value away",
        ),
        (
            "entropy l",
            f"{column['entropy_l']:.2f}",
            "the same, where a rare second value counts for little",
        ),
        *(
            ()
            if least is None
            else (
                (
                    "recursive c",
                    f"{least:.2f}",
                    f"recursive (c, {column['distinct_l']})-diversity holds for every larger c",
                ),
            )
        ),
        (
            "best guess",
            f"{column['confidence']:.0%}",
            f"of those with a known {name}, in the group where guessing is easiest",
        ),
        ("t", f"{column['t']:.3f}", "how far a group is from everybody: 0 alike, 1 apart"),
        *(
            ()
            if ordered is None
            else (("t, ordered", f"{ordered:.3f}", "the same for values on a line"),)
        ),
    ]


def loss_rows(found: Mapping[str, Any]) -> list[Row]:
    """Say what was lost, as far as it can be told."""
    losses = found["loss"]
    rows = [
        (
            name,
            f"{column['loss']:.3f}",
            f"coarsened to {column['level']}" if column["level"] else "on several levels",
        )
        for name, column in losses["by_column"].items()
    ]
    if losses["loss"] is not None:
        rows.append(("all columns", f"{losses['loss']:.3f}", "0 exact, 1 nothing left (ARX)"))
    if losses["left_out"] is not None:
        of_original = f"{'row' if losses['left_out'] == 1 else 'rows'} that only the original has"
        rows.append(("left out", f"{losses['left_out']:,}", of_original))
    rows += [
        (f"{name}, information", f"{lost:.1%}", "lost (non-uniform entropy)")
        for name, lost in losses["entropy_by_column"].items()
    ]
    return rows


def register_sentence(found: Mapping[str, Any]) -> str:
    """Tell the experiment in a few sentences."""
    links = found["register"]
    noise = f", {links['noise']:.0%} of its cells wrong" if links["noise"] else ""
    told = (
        f"An attacker linked a made-up register of {counted_people(links['rows'])}{noise} to the "
        f"file (seed {links['seed']}): {links['matched']:,} agreed with somebody, and "
        f"{_guesses_were(links['correct'])} right. In the smallest groups met "
        f"({counted_people(links['surest_size'])}), {links['surest_correct']:,} of "
        f"{links['surest']:,}."
    )
    asked, worst = found["asked_k"], found["risk"]["journalist"]["highest"]
    if links["kept"] and worst > found["risk"]["above"] + ROUNDING:
        return f"{told} Some groups are too small for one in {asked}: there it is {worst:.1%}."
    verdict = "holds" if links["kept"] else "is broken"
    return f"{told} The promise of one in {asked} {verdict}."
