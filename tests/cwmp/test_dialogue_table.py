"""The table of `acs.cwmp.dialogue`: each of its rows walked, everything beside it refused, in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.dialogue import (
    TABLE,
    TURN,
    Dialogue,
    Role,
    Signal,
    State,
    Step,
    signal_of,
    table_as_dot,
    table_as_text,
)
from acs.cwmp.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.support.messages import EXAMPLES, FAULTS
from tests.support.pair import Pair, body_of, condition_of, dialogue_in, message_for, step

ROWS = [(state, signal, row) for state, rows in TABLE.items() for signal, row in rows.items()]
signals = st.sampled_from(Signal)


def places(role: Role) -> Iterator[tuple[State, Signal, Step | None]]:
    """Every signal in every state that this side can come to, with its row in the table."""
    for state in State:
        # Only a tolerated step leads there, and a CPE makes none.
        if (role, state) != (Role.CPE, State.BOTH_ASKED):
            yield from ((state, signal, TABLE[state].get(signal)) for signal in Signal)


class TableTests(SynchronousTestCase):
    def test_in_every_state_but_the_last_it_is_somebody_s_turn(self) -> None:
        self.assertEqual(set(State) - {State.OVER}, set(TURN))
        self.assertEqual(set(State), set(TABLE))
        self.assertEqual({}, TABLE[State.OVER])

    def test_only_the_cpe_is_tolerated(self) -> None:
        self.assertEqual({Role.CPE}, {TURN[state] for state, _, row in ROWS if row.tolerated})

    def test_each_row_is_walked_by_both_sides(self) -> None:
        for role in Role:
            for state, signal, row in places(role):
                if row is not None and not (row.tolerated and role is Role.CPE):
                    with self.subTest(role=role, state=state, signal=signal):
                        dialogue = dialogue_in(state, role)
                        step(dialogue, signal)
                        self.assertIs(row.to, dialogue.state)

    def test_what_is_not_in_the_table_is_refused_by_both_sides_and_changes_nothing(self) -> None:
        for role in Role:
            for state, signal, row in places(role):
                if row is None or (row.tolerated and role is Role.CPE):
                    with self.subTest(role=role, state=state, signal=signal):
                        self.assert_refused(dialogue_in(state, role), signal)

    def assert_refused(self, dialogue: Dialogue, signal: Signal) -> None:
        """Neither said nor heard, for whichever reason; the side to blame is in the error's class."""
        before = condition_of(dialogue)
        message = message_for(dialogue, signal)
        self.assertRaises(LocalProtocolError, dialogue.say, message)
        self.assertRaises(RemoteProtocolError, dialogue.hear, body_of(message))
        self.assertEqual(before, condition_of(dialogue))

    def test_out_of_turn_nothing_is_said_and_nothing_heard(self) -> None:
        for role in Role:
            for state, signal, _ in places(role):
                dialogue = dialogue_in(state, role)
                message = message_for(dialogue, signal)
                if dialogue.my_turn:
                    self.assertRaises(RemoteProtocolError, dialogue.hear, body_of(message))
                else:
                    self.assertRaises(LocalProtocolError, dialogue.say, message)

    def test_every_message_is_one_signal(self) -> None:
        found = [signal_of(message) for message in (*EXAMPLES, *FAULTS, None)]
        self.assertEqual(1, found.count(Signal.INFORM))
        self.assertEqual(1, found.count(Signal.INFORM_RESPONSE))
        self.assertEqual(26, found.count(Signal.REQUEST))
        self.assertEqual(26, found.count(Signal.RESPONSE))
        self.assertEqual(3, found.count(Signal.FAULT))


class PrintedTableTests(SynchronousTestCase):
    def test_as_text_it_is_a_line_for_each_row(self) -> None:
        lines = [[cell.strip() for cell in line.split("|")] for line in table_as_text().splitlines()]
        expected = [
            [state.value, TURN[state].value, signal.value, row.to.value + (" *" if row.tolerated else "")]
            for state, signal, row in ROWS
        ]
        self.assertEqual(expected, lines)

    def test_as_a_graph_it_is_an_edge_for_each_row(self) -> None:
        dot = table_as_dot()
        edges = re.findall(r'"([^"]+)" -> "([^"]+)" \[label="(\w+): ([^"]+)", style=(\w+)\];', dot)
        expected = [
            (
                state.value,
                row.to.value,
                TURN[state].value,
                signal.value,
                "dashed" if row.tolerated else "solid",
            )
            for state, signal, row in ROWS
        ]
        self.assertEqual(expected, edges)
        self.assertTrue(dot.startswith("digraph cwmp {"))
        self.assertTrue(dot.endswith("}"))


class AnyOrderTests(SynchronousTestCase):
    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(Role), st.lists(st.tuples(st.booleans(), signals), max_size=20))
    def test_no_order_of_signals_leaves_both_or_neither_to_speak(
        self, role: Role, tries: list[tuple[bool, Signal]]
    ) -> None:
        dialogue = Dialogue(role)
        for says, signal in tries:
            allowed = TABLE[dialogue.state].get(signal) is not None and dialogue.my_turn is says
            message = message_for(dialogue, signal)
            try:
                dialogue.say(message) if says else dialogue.hear(body_of(message))
            except ProtocolError:
                allowed = False
            if not allowed:
                continue
            peer = Dialogue(role.peer)
            peer.state = dialogue.state
            self.assertEqual(dialogue.state is not State.OVER, dialogue.my_turn is not peer.my_turn)
        complete = dialogue.state is State.ENDING
        self.assertEqual(complete, dialogue.close())

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(Role), signals), max_size=30))
    def test_two_dialogues_that_hear_each_other_are_always_of_one_mind(
        self, tries: list[tuple[Role, Signal]]
    ) -> None:
        pair = Pair()
        for role, signal in tries:
            speaker, listener = (pair.cpe, pair.acs) if role is Role.CPE else (pair.acs, pair.cpe)
            try:
                body = speaker.say(message_for(speaker, signal))
            except LocalProtocolError:
                continue
            heard = listener.hear(body)
            self.assertIs(signal, heard.signal)
            self.assertEqual("", heard.remark)
            self.assertIs(speaker.state, listener.state)
            self.assertEqual((speaker.asked, speaker.asking), (listener.asking, listener.asked))
            self.assertEqual(speaker.state is not State.OVER, speaker.my_turn is not listener.my_turn)
        self.assertIs(pair.cpe.close(), pair.acs.close())
