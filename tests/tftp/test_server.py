"""Tests of `acs.tftp.server`: requests, ports, files, limits; in memory."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from acs.tftp.codec import to_netascii
from acs.tftp.running import Limits
from tests.tftp.network import (
    CLIENT,
    DATA,
    ERROR,
    OACK,
    PATH,
    SERVER,
    WRQ,
    Site,
    ack,
    agreed,
    image_of,
    kind_of,
    number_of,
    request,
)

OTHER = ("198.51.100.8", 2001)
CONTENTS = {PATH: image_of(5000), "empty": b"", "text": b"one\ntwo\r\n"}


class ServerCase(SynchronousTestCase):
    """A site with a file of 5,000 bytes, and the lines of its log."""

    limits = Limits()

    def setUp(self) -> None:
        self.site = Site(CONTENTS, self.limits)
        self.lines: list[str] = []
        globalLogPublisher.addObserver(self._logged)
        self.addCleanup(globalLogPublisher.removeObserver, self._logged)

    def _logged(self, event: LogEvent) -> None:
        if str(event.get("log_namespace", "")).startswith("acs.tftp"):
            self.lines.append(formatEvent(event))

    def error(self, datagrams: list[bytes]) -> tuple[int, str]:
        """The code and the text of the only datagram."""
        (datagram,) = datagrams
        self.assertEqual(ERROR, kind_of(datagram))
        self.assertEqual(b"\0", datagram[-1:])
        return number_of(datagram), datagram[4:-1].decode()


class ReadingTests(ServerCase):
    def test_files_of_all_sizes_arrive(self) -> None:
        for size in (0, 1, 511, 512, 513, 1024, 100_000):
            self.site.files.contents["x"] = image_of(size)
            for options in (
                {},
                {"tsize": 0},
                {"blksize": 512, "tsize": 0},
                {"blksize": 511},
                {"windowsize": 8},
                {"blksize": 1428, "windowsize": 16, "tsize": 0, "timeout": 2},
            ):
                client = self.site.fetch(request("x", **options))
                self.assertEqual(("done", size), (client.ended, client.size), options)
                self.assertEqual(sha256(image_of(size)).digest(), client.hash.digest())
        self.assertEqual((0, 0), (self.site.files.still_open, len(self.site.server.running)))

    def test_the_options_are_agreed_on(self) -> None:
        (oack,) = self.site.send(request(PATH, blksize=1428, TSIZE=0, windowsize=4, timeout=9, multicast=""))
        self.assertEqual(OACK, kind_of(oack))
        told = {"blksize": "1428", "TSIZE": "5000", "windowsize": "4", "timeout": "9"}
        self.assertEqual(told, agreed(oack))

    def test_the_size_of_nothing_is_not_told(self) -> None:
        (first,) = self.site.send(request("empty", tsize=0))
        self.assertEqual(b"\0\x03\0\x01", first)

    def test_netascii_is_translated_and_its_size_not_told(self) -> None:
        data = bytes(range(256)) * 40 + b"\r\n" * 2000
        self.site.files.contents["text"] = data
        client = self.site.fetch(request("text", "NETASCII", tsize=0, blksize=100))
        self.assertEqual({"blksize": "100"}, client.options)
        self.assertEqual(sha256(to_netascii(data)).digest(), client.hash.digest())
        self.assertEqual((CLIENT[0], "text", len(data), len(data)), self.site.progress[-1])

    def test_a_slash_in_front_of_the_name_does_no_harm(self) -> None:
        self.site.send(request("/" + PATH))
        self.assertEqual([PATH], self.site.files.asked)

    def test_each_transfer_has_a_port_of_the_address_that_was_asked(self) -> None:
        self.site.send(request(PATH))
        first = self.site.own_port()
        self.site.send(request(PATH), OTHER)
        second = self.site.own_port(OTHER)
        self.assertEqual([SERVER[0]] * 2, [first[0], second[0]])
        self.assertEqual(3, len({first, second, SERVER}))

    def test_many_go_on_at_once_each_by_its_own(self) -> None:
        clients = [(f"198.51.100.{n}", 2001) for n in range(10, 110)]
        for client in clients:
            self.site.send(request(PATH), client)
        ports = {client: self.site.own_port(client) for client in clients}
        for block in range(1, 11):
            for client in clients:
                self.site.internet.send(ack(block), client, ports[client])
            self.site.pass_time(0.01)
        for client in clients:
            sent = [number_of(each.data) for each in self.site.internet.to(client)]
            self.assertEqual(list(range(1, 11)), sorted(set(sent)))
        self.assertEqual((0, 0), (len(self.site.server.running), self.site.files.still_open))

    def test_a_file_is_read_a_piece_at_a_time_and_no_further_than_it_is_sent(self) -> None:
        self.site.files.contents["x"] = image_of(1_000_000)
        self.site.send(request("x"))
        (file,) = self.site.files.open
        self.assertEqual(16_384, file.tell())
        self.site.send(request("x", blksize=1468, windowsize=32), OTHER)
        self.assertEqual(0, self.site.files.open[1].tell())
        self.site.send(ack(0), OTHER, self.site.own_port(OTHER))
        self.assertEqual(2 * 16 * 1468, self.site.files.open[1].tell())

    def test_how_far_it_is_is_told_in_steps(self) -> None:
        self.site.files.contents["x"] = image_of(1_000_000)
        self.site.fetch(request("x"))
        self.assertEqual({(CLIENT[0], "x", 1_000_000)}, {(*each[:2], each[3]) for each in self.site.progress})
        told = [each[2] for each in self.site.progress]
        self.assertEqual(sorted(set(told)), told)
        self.assertEqual(1_000_000, told[-1])
        self.assertTrue(90 <= len(told) <= 101, len(told))

    def test_beginning_and_end_are_a_line_each(self) -> None:
        self.site.fetch(request(PATH))
        begins, ends = self.lines
        self.assertEqual(f"TFTP: {PATH} to {CLIENT[0]} begins", begins)
        self.assertRegex(ends, rf"^TFTP: {PATH} to {CLIENT[0]} has arrived, 5000 bytes in 0\.\d+ s$")

    def test_so_is_why_it_broke_off(self) -> None:
        self.site.send(request(PATH))
        port = self.site.own_port()
        self.site.send(ack(1), to=port)
        self.site.send(b"\0\x05\0\x03disk\nfull\0", to=port)
        line = f"TFTP: {PATH} to {CLIENT[0]} broke off after 512 of 5000 bytes, "
        self.assertTrue(self.lines[-1].startswith(line), self.lines)
        self.assertTrue(self.lines[-1].endswith("s: the client sent error 3: disk\nfull"), self.lines)
        self.assertEqual((0, 0), (len(self.site.server.running), self.site.files.still_open))


class RefusalTests(ServerCase):
    def test_there_is_nothing_but_what_the_catalogue_has(self) -> None:
        self.assertEqual((1, "there is no such file"), self.error(self.site.send(request("acme/box"))))
        self.assertEqual(["acme/box"], self.site.files.asked)
        self.assertIn(f"RRQ b'acme/box' was refused for {CLIENT[0]}", self.lines[0])

    def test_nothing_is_written(self) -> None:
        code, _ = self.error(self.site.send(request(PATH, kind=WRQ, tsize=3)))
        self.assertEqual((2, []), (code, self.site.files.asked))
        self.assertEqual([], self.site.send(b"\0\x03\0\x01abc", to=self.site.own_port()))

    def test_names_that_lead_elsewhere_are_refused_without_looking(self) -> None:
        names: tuple[bytes, ...] = (
            b"../x",
            b"/../x",
            b"a\\b",
            b"%2e%2e/x",
            b"\xff",
            b"",
            b"//x",
            b"a/./b",
            b"a\nb",
        )
        for number, name in enumerate(names):
            code, _ = self.error(self.site.send(request(name), (f"203.0.113.{number}", 99)))
            self.assertEqual(2, code, name)
        self.assertEqual([], self.site.files.asked)
        self.assertEqual(len(names), len(self.lines))
        self.assertNotIn("\n", "".join(self.lines))

    def test_a_nul_ends_the_name_and_what_follows_is_no_mode(self) -> None:
        self.assertEqual(4, self.error(self.site.send(request(PATH.encode() + b"\0.txt")))[0])

    def test_requests_that_are_none_are_told_so(self) -> None:
        for datagram in (b"\0\x01x\0octet", request("x", "binary"), request("x", "mail"), request("x" * 600)):
            self.assertEqual(4, self.error(self.site.send(datagram))[0])
        self.assertEqual([], self.site.files.asked)

    def test_everything_else_is_met_with_silence(self) -> None:
        for datagram in (
            b"",
            b"\0",
            ack(0),
            b"\0\x05\0\x01no\0",
            b"\0\x03\0\x01x",
            b"\0\x06a\0b\0",
            b"GET / HTTP/1.0",
        ):
            self.assertEqual([], self.site.send(datagram))
        self.assertEqual([], self.lines)

    def test_those_who_can_be_nobody_are_not_answered(self) -> None:
        for source in (("198.51.100.7", 0), ("224.0.0.1", 9), ("0.0.0.0", 9), ("255.255.255.255", 9)):
            self.assertEqual([], self.site.send(request("nothing"), source))

    def test_an_error_of_the_disk_is_no_missing_file(self) -> None:
        def broken(path: str) -> Deferred[Any]:
            return fail(OSError(5, "Input/output error"))

        self.site.server._open_image = broken
        self.assertEqual((0, "the file cannot be opened"), self.error(self.site.send(request(PATH))))
        self.assertEqual(1, len(self.flushLoggedErrors(OSError)))
        self.assertEqual(0, len(self.site.server.running))

    def test_a_file_that_became_shorter_is_not_passed_off_as_whole(self) -> None:
        self.site.files.contents["x"] = image_of(40_000)
        self.site.send(request("x"))
        self.site.files.open[0].truncate(20_000)
        port, block, sent = self.site.own_port(), 0, [b"\0\x03"]
        while kind_of(sent[-1]) == DATA and block < 100:
            block += 1
            sent = self.site.send(ack(block), to=port)
        self.assertEqual(0, number_of(sent[-1]))
        self.assertIn(b"the file is shorter than it was", sent[-1])
        self.assertIn("the file is shorter than it was", self.lines[-1])
        self.assertEqual(0, self.site.files.still_open)

    def test_one_that_became_longer_is_sent_as_it_was(self) -> None:
        self.site.send(request(PATH))
        self.site.files.open[0].seek(0, 2)
        self.site.files.open[0].write(b"more")
        self.site.files.open[0].seek(5000)
        port = self.site.own_port()
        for block in range(1, 10):
            (data,) = self.site.send(ack(block), to=port)
        self.assertEqual(5000 - 9 * 512, len(data) - 4)

    def test_no_port_no_transfer(self) -> None:
        def exhausted(*_: Any) -> None:
            raise OSError(24, "Too many open files")

        self.site.server._open_port = exhausted
        self.assertEqual([], self.site.send(request(PATH)) + self.site.send(request("nothing")))
        self.assertEqual((0, 0), (len(self.site.server.running), self.site.files.still_open))
        self.assertIn("Too many open files", self.lines[0])

    def test_a_network_that_does_not_take_packets_is_waited_for(self) -> None:
        self.site.send(request(PATH))
        port = self.site.own_port()
        self.site.internet.broken.add(CLIENT[0])
        self.site.internet.clock.callLater(
            0, self.site.internet.ports[port].protocol.datagramReceived, ack(1), CLIENT
        )
        self.site.pass_time(60)
        self.assertIn("the client does not answer any more (No route to host)", self.lines[-1])

    def test_an_attacker_does_not_fill_the_log(self) -> None:
        for number in range(200):
            self.site.send(request("../x"), (CLIENT[0], 1024 + number))
        self.assertEqual(5, len(self.lines))
        for number in range(200):
            self.site.send(request("../x"), (f"203.0.113.{number}", 9))
        self.assertEqual(20, len(self.lines))
        self.site.pass_time(60)
        self.site.send(request("../x"), OTHER)
        self.assertEqual("TFTP: 185 times more: a part of it is empty, . or ..", self.lines[20])


class StrangerTests(ServerCase):
    def test_a_stranger_is_told_that_he_is_one_and_the_transfer_goes_on(self) -> None:
        self.site.send(request(PATH))
        port = self.site.own_port()
        self.assertEqual((5, ""), self.error(self.site.send(ack(1), OTHER, port)))
        self.assertEqual((5, ""), self.error(self.site.send(ack(1), (CLIENT[0], 9), port)))
        self.assertEqual([2], list(map(number_of, self.site.send(ack(1), to=port))))

    def test_an_error_of_his_ends_nothing_and_is_not_answered(self) -> None:
        self.site.send(request(PATH))
        port = self.site.own_port()
        self.assertEqual([], self.site.send(b"\0\x05\0\0x\0", OTHER, port))
        self.assertEqual([], self.site.send(b"nonsense", OTHER, port))
        self.assertEqual([2], list(map(number_of, self.site.send(ack(1), to=port))))

    def test_he_is_not_told_for_ever(self) -> None:
        self.site.send(request(PATH))
        port = self.site.own_port()
        told = sum(len(self.site.send(ack(1), OTHER, port)) for _ in range(50))
        self.assertEqual(8, told)

    def test_what_is_no_packet_ends_nothing(self) -> None:
        self.site.send(request(PATH))
        port = self.site.own_port()
        for datagram in (b"", b"\0\x04\0\x01\0", request(PATH), b"\0\x03\0\x01x", b"\0\x06a\0b\0"):
            self.assertEqual([], self.site.send(datagram, to=port))
        self.assertEqual([2], list(map(number_of, self.site.send(ack(1), to=port))))


class RepeatedRequestTests(ServerCase):
    def test_a_client_that_asks_again_has_one_transfer(self) -> None:
        self.site.send(request(PATH))
        self.assertEqual([], self.site.send(request(PATH)))
        self.assertEqual(1, len(self.site.server.running))
        self.site.pass_time(1)
        self.assertEqual({self.site.own_port()}, {each.source for each in self.site.internet.to(CLIENT)})

    def test_while_the_file_is_being_opened_too(self) -> None:
        self.site.files.waiting = []
        for _ in range(3):
            self.assertEqual([], self.site.send(request(PATH)))
        (opening,) = self.site.files.waiting
        opening.callback(None)
        self.site.pass_time(0.1)
        self.assertEqual(1, len(self.site.internet.to(CLIENT)))

    def test_one_that_asks_for_something_else_gets_that(self) -> None:
        self.site.send(request(PATH, blksize=1000))
        first = self.site.own_port()
        (data,) = self.site.send(request(PATH))
        self.assertEqual((DATA, 1), (kind_of(data), len(self.site.server.running)))
        self.assertNotEqual(first, self.site.own_port())
        self.assertNotIn(first, self.site.internet.ports)

    def test_while_the_file_is_being_opened_as_well(self) -> None:
        self.site.files.waiting = waiting = []
        self.site.send(request(PATH))
        self.site.send(request("text"))
        self.site.files.waiting = None
        for opening in waiting:
            opening.callback(None)
        self.site.pass_time(0.1)
        (datagram,) = self.site.internet.to(CLIENT)
        self.assertEqual(CONTENTS["text"], datagram.data[4:])
        self.assertEqual(1, self.site.files.still_open)

    def test_one_that_begins_anew_takes_the_place_of_its_older_transfer_once_it_answers(self) -> None:
        self.site.send(request(PATH))
        first = self.site.own_port()
        self.site.send(ack(1), to=first)
        (data,) = self.site.send(request(PATH))
        second = self.site.own_port()
        self.assertEqual((DATA, 1, True), (kind_of(data), number_of(data), first != second))
        self.assertIn(first, self.site.internet.ports)
        self.site.send(ack(1), to=second)
        self.assertNotIn(first, self.site.internet.ports)
        self.assertIn("the client has begun anew", self.lines[1] + self.lines[-1])
        self.assertEqual(1, len(self.site.server.running))

    def test_a_request_that_comes_late_a_second_time_ends_nothing(self) -> None:
        self.site.send(request(PATH))
        first = self.site.own_port()
        self.site.send(ack(1), to=first)
        self.site.send(request(PATH))
        self.site.send(b"\0\x05\0\x05\0", to=self.site.own_port())  # as the client does not know that port
        for block in range(2, 10):
            self.assertEqual([block + 1], list(map(number_of, self.site.send(ack(block), to=first))))
        self.site.send(request(PATH))
        self.assertEqual(2, len(self.site.server.running))
        self.site.send(ack(10), to=first)
        self.site.pass_time(20)
        self.assertEqual((0, 0), (len(self.site.server.running), self.site.files.still_open))


class AmplificationTests(ServerCase):
    """What a request that was forged has us send to somebody who never asked."""

    def test_without_an_answer_one_packet_is_sent_three_times(self) -> None:
        for number, options in enumerate(
            ({}, {"windowsize": 32}, {"windowsize": 32, "blksize": 1468, "timeout": 255, "tsize": 0})
        ):
            victim = (f"203.0.113.{number}", 53)
            self.assertEqual(1, len(self.site.send(request(PATH, **options), victim)))
            self.site.pass_time(1000)
            sent = self.site.internet.to(victim)
            self.assertEqual(3, len(sent))
            self.assertEqual(1, len({each.data for each in sent}))
            self.assertLessEqual(len(sent[0].data), 516)
        self.assertEqual((0, 0), (len(self.site.server.running), self.site.files.still_open))
        self.assertEqual(3, sum("the client did not answer" in line for line in self.lines))

    def test_a_block_that_is_longer_waits_for_an_answer(self) -> None:
        (oack,) = self.site.send(request(PATH, blksize=1468))
        self.assertEqual(OACK, kind_of(oack))

    def test_requests_of_one_source_are_limited(self) -> None:
        for number in range(1000):
            self.site.internet.send(request(PATH), (CLIENT[0], 1024 + number), SERVER)
        self.site.pass_time(59)
        sent = [each for each in self.site.internet.sent if each.to[0] == CLIENT[0]]
        self.assertLessEqual(len(sent), 3 * self.limits.requests)
        self.assertEqual(1, len(self.site.send(request(PATH), OTHER)))

    def test_refusals_count_among_them(self) -> None:
        answers = sum(len(self.site.send(request("no"), (CLIENT[0], 1024 + n))) for n in range(1000))
        self.assertTrue(300 <= answers <= 400, answers)

    def test_no_answer_is_much_longer_than_the_shortest_request(self) -> None:
        for datagram in (
            request("x", kind=WRQ),
            request("x"),
            request(".."),
            b"\0\x01\0\0",
            request("x", "mail"),
        ):
            (answer,) = self.site.send(datagram)
            self.assertLess(len(answer), 60)


class LimitTests(ServerCase):
    limits = Limits(transfers=20, per_source=3, requests=0)

    def answered(self, client: tuple[str, int]) -> None:
        """A transfer whose client is there."""
        self.site.send(request(PATH), client)
        self.site.send(ack(1), client, self.site.own_port(client))

    def test_who_has_his_share_hears_nothing_until_one_of_them_is_over(self) -> None:
        clients = [(CLIENT[0], 3000 + number) for number in range(3)]
        for client in clients:
            self.answered(client)
        self.assertEqual([], self.site.send(request(PATH)))
        self.assertIn("too many transfers", self.lines[-1])
        self.assertEqual(1, len(self.site.send(request(PATH), OTHER)))
        self.site.send(b"\0\x05\0\0\0", clients[0], self.site.own_port(clients[0]))
        self.assertEqual(1, len(self.site.send(request(PATH))))

    def test_all_of_ipv6_s_64_is_one_source(self) -> None:
        for number in range(5):
            self.site.send(request(PATH), (f"2001:db8::{number + 1}", 9))
        self.site.send(request(PATH), ("2001:db8:0:1::1", 9))
        self.assertEqual(4, len(self.site.server.running))

    def test_who_does_not_answer_makes_room_for_others(self) -> None:
        """Forged requests keep nobody out."""
        for number in range(100):
            self.site.send(request(PATH), (f"203.0.113.{number}", 9))
        self.assertEqual(20, len(self.site.server.running))
        self.assertEqual(20, self.site.files.still_open)
        client = self.site.fetch(request(PATH))
        self.assertEqual("done", client.ended)

    def test_who_has_answered_does_not(self) -> None:
        for number in range(20):
            self.answered((f"203.0.113.{number}", 9))
        self.assertEqual([], self.site.send(request(PATH)))
        self.assertEqual(
            [3], list(map(number_of, self.site.send(ack(2), ("203.0.113.7", 9), self.port_of(7))))
        )

    def port_of(self, number: int) -> Any:
        return self.site.own_port((f"203.0.113.{number}", 9))

    def test_a_slow_disk_is_not_asked_without_end(self) -> None:
        self.site.files.waiting = []
        for number in range(200):
            self.site.send(request(PATH), (f"203.0.113.{number}", 9))
        self.assertEqual(20, len(self.site.files.waiting))


class StopTests(ServerCase):
    def test_everything_is_closed_and_clients_are_told(self) -> None:
        self.site.send(request(PATH))
        self.site.send(ack(1), to=self.site.own_port())
        stopped = self.site.server.stop()
        self.successResultOf(stopped)
        self.site.pass_time(0.01)
        self.assertEqual(b"\0\x05\0\0the server stops\0", self.site.internet.to(CLIENT)[-1].data)
        self.assertEqual({}, self.site.internet.ports)
        self.assertEqual((0, []), (self.site.files.still_open, self.site.clock.getDelayedCalls()))

    def test_files_that_are_being_opened_are_waited_for(self) -> None:
        self.site.files.waiting = []
        self.site.send(request(PATH))
        stopped = self.site.server.stop()
        self.assertNoResult(stopped)
        self.site.files.waiting[0].callback(None)
        self.successResultOf(stopped)
        self.assertEqual((1, 0), (len(self.site.files.open), self.site.files.still_open))

    def test_threads_that_read_are_waited_for(self) -> None:
        reading: list[Deferred[Any]] = []

        def in_thread(work: Any, *_: Any) -> Deferred[Any]:
            reading.append(Deferred())
            return reading[-1].addCallback(lambda _: work())

        self.site.server._in_thread = in_thread
        self.site.send(request(PATH))
        stopped = self.site.server.stop()
        self.assertNoResult(stopped)
        self.assertEqual(1, self.site.files.still_open)
        reading[0].callback(None)
        self.successResultOf(stopped)
        self.assertEqual(0, self.site.files.still_open)

    def test_nothing_begins_afterwards(self) -> None:
        self.site.server.stop()
        self.site.server.heard(request(PATH), CLIENT, "")
        self.assertEqual([], self.site.files.asked)
