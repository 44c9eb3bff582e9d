"""Accounts by the server's own administration: ad-hoc commands with data forms (XEP-0050, 0133, 0004).

The forms are written by hand: wokkel's cannot be imported with today's Twisted.
"""

from __future__ import annotations

from collections.abc import Mapping

from acs.wake.xmpp.account_names import AccountError, account_jid, check_password
from acs.wake.xmpp.asking import NoAnswer, NotConnected
from acs.wake.xmpp.component import Component
from acs.xmpp.elements import Element, add, child, condition_of, iq

COMMANDS = "http://jabber.org/protocol/commands"
ADMIN = "http://jabber.org/protocol/admin"
DATA = "jabber:x:data"
_LONGEST = 200
_MISSING = "missing"
_OF_THE_ACCOUNT = {
    "conflict": ("exists", "there is such an account"),
    "item-not-found": (_MISSING, "there is no such account"),
}


class AdHocAccounts:
    """Accounts of the component's ``domain``, whose server has to have it as an administrator."""

    def __init__(self, component: Component) -> None:
        self._component = component

    async def create(self, username: str, password: str) -> None:
        """Make it, or where the server does not say that it has done so, set its password.

        Of an account that is there already Prosody says so in a note, ejabberd by an error, or not at all.
        """
        jid = account_jid(username, self._component.domain)
        check_password(password)
        fields = {"accountjid": jid, "password": password, "password-verify": password}
        kind, _ = await self._run("add-user", fields)
        if kind != "info":
            await self.change_password(username, password)

    async def change_password(self, username: str, password: str) -> None:
        """Give it another password."""
        jid = account_jid(username, self._component.domain)
        check_password(password)
        kind, text = await self._run("change-user-password", {"accountjid": jid, "password": password})
        if kind in ("error", _MISSING):
            raise AccountError(f"{jid}: {_without(text, password)}")

    async def delete(self, username: str) -> None:
        """Remove it; servers tell of one that is not there, if at all, in words for people."""
        jid = account_jid(username, self._component.domain)
        kind, text = await self._run("delete-user", {"accountjids": jid})
        if kind == "error":
            raise AccountError(f"{jid}: {text[:_LONGEST]}")

    async def _run(self, command: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Run a command through its two steps: the kind of the note that the server leaves, with its text.

        An error about the account, not the command, is told as if it were a note.
        """
        form = await self._step(command, "", None)
        session = form.getAttribute("sessionid") or ""
        if form.getAttribute("status") == "executing":
            try:
                form = await self._step(command, session, fields)
            except _Refused as refused:
                if refused.condition not in _OF_THE_ACCOUNT:
                    raise
                return _OF_THE_ACCOUNT[refused.condition]
        if form.getAttribute("status") != "completed":
            raise AccountError(f"{command} is not completed by {self._component.domain}")
        note = child(form, "note", COMMANDS)
        return ("", "") if note is None else (note.getAttribute("type") or "info", str(note))

    async def _step(self, command: str, session: str, fields: Mapping[str, str] | None) -> Element:
        component = self._component
        question = iq("set", component.jid, component.domain, component.new_id())
        step = add(question, "command", COMMANDS, node=f"{ADMIN}#{command}")
        if session:
            step["sessionid"] = session
        if fields is not None:
            _fill(step, fields)
        try:
            answer = await component.ask(question)
        except NoAnswer:
            raise AccountError(f"{component.domain} does not answer to {command}") from None
        except NotConnected as error:
            raise AccountError(f"not connected to the XMPP server: {error}") from None
        if answer["type"] == "error":
            raise _refused(command, component, answer)
        said = child(answer, "command", COMMANDS)
        if said is None:
            raise AccountError(f"{component.domain} answers to {command} with something else")
        return said


def _fill(step: Element, fields: Mapping[str, str]) -> None:
    form = add(step, "x", DATA, type="submit")
    for name, value in {"FORM_TYPE": ADMIN, **fields}.items():
        add(add(form, "field", var=name), "value", text=value)


class _Refused(AccountError):
    """The server has answered with an error; ``condition`` is its name."""

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(text)
        self.condition = condition


def _refused(command: str, component: Component, answer: Element) -> _Refused:
    condition, text = condition_of(answer)
    return _Refused(condition, _in_words(command, component, condition, text))


def _in_words(command: str, component: Component, condition: str, text: str) -> str:
    if condition in ("forbidden", "not-allowed", "not-authorized"):
        own = component.jid.partition("/")[0]
        return f"{own} is no administrator of {component.domain}: {command} is refused ({condition})"
    if condition in ("service-unavailable", "item-not-found", "feature-not-implemented"):
        return f"{component.domain} has no command {command}, or does not offer it to us ({condition})"
    said = f"{condition or 'an error'}{': ' + text if text else ''}"
    return f"{component.domain} answers to {command} with {said[:_LONGEST]}"


def _without(text: str, password: str) -> str:
    return text.replace(password, "***")[:_LONGEST]
