"""The order in which an extract's rows leave: it tells nothing of the data's order, or of people.

Rows stand as the AES of their records' roots does under a key (`pseudonyms.keyed_order`). Equal
requests have one key, so that they are equal bytes. Who holds the key and knows the people knows
who stands where; so where tokens must not be found out, or joined, the key must not be either:

- Random tokens can be erased. The key of their files comes from a secret that lies beside them in
  the token vault and is erased with them; no key of the home is in it.
- Tokens of one epoch must not be joined with those of the next one. Epochs are in the key:
  otherwise the tenth row of both would be one person's, give or take who left.

All other orders come from the home's keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.pseudonyms import derive_key
from policies.requests import data_request
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.context import Context
    from policies.plans import ExtractPlan

RANDOM = "vaulted"


def order_key(
    context: Context, plan: ExtractPlan, snapshot: int, epochs: Mapping[str, str]
) -> bytes:
    """Return the key of the order in which one extract's rows leave, 32 bytes.

    Args:
        context: the open home.
        plan: what is permitted, to whom, of which request.
        snapshot: the lake's.
        epochs: of the tokens, by column.

    Raises:
        LakeError: tokens are random, and their vault isn't there.
    """
    request = canonical_bytes(data_request(plan.request)).decode()
    parts = ["weir rows v1", plan.partner, plan.policy_sha256, str(snapshot), request]
    if epochs:
        parts.append(canonical_bytes(dict(epochs)).decode())
    return derive_key(_secret(context, plan), *parts)


def _secret(context: Context, plan: ExtractPlan) -> bytes:
    if any(column.tokens == RANDOM for column in plan.columns if column.action == "pseudonymize"):
        return context.tokens.order_secret(plan.partner, plan.agreement, plan.dataset)
    return context.keys.order()
