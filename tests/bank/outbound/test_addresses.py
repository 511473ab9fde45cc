"""Which addresses the bank calls."""

from ipaddress import ip_address

import pytest

from bank.outbound.addresses import is_public, read_address

PUBLIC = [
    "1.1.1.1",
    "9.9.9.9",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "192.169.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "2001:200::1",
    "2003::1",
]
NOT_PUBLIC = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1", "fec0::1"],
    "link-local": ["169.254.169.254", "fe80::1"],
    "carrier NAT": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1"],
    "nowhere": ["0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "240.0.0.1", "100::1"],  # noqa: S104
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::", "2002:a00:1::1", "192.88.99.1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "protocols": ["192.0.0.1", "2001:20::1", "5f00::1"],
}


class TestIsPublic:
    @pytest.mark.parametrize("text", PUBLIC)
    def test_takes(self, text: str) -> None:
        assert is_public(ip_address(text))

    @pytest.mark.parametrize("text", [text for texts in NOT_PUBLIC.values() for text in texts])
    def test_refuses(self, text: str) -> None:
        assert not is_public(ip_address(text))


class TestReadAddress:
    def test_refuses_a_zone_and_a_name(self) -> None:
        assert read_address("fe80::1%eth0") is None
        assert read_address("localhost") is None
