from __future__ import annotations

from policies.recipes import makers_of, migrate_recipe
from tests.policies.recipes.conftest import COLUMNS, dataset, recipe

STEPS = [
    {
        "from": 1,
        "rename": {"abuse": "harm_1"},
        "codes": {"country": {"Mexico": "MX"}},
        "drop": ["shoe_size", "hat_size"],
    },
    {
        "from": 2,
        "rename": {"harm_1": "harm", "years": "age"},
        "codes": {
            "harm": {"Labour": "ForcedLabour", "Unclear": None},
            "band": {"child": "minor", "old": None},
            "controls": {"Owing": "Debt"},
        },
    },
]
OLD = {
    "case_id": "N",
    "abuse": {"from": "Tipo", "codes": {"Laboral": "Labour", "Dudoso": "Unclear", "?": None}},
    "years": "Edad",
    "shoe_size": {"join": ["Zapato", "Edad"]},
    "band": {
        "from": "Edad",
        "levels": [{"from": 0, "code": "child"}, {"from": 18, "code": "adult"}],
        "otherwise": "old",
    },
    "controls": {"flags": {"Deudas": "Owing", "Otra": None}},
}


def rules_of(notes, say):
    say(notes)
    return [(note.rule, note.params["path"], note.params.get("code", "")) for note in notes]


def test_a_recipe_follows_every_step_to_the_newest_version(say):
    newest = dataset(version=3, migrations=STEPS)
    migrated = migrate_recipe(recipe(OLD, ignore=["Nota"]), newest)
    made = migrated.recipe
    assert (made.dataset_version, [*made.columns]) == (
        3,
        ["case_id", "harm", "age", "band", "controls"],
    )
    assert made.ignore == ("Nota", "Zapato")
    assert made.columns["harm"].codes == {
        "Laboral": "ForcedLabour",
        "?": None,
        "Labour": "ForcedLabour",
    }
    assert [level.code for level in made.columns["band"].levels] == ["minor", "adult"]
    assert made.columns["controls"].flags == {"Deudas": "Debt", "Otra": None}
    assert made.columns["controls"].codes == {}
    assert rules_of(migrated.notes, say) == [
        ("recipe-column-gone", "columns.shoe_size", ""),
        ("recipe-code-gone", "columns.harm", "Unclear"),
        ("recipe-code-gone", "columns.band", "old"),
    ]


def test_a_file_goes_on_saying_what_it_said():
    newest = dataset(version=3, migrations=STEPS)
    made = migrate_recipe(recipe(OLD), newest).recipe
    harm = {maker.name: maker for maker in makers_of(made, newest)}["harm"]
    assert harm.make("laboral").text == harm.make("LABOUR").text == "ForcedLabour"
    assert harm.make("dudoso").unmapped == ("dudoso",)


def test_a_word_that_the_table_has_keeps_its_meaning():
    steps = [{"from": 1, "codes": {"harm": {"Labour": "ForcedLabour"}}}]
    mine = recipe({"harm": {"from": "Tipo", "codes": {"labour": "Other"}}})
    made = migrate_recipe(mine, dataset(version=2, migrations=steps)).recipe
    assert made.columns["harm"].codes == {"labour": "Other"}


def test_a_recipe_for_this_version_stays_as_it_is():
    mine = recipe({"harm": "Tipo"}, dataset_version=3)
    assert migrate_recipe(mine, dataset(version=3, migrations=STEPS)).recipe is mine
    assert migrate_recipe(recipe({"harm": "Tipo"}), dataset()).recipe.dataset_version == 1


def test_a_version_without_a_step_changed_nothing_for_recipes():
    made = migrate_recipe(recipe({"harm": "Tipo"}), dataset(version=2)).recipe
    assert (made.dataset_version, [*made.columns]) == (2, ["harm"])


def test_a_recipe_of_which_nothing_is_left_is_given_back(say):
    steps = [{"from": 1, "drop": ["gone"]}]
    mine = recipe({"gone": "x"})
    migrated = migrate_recipe(mine, dataset(version=2, migrations=steps))
    assert migrated.recipe is mine
    assert rules_of(migrated.notes, say) == [("recipe-column-gone", "columns.gone", "")]
    assert "gone" not in COLUMNS
