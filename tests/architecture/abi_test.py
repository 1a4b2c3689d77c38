"""The binary interface stays as it is on file, and the comparison finds what would break a host."""

import unittest

import abi

HEADER = (abi.INCLUDE / "connex" / "connex.h").read_text(encoding="utf-8")


class Interface(unittest.TestCase):
    def test_it_is_the_one_on_file(self):
        self.assertEqual(abi.differences(HEADER), "", "when this is meant: python3 tests/architecture/abi.py --write")
        self.assertEqual(sorted(abi.functions(HEADER)), abi.SYMBOLS.read_text().split())

    def test_what_would_break_a_host_is_found(self):
        for old, new, told in (
            ("  uint32_t struct_size;", "  uint64_t struct_size;", "size changed"),
            ("CONNEX_API void connex_engine_close(connex_engine* engine);", "", "1 Removed"),
            ("connex_str connex_version(void);", "uint32_t connex_version(void);", "return type changed"),
            ("connex_str connex_version(void);", "connex_str connex_version(int);", "parameter 1 of type 'int' was added"),
            ("connex_str connex_version(void);", "connex_str connex_version(void);\nCONNEX_API void connex_more(void);", "1 Added"),
        ):
            with self.subTest(new=new):
                self.assertIn(old, HEADER)
                self.assertIn(told, abi.differences(HEADER.replace(old, new, 1)))


if __name__ == "__main__":
    unittest.main()
