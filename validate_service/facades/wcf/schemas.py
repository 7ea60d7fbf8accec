"""The three schemas of the service, as WCF publishes them: operations, serialization, classes."""

from typing import Any

from lxml import etree

from validate_service.facades.soap.envelope import XSD
from validate_service.facades.wcf.contract import NAMESPACE, OPERATIONS, Operation
from validate_service.facades.wcf.data_contracts import DATA_NAMESPACE, DataContract, Member, classes_of
from validate_service.facades.wcf.values import Kind

SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"

_SIMPLE_ELEMENTS = (
    *("anyType", "anyURI", "base64Binary", "boolean", "byte", "dateTime", "decimal", "double", "float", "int", "long"),
    *("QName", "short", "string", "unsignedByte", "unsignedInt", "unsignedLong", "unsignedShort"),
)
_RESTRICTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("char", "xs:int", {}),
    (
        "duration",
        "xs:duration",
        {
            "pattern": r"\-?P(\d*D)?(T(\d*H)?(\d*M)?(\d*(\.\d*)?S)?)?",
            "minInclusive": "-P10675199DT2H48M5.4775808S",
            "maxInclusive": "P10675199DT2H48M5.4775807S",
        },
    ),
    ("guid", "xs:string", {"pattern": "[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}"}),
)


def schemas() -> tuple[Any, Any, Any]:
    """Return new trees of the schemas."""
    return _operations(), _serialization(), _classes()


def _add(parent: Any, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{XSD}}}{tag}", attributes)


def _schema(namespace: str, **prefixes: str) -> Any:
    root = etree.Element(f"{{{XSD}}}schema", nsmap={"xs": XSD, "tns": namespace, **prefixes})
    root.set("elementFormDefault", "qualified")
    root.set("targetNamespace", namespace)
    return root


def _operations() -> Any:
    schema = _schema(NAMESPACE, q1=DATA_NAMESPACE)
    _add(schema, "import", namespace=DATA_NAMESPACE)
    for operation in OPERATIONS:
        _add_wrappers(schema, operation)
    return schema


def _add_wrappers(schema: Any, operation: Operation) -> None:
    request = _sequence(_add(schema, "element", name=operation.name))
    for parameter in operation.parameters:
        _add_value(request, parameter.name, parameter.kind)
    response = _sequence(_add(schema, "element", name=f"{operation.name}Response"))
    _add_reference(response, f"{operation.name}Result", f"q1:{operation.answer.name}")


def _sequence(element: Any) -> Any:
    return _add(_add(element, "complexType"), "sequence")


def _add_value(sequence: Any, name: str, kind: Kind) -> None:
    nillable = {"nillable": "true"} if kind.nillable else {}
    _add(sequence, "element", minOccurs="0", name=name, **nillable, type=f"xs:{kind.value}")


def _add_reference(sequence: Any, name: str, type_name: str, **occurs: str) -> None:
    _add(sequence, "element", minOccurs="0", **occurs, name=name, nillable="true", type=type_name)


def _classes() -> Any:
    schema = _schema(DATA_NAMESPACE)
    classes = classes_of([operation.answer for operation in OPERATIONS])
    for contract in classes:
        _add_class(schema, contract)
    items = {member.items.name: member.items for one in classes for member in one.members if member.items}
    for name in sorted(items):
        _add_array(schema, items[name])
    return schema


def _add_class(schema: Any, contract: DataContract) -> None:
    sequence = _add(_add(schema, "complexType", name=contract.name), "sequence")
    for member in contract.members:
        _add_member(sequence, member)
    _add(schema, "element", name=contract.name, nillable="true", type=f"tns:{contract.name}")


def _add_member(sequence: Any, member: Member) -> None:
    if member.items is None:
        _add_value(sequence, member.name, member.kind)
    else:
        _add_reference(sequence, member.name, f"tns:{member.items.array}")


def _add_array(schema: Any, items: DataContract) -> None:
    sequence = _add(_add(schema, "complexType", name=items.array), "sequence")
    _add_reference(sequence, items.name, f"tns:{items.name}", maxOccurs="unbounded")
    _add(schema, "element", name=items.array, nillable="true", type=f"tns:{items.array}")


def _serialization() -> Any:
    schema = _schema(SERIALIZATION)
    schema.set("attributeFormDefault", "qualified")
    for name in _SIMPLE_ELEMENTS:
        _add(schema, "element", name=name, nillable="true", type=f"xs:{name}")
    for name, base, facets in _RESTRICTIONS:
        _add(schema, "element", name=name, nillable="true", type=f"tns:{name}")
        restriction = _add(_add(schema, "simpleType", name=name), "restriction", base=base)
        for facet, value in facets.items():
            _add(restriction, facet, value=value)
    _add(schema, "attribute", name="FactoryType", type="xs:QName")
    _add(schema, "attribute", name="Id", type="xs:ID")
    _add(schema, "attribute", name="Ref", type="xs:IDREF")
    return schema
