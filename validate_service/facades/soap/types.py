"""The three types of the contract, in the shape that an ASMX service publishes for string, bool and string[]."""

from validate_service.facades.soap._spyne_compat import Array, Boolean, Unicode

NAMESPACE = "http://cm.2fa.com/"

XmlText = Unicode.customize(nillable=False, min_occurs=0)
XmlFlag = Boolean.customize(nillable=False, min_occurs=1)

XmlTexts = Array(Unicode(nillable=True, min_occurs=0), type_name="ArrayOfString", member_name="string").customize(
    nillable=False, min_occurs=0, namespace=NAMESPACE
)
# Array.customize hands its keywords to the item type, so the array's own occurrence is set here.
XmlTexts.Attributes.nillable = False
XmlTexts.Attributes.min_occurs = 0
