"""The RPCs on a CPE's tree, by the letter of TR-069 A.3.2: all or nothing, or the fault due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from acs.cwmp.paths import is_instance, is_partial
from acs.cwmp.values import (
    ParameterAttributeStruct,
    ParameterInfoStruct,
    ParameterValueStruct,
    SetParameterAttributesStruct,
)
from acs.simulate.lexical import refusal
from acs.simulate.model import OBJECT, Entry, Notify
from acs.simulate.refusals import INVALID_ARGUMENTS, Refusal
from acs.simulate.tree import Tree

NO_SUCH_NAME = 9005
NOT_WRITABLE = 9008
NOTIFICATION_REJECTED = 9009
#: Off, passive, active; the lightweight ones came with CWMP 1.4.
NOTIFICATIONS = range(3)
LIGHTWEIGHT_NOTIFICATIONS = range(7)


def get_values(tree: Tree, names: Iterable[str]) -> Iterator[ParameterValueStruct]:
    """What GetParameterValues asks for; hidden parameters read as ""."""
    for path in _leaves(tree, names):
        entry = _entry(tree, path)
        value = "" if entry.hidden else tree.value(path)
        yield ParameterValueStruct(path, value, f"xsd:{entry.type}")


def get_attributes(tree: Tree, names: Iterable[str]) -> Iterator[ParameterAttributeStruct]:
    """What GetParameterAttributes asks for."""
    for path in _leaves(tree, names):
        yield ParameterAttributeStruct(path, *tree.attributes(path))


def get_names(tree: Tree, path: str, next_level: bool) -> Iterator[ParameterInfoStruct]:
    """What GetParameterNames asks for: an object itself only where the whole tree below it is wanted."""
    _check(tree, path)
    if next_level and not is_partial(path):
        raise Refusal(INVALID_ARGUMENTS, "NextLevel of a parameter")
    for found in tree.children(path) if next_level else tree.below(path):
        yield ParameterInfoStruct(found, _entry(tree, found).writable)


def set_values(tree: Tree, values: Sequence[ParameterValueStruct], key: str) -> None:
    """Set all of them, and the ParameterKey; or none, and say of each what is wrong with it."""
    counted = Counter(value.Name for value in values)
    if twice := [name for name, count in counted.items() if count > 1]:
        raise Refusal(INVALID_ARGUMENTS, f"named twice: {twice[0]}")
    judged = [(value.Name, _judge(tree, value)) for value in values]
    if refused := [(name, code) for name, code in judged if code is not None]:
        raise Refusal(INVALID_ARGUMENTS, parameters=refused)
    for value in values:
        tree.write(value.Name, value.Value)
    set_key(tree, key)


def set_key(tree: Tree, key: str) -> None:
    """What a successful change of the ACS leaves behind (A.3.2.1)."""
    if tree.entry(path := tree.model.server("ParameterKey")) is not None:
        tree.write(path, key)


def set_attributes(tree: Tree, changes: Sequence[SetParameterAttributesStruct], allowed: range) -> None:
    """Set all of them, or none; a partial path passes over the parameters that cannot have it."""
    accepted = [change for asked in changes for change in _attribute_changes(tree, asked, allowed)]
    for path, asked in accepted:
        notification, access_list = tree.attributes(path)
        tree.write_attributes(
            path,
            asked.Notification if asked.NotificationChange else notification,
            asked.AccessList if asked.AccessListChange else access_list,
        )


def add_object(tree: Tree, table: str, key: str) -> int:
    """Make an instance of a table; its number."""
    entry = tree.entry(table) if is_partial(table) and table else None
    if entry is None or not entry.writable or is_instance(table) or tree.template(table) is None:
        raise Refusal(NO_SUCH_NAME)
    number = tree.create(table)
    set_key(tree, key)
    return number


def delete_object(tree: Tree, instance: str, key: str) -> None:
    """Remove an instance of a table."""
    entry = tree.entry(instance)
    if entry is None or not is_partial(instance) or not is_instance(instance):
        raise Refusal(NO_SUCH_NAME)
    if not entry.writable:
        raise Refusal(INVALID_ARGUMENTS, "an instance that cannot be deleted")
    tree.remove(instance)
    set_key(tree, key)


def _judge(tree: Tree, value: ParameterValueStruct) -> int | None:
    entry = tree.entry(value.Name)
    if entry is None or entry.type == OBJECT:
        return NO_SUCH_NAME
    if not entry.writable:
        return NOT_WRITABLE
    return refusal(entry, value.Type, value.Value)


def _attribute_changes(
    tree: Tree, asked: SetParameterAttributesStruct, allowed: range
) -> Iterator[tuple[str, SetParameterAttributesStruct]]:
    if asked.NotificationChange and asked.Notification not in allowed:
        raise Refusal(INVALID_ARGUMENTS, f"Notification {asked.Notification}")
    for path in _leaves(tree, (asked.Name,)):
        if not asked.NotificationChange or _takes(_entry(tree, path).notify, asked.Notification):
            yield path, asked
        elif not is_partial(asked.Name):
            raise Refusal(NOTIFICATION_REJECTED)


def _takes(notify: Notify, notification: int) -> bool:
    """TR-106: what is forced stays active, what can be denied is: it changes all the time."""
    if notify is Notify.FORCED:
        return notification == 2
    return notify is not Notify.CAN_DENY or notification < 2


def _leaves(tree: Tree, names: Iterable[str]) -> Iterator[str]:
    """The parameters that names and partial paths stand for; all names are looked at before the first one."""
    asked = list(names)
    for name in asked:
        _check(tree, name)
    for name in asked:
        for path in tree.below(name):
            if not is_partial(path):
                yield path


def _check(tree: Tree, path: str) -> None:
    if path and tree.entry(path) is None:
        raise Refusal(NO_SUCH_NAME, f"Invalid parameter name: {path[:100]}")


def _entry(tree: Tree, path: str) -> Entry:
    entry = tree.entry(path)
    assert entry is not None, path
    return entry
