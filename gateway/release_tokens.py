"""The tokens of one extract: derived by a key, or drawn at random and kept in the token vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.pseudonyms import token_key, tokens_text, write_tokens
from gateway.lake.token_vault import TokenScope

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from gateway.context import Context
    from gateway.selected import Selected
    from policies.plans import ColumnPlan, ExtractPlan


class ReleaseTokens:
    """Turns roots into the tokens that one recipient gets."""

    def __init__(self, context: Context, plan: ExtractPlan, epoch: Mapping[str, str]) -> None:
        """Take what separates these tokens from others; `epoch` by column."""
        self._vault = context.tokens
        self._scopes = {
            column.name: TokenScope(
                partner=plan.partner,
                agreement=plan.agreement,
                dataset=plan.dataset,
                domain=column.domain,
                epoch=epoch[column.name],
            )
            for column in plan.columns
            if column.action == "pseudonymize"
        }
        secret = context.keys.tokens()
        self._keys = {name: token_key(secret, **vars(one)) for name, one in self._scopes.items()}

    def texts(self, column: ColumnPlan, roots: pa.Array) -> pa.Array:
        """Return a column's tokens as text; the same roots have the same ones again.

        Raises:
            LakeError: the column's tokens are random, and their vault isn't there.
        """
        if column.tokens == "vaulted":
            drawn = self._vault.tokens(self._scopes[column.name], roots)
            return write_tokens(drawn, column.domain)
        return tokens_text(roots, self._keys[column.name], column.domain)


def token_epochs(context: Context, basis: str, selected: Selected) -> dict[str, str]:
    """Return for each column of tokens the name of the time in which they stay the same.

    A release is a request on the records that may leave for it. Asked for in another format, or
    once more on the very same records, it is the same one, with the same tokens in the same rows.
    As soon as one record more or less may leave, because a consent ended or terms changed, it is
    another one.

    Args:
        context: the open home; its clock says the year.
        basis: names the request: policy, declaration, snapshot and conditions.
        selected: the records that may leave for it. Its plan says which columns leave as tokens,
            and how long these last.

    Raises:
        LakeError: the lake can't be read.
    """
    plan = selected.plan
    columns = {one.name: one.epoch for one in plan.columns if one.action == "pseudonymize"}
    names = {
        "agreement": plan.agreement,
        "year": str(context.clock.today(context.home.document.timezone).year),
    }
    if "release" in columns.values():
        digests = (selected.records.digest(), selected.everybody.digest())
        names["release"] = context.keys.fingerprint("\n".join((basis, *digests)).encode())[:16]
    return {name: names[epoch] for name, epoch in columns.items()}
