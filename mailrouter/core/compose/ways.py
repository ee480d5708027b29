"""The ways a mail offers to answer it: acts, organisations to choose from, a form. Each as a mailto link that writes
the very words one could type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mailrouter.core.compose.links import mailto
from mailrouter.core.compose.tokens import Addresses

LINKED_CHOICES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """`at` the addresses of the mail, `words` the language's tables, `names` organisations by code, `others` those that
    the case does not go to yet."""

    at: Addresses
    subject: str
    words: Mapping[str, Any]
    names: Mapping[str, str]
    others: tuple[str, ...] = ()

    def acts(self, acts: Iterable[Any]) -> list[dict[str, str]]:
        """Each act with its word, what it does, and its link. An act is a name of the language's table, or a pair
        (word, description), with what the link writes as a third element when more must follow ("note : ").

        A note goes to the agents' own address, where even a forgotten first word cannot make it an answer.
        """
        return [self._act(act) for act in acts] if self.at.reply else []

    def _act(self, act: Any) -> dict[str, str]:
        word, does, *written = self.words["acts"][act] if isinstance(act, str) else act
        if act == "invite" and word.split()[-1] not in self.others:
            # The table's example is on the case already, or is not to be had there.
            word, does = self._invitation(word, does)
        to = self.at.agents if act == "note" and self.at.agents else self.at.reply
        return {
            "quoted": self.words["quoted"].format(word),
            "label": self.words["answering"].format(word),
            "does": does,
            "href": self._link(to, written[0] if written else word),
        }

    def _invitation(self, word: str, does: str) -> tuple[str, str]:
        if self.others:
            return self.words["invite_word"].format(self.others[0]), does
        return self.words["invite_someone"], self.words["invite_someone_does"]

    def choices(self, codes: Iterable[str], proposed: Iterable[str]) -> dict[str, Any]:
        """Organisations to choose from: the proposed ones as links (all of them when few and none is proposed), the
        others by name only, so that nobody tabs through thirty links."""
        known = list(codes)
        first = [code for code in proposed if code in known]
        if not first and len(known) <= LINKED_CHOICES:
            first = known
        return {
            "first_choices": self.acts((code, self.names.get(code, code)) for code in first),
            "other_choices": [code for code in known if code not in first],
            "all_choices": known,
        }

    def form(self, missing: Iterable[str]) -> dict[str, Any]:
        """The lines that are missing, in words that the reader of labelled lines knows, and a link that writes them."""
        labels, hints, colon = (self.words[name] for name in ("form_labels", "form_hints", "colon"))
        rows = [{"label": labels[name], "hint": hints.get(name, "")} for name in missing if name in labels]
        lines = "\n".join(f"{row['label']}{colon}{row['hint']}" for row in rows)
        return {"form": rows, "form_href": self._link(self.at.reply, lines)}

    def _link(self, to: str, body: str) -> str:
        return mailto(to, f"Re: {self.subject}", body)
