#!/usr/bin/python3
"""Shows every rule of tidy.py an offence, and a neighbour that is none."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402


def offences(rule, path, text):
    return list(rule(path, text.split("\n")))


class TidyTest(unittest.TestCase):
    def assert_offends(self, rule, path, text):
        self.assertTrue(offences(rule, path, text), f"{rule.__name__} missed: {path}: {text}")

    def assert_fine(self, rule, path, text):
        self.assertEqual(offences(rule, path, text), [])

    def test_layers(self):
        inc = '#include "{}"'.format
        check = tidy.check_includes
        self.assert_offends(check, "services/booking/domain/a.cc", inc("services/booking/app/b.h"))
        self.assert_offends(check, "services/booking/app/a.cc", inc("services/booking/adapters/b.h"))
        self.assert_offends(check, "services/booking/app/a.cc", inc("stillpoint/booking/v1/b.pb.h"))
        self.assert_offends(check, "services/booking/edge/a.cc", inc("services/booking/adapters/b.h"))
        self.assert_offends(check, "services/booking/edge/a.cc", inc("services/client_record/domain/b.h"))
        self.assert_offends(check, "services/booking/domain/a.cc", inc("common/sql/database.h"))
        self.assert_offends(check, "services/booking/domain/a.cc", inc("common/base/clock.h"))
        self.assert_offends(check, "services/booking/domain/a.h", "#include <thread>")
        self.assert_offends(check, "services/booking/app/a.cc", inc("common/testing/servers.h"))
        self.assert_offends(check, "common/sql/a.cc", inc("common/rpc/call.h"))
        self.assert_offends(check, "common/sql/a.cc", inc("services/booking/domain/b.h"))
        self.assert_fine(check, "services/booking/app/a.cc", inc("services/booking/domain/b.h"))
        self.assert_fine(check, "services/booking/app/a_test.cc", inc("services/booking/adapters/b.h"))
        self.assert_fine(check, "common/rpc/a.cc", inc("common/sql/database.h"))

    def test_banned(self):
        check = tidy.check_banned
        for code in ("std::string_view s;", "absl::Mutex m;", "now = absl::Now();", "std::mutex m;",
                     "system(\"ls\");", "GTEST_SKIP();", "// TODO later", "t.detach();",
                     "std::this_thread::sleep_for(x);", "std::regex r;"):
            self.assert_offends(check, "services/booking/app/a.cc", code)
        self.assert_fine(check, "common/base/clock.cc", "return absl::Now();")
        self.assert_fine(check, "services/booking/app/a.cc", "// std::string_view is not used")
        self.assert_fine(check, "services/booking/app/a.cc", 'log("system(x)");')

    def test_spanning(self):
        check = tidy.check_spanning
        code = "database_.Read(sql::AllOrganizations(), deadline, body);"
        self.assert_offends(check, "services/booking/app/book_slot.cc", code)
        self.assert_offends(check, "services/client_record/app/records.cc", code)
        self.assert_fine(check, "services/booking/app/expire_holds.cc", code)
        self.assert_fine(check, "services/booking/app/expire_holds_test.cc", code)
        self.assert_fine(check, "services/booking/app/book_slot.cc", code.replace("All", "No"))

    def test_size(self):
        self.assert_offends(tidy.check_size, "common/base/a.cc", "x\n" * 401)
        self.assert_offends(tidy.check_size, "common/base/a.cc", "x" * 101)
        self.assert_fine(tidy.check_size, "common/base/a.cc", "x\n" * 399)

    def test_guard(self):
        self.assert_offends(tidy.check_guard, "common/base/a.h", "// A.\n#pragma once")
        self.assert_offends(tidy.check_guard, "common/base/a.h", "#ifndef STILLPOINT_COMMON_BASE_A_H_")
        self.assert_fine(tidy.check_guard, "common/base/a.h", "// A.\n#ifndef STILLPOINT_COMMON_BASE_A_H_")

    def test_text(self):
        self.assert_offends(tidy.check_text, "README.md", "see ../shared" + "/design.md")
        self.assert_offends(tidy.check_text, "README.md", "see /" + "root/notes")
        self.assert_offends(tidy.check_text, "README.md", "trailing ")
        self.assert_fine(tidy.check_text, "README.md", "fine")

    def test_top_level(self):
        self.assertTrue(list(tidy.check_top_level(["src/a.cc"])))
        self.assertEqual(list(tidy.check_top_level([".ci/run", "common/a.cc", "LICENSE"])), [])


if __name__ == "__main__":
    unittest.main()
