"""The key by which push services know the server."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from validate_service.primitives.vapid import ORDER, is_message_key, public_point, server_key


def test_the_key_belongs_to_its_root_for_ever() -> None:
    """Every node and every version derives the same one: phones that subscribed expect it."""
    known = (
        "046fab8e38781ce9ab4d692b885b2610827341d69a40a932d1e74eb6c28563490b"
        "383ac5c85b3ab6944968894d0b252187cc260fbff7aeadaa750c39c5b4149802"
    )
    assert public_point(server_key(bytes(32))).hex() == known
    assert public_point(server_key(bytes(32))) == public_point(server_key(bytes(32)))
    assert public_point(server_key(bytes(32))) != public_point(server_key(bytes(31) + b"\1"))


def test_the_key_is_one_of_the_curves() -> None:
    """A number from 1 to the order, less one."""
    for number in range(50):
        key = server_key(number.to_bytes(32, "big"))
        assert isinstance(key.curve, ec.SECP256R1)
        assert 0 < key.private_numbers().private_value < ORDER


def test_only_uncompressed_points_of_the_curve_are_message_keys() -> None:
    """As browsers hand them out: 65 bytes."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert is_message_key(point)
    assert not is_message_key(key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    for wrong in (
        b"",
        b"\0",
        point[:-1],
        point + b"\0",
        b"\4" + bytes(64),
        point[:-1] + bytes([point[-1] ^ 1]),
        other.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    ):
        assert not is_message_key(wrong)
