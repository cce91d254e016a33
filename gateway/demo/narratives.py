"""Case notes put together from our own sentence parts, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy as np

Parts = Mapping[str, tuple[str, ...]]

OPENINGS: Parts = {
    "eng": (
        "called from a borrowed phone.",
        "wrote by text message late at night.",
        "was referred by a clinic.",
        "called back after the first contact.",
        "asked a neighbour to call.",
    ),
    "spa": (
        "llamó desde un teléfono prestado.",
        "escribió un mensaje de noche.",
        "llegó por recomendación de una clínica.",
        "volvió a llamar después del primer contacto.",
        "pidió a una vecina que llamara.",
    ),
}
SITUATIONS: Parts = {
    "eng": (
        "The employer keeps the passport and most of the wages.",
        "A debt was added for transport and never gets smaller.",
        "Somebody listens to every call, so the talk was short.",
        "The work promised was another one; hours run from six to midnight.",
        "Threats were made against family at home.",
    ),
    "spa": (
        "El patrón guarda el pasaporte y casi todo el sueldo.",
        "Le cobran una deuda por el viaje, que nunca baja.",
        "Alguien escucha cada llamada, por eso se habló poco.",
        "El trabajo prometido era otro; la jornada va de seis a medianoche.",
        "Hubo amenazas contra su familia.",
    ),
}
NEEDS: Parts = {
    "eng": (
        "Asked for a safe bed tonight.",
        "Wants legal advice before anything else.",
        "Needs a doctor and an interpreter.",
        "Only wanted to know which rights there are.",
    ),
    "spa": (
        "Pide un lugar seguro para esta noche.",
        "Quiere asesoría legal antes que nada.",
        "Necesita médico e intérprete.",
        "Solo quería saber qué derechos tiene.",
    ),
}


def draw_narratives(
    rng: np.random.Generator, given: pa.Array, family: pa.Array, languages: pa.Array
) -> pa.Array:
    """Write one note for each contact, in its language, with the caller's name in it.

    The name stands there on purpose: notes carry names, which is why free text never leaves.
    """
    parts = [_drawn(rng, parts, languages) for parts in (OPENINGS, SITUATIONS, NEEDS)]
    return pc.binary_join_element_wise(given, family, *parts, " ")


def _drawn(rng: np.random.Generator, parts: Parts, languages: pa.Array) -> pa.Array:
    positions = pa.array(rng.integers(0, len(parts["eng"]), len(languages)))
    spanish = pc.fill_null(pc.equal(languages, "spa"), fill_value=False)
    return pc.if_else(
        spanish, pa.array(parts["spa"]).take(positions), pa.array(parts["eng"]).take(positions)
    )
